"""What the commands accept, and how they fail."""

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import fastapi_cli.cli
import pytest
from typer.models import ArgumentInfo, OptionInfo
from typer.testing import CliRunner, Result

import rapide
from rapide.cli import program
from rapide.cli.commands import run
from rapide.server.options import declared


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(program.app, list(arguments))


def parameters(command: Any) -> dict[str, tuple[Any, Any, Any]]:
    """Return each parameter's default, declared option names, and environment variable."""
    found = {}
    for name, parameter in inspect.signature(command).parameters.items():
        for info in get_args(parameter.annotation)[1:]:
            if isinstance(info, OptionInfo | ArgumentInfo):
                names = set(info.param_decls or ()) or {f"--{name.replace('_', '-')}"}
                found[name] = (parameter.default, names, info.envvar)
    return found


@pytest.mark.parametrize("command", ["run", "dev"])
def test_the_options_of_fastapis_command_are_taken_with_its_defaults(command: str) -> None:
    expected = parameters(getattr(fastapi_cli.cli, command))
    actual = parameters(getattr(run, command))
    assert actual.pop("access_log")[0] is True
    assert actual.pop("as_fastapi")[0] is False
    assert actual.pop("protocol")[0] == "rapide"
    expected.pop("path"), actual.pop("path")
    more = actual.keys() - expected.keys()
    assert more <= {option.name for option in declared()}
    assert {name: actual[name][:2] for name in expected} == {
        name: (default, options) for name, (default, options, _) in expected.items()
    }
    for name, (_, _, variable) in expected.items():
        assert variable is None or variable in actual[name][2]


@pytest.mark.parametrize("command", ["check", "explain"])
def test_a_failure_is_one_line_and_status_2(project: Path, command: str) -> None:
    result = invoke(command, "missing.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: Path does not exist missing.py\n"


@pytest.mark.parametrize("command", ["run", "dev"])
def test_an_application_that_is_not_found_is_said_as_by_fastapis_commands(
    write: Any, command: str
) -> None:
    from fastapi_cli.cli import app as theirs

    write("main.py", "limit = 3\n")
    for arguments, phrase in (
        (["missing.py"], "Path does not exist missing.py"),
        (["main.py"], "Could not find FastAPI app in module, try using --app"),
        (["main.py", "--app", "service"], "Could not find app name service in main"),
        (
            ["main.py", "--app", "limit"],
            "The app name limit in main doesn't seem to be a FastAPI a",
        ),
        (["-e", "main"], "Import string must be in the format module.submodule:app_name"),
    ):
        alone = ["--no-reload"] if command == "dev" else []  # in this process
        result = invoke(command, *arguments, *alone, "--port", "0")
        assert (result.exit_code, result.stderr) == (1, "")
        assert result.stdout.startswith(f"Error: {phrase}")
        expected = CliRunner().invoke(theirs, [command, *arguments])
        assert expected.exit_code == 1
        assert phrase in " ".join(expected.stdout.split())


@pytest.mark.parametrize("arguments", [["run", "-v"], ["--verbose", "run"]])
def test_verbose_adds_the_traceback_of_the_users_error(write: Any, arguments: list[str]) -> None:
    write("main.py", "1 / 0\n")
    result = invoke(*arguments, "main.py", "--port", "0")
    assert result.exit_code == 1
    assert "Traceback (most recent call last)" in result.stderr
    assert result.stdout.endswith(
        "Error: importing main failed at main.py:1: ZeroDivisionError: division by zero\n"
        "    1 / 0\n"
    )


def test_without_verbose_there_is_no_traceback(write: Any) -> None:
    write("main.py", "1 / 0\n")
    assert "Traceback" not in invoke("run", "main.py", "--port", "0").output


@pytest.mark.parametrize(
    "option", [["--health-path", "/ready"], ["--shutdown-delay", "3"], ["--request-id"]]
)
def test_options_of_our_protocol_are_refused_with_uvicorns(write: Any, option: list[str]) -> None:
    write("main.py")
    result = invoke("run", "main.py", "--protocol", "asgi", *option)
    assert result.exit_code == 2
    assert f"{option[0]} is of --protocol rapide" in result.stderr


def test_version_prints_the_version() -> None:
    result = invoke("--version")
    assert (result.exit_code, result.output) == (
        0,
        f"Rapide {rapide.__version__} (transport: Python)\n",
    )


def test_no_command_shows_the_help() -> None:
    assert all(name in invoke().output for name in ("run", "dev", "check", "explain", "verify"))


def run_alone(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in an environment that has nothing but the package."""
    return subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(Path(rapide.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_missing_packages_are_said_in_one_line(project: Path) -> None:
    result = run_alone(
        "import sys; sys.modules['typer'] = None; from rapide.cli import main; main()"
    )
    assert result.returncode == 2
    assert result.stderr == (
        'Error: the command line needs typer: pip install "rapide[standard]"\n'
    )


def test_an_interrupt_while_the_command_line_is_imported_is_no_error(project: Path) -> None:
    program = (
        "import sys, signal; from rapide.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # shells may ignore it
        "class Interrupting:\n"
        "    def find_spec(name, path, target=None):\n"
        "        if name == 'rapide.cli.program': signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting)\nmain()\n"
    )
    result = run_alone(program)
    assert (result.returncode, result.stderr) == (130, "")
