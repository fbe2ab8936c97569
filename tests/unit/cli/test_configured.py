"""Options come from the command line, the environment and its file, or from pyproject.toml."""

import os
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from rapide.cli import program
from rapide.cli.commands import run
from rapide.server.options import Declared, Options, declared


@pytest.fixture
def options_of(write: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command, and return the options that it would serve with, or what it says."""
    write(
        "main.py",
        "from rapide import FastAPI\n\ndef create_app():\n    return FastAPI()\n\n"
        "app = create_app()\n",
    )
    for name in [name for name in os.environ if name.startswith(("RAPIDE_", "_RAPIDE_"))]:
        monkeypatch.delenv(name)
    served: list[Options] = []

    def serve(*arguments: Any, **more: Any) -> None:
        served.extend(item for item in arguments if isinstance(item, Options))

    monkeypatch.setattr(run, "_serve", serve)

    def options_of(*arguments: str, command: str = "run") -> Any:
        served.clear()
        result = CliRunner().invoke(program.app, [command, *arguments], prog_name="rapide")
        if result.exit_code == 0:
            return served[0]
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        return result.stderr.removeprefix("Error: ").rstrip("\n")

    return options_of


SAMPLES = {
    bool: True,
    int: 12,
    float: 1.5,
    str: "word",
    Path: Path("folder"),
    tuple[str, ...]: ("one", "two"),
    tuple[Path, ...]: (Path("folder"),),
}


def sample(option: Declared) -> object:
    """Return a value of an option that is not its default."""
    kind = (get_args(option.type) or (option.type,))[0] if option.default is None else option.type
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(member for member in kind if member is not option.default)
    value = SAMPLES[kind]
    return not option.default if isinstance(value, bool) else value


def as_text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(as_text, value))
    return str(value.value if isinstance(value, Enum) else value)


def as_toml(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else f'"{as_text(value)}"'


#: Options with values of a form of their own.
OWN = {
    "env_file": ("main.env", Path("main.env")),
    "uds_mode": ("600", 0o600),
    "root_path": ("/shop/", "/shop"),
}


@pytest.mark.parametrize("option", declared(), ids=lambda option: option.name)
def test_each_option_may_be_in_the_environment_and_in_pyproject(
    option: Declared, options_of: Any, write: Any, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "folder").mkdir()
    write("main.env", "")
    text, value = OWN.get(option.name, (as_text(sample(option)), sample(option)))
    monkeypatch.setenv(f"RAPIDE_{option.name.upper()}", text)
    assert getattr(options_of(), option.name) == value
    monkeypatch.delenv(f"RAPIDE_{option.name.upper()}")
    write("pyproject.toml", f"[tool.rapide.run]\n{option.flag[2:]} = {as_toml(value)}\n")
    assert getattr(options_of(), option.name) == value


def test_the_environment_goes_before_pyproject_and_its_own_variables_before_others(
    options_of: Any, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert options_of().port == 8000
    write("pyproject.toml", "[tool.rapide.run]\nport = 1\n[tool.rapide.dev]\nport = 9\n")
    assert (options_of().port, options_of(command="dev").port) == (1, 9)
    monkeypatch.setenv("PORT", "2")
    assert options_of().port == 2
    monkeypatch.setenv("RAPIDE_PORT", "3")
    assert options_of().port == 3
    assert options_of("--port", "4").port == 4


def test_variables_of_a_file_count_unless_they_are_set(
    options_of: Any, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("RAPIDE_PORT", "WEB_CONCURRENCY", "SHOP_NAME")
    for name in (*names, "_RAPIDE_ENV_FILE_NAMES"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("RAPIDE_TIMEOUT_BODY", "3")
    write(
        "shop.env", "RAPIDE_PORT=5\nWEB_CONCURRENCY=3\nRAPIDE_TIMEOUT_BODY=4\nSHOP_NAME='Old books'"
    )
    write("pyproject.toml", '[tool.rapide.run]\nport = 1\nenv-file = "shop.env"\n')
    options = options_of()
    assert (options.port, options.workers, options.timeout_body) == (5, 3, 3)
    assert os.environ["SHOP_NAME"] == "Old books"
    write("shop.env", "RAPIDE_PORT=6")  # read again by the same process, or by one that it starts
    assert (options_of().port, os.environ.get("SHOP_NAME")) == (6, None)
    write("shop.env").write_bytes(b"A=\xff")
    assert "cannot read shop.env: it is not UTF-8" in options_of()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.rapide.run]\nprt = 3", "[tool.rapide.run] has no option prt; did you mean port?"),
        (
            "[tool.rapide.run]\nlimit-drian = 3",
            "[tool.rapide.run] has no option limit-drian; did you mean limit-drain?",
        ),
        ('[tool.rapide.run]\nport = "80"', "[tool.rapide.run] port has to be an integer, not '80'"),
        ("[tool.rapide.run]\nport = true", "[tool.rapide.run] port has to be an integer, not True"),
        ("[tool.rapide.run]\nhost = 3", "[tool.rapide.run] host has to be a string, not 3"),
        ("[tool.rapide.run]\nuds = 3", "[tool.rapide.run] uds has to be a path, not 3"),
        ("[tool.rapide.run]\nbind = [3]", "[tool.rapide.run] bind has to be a list of strings"),
        (
            "[tool.rapide.run]\nport = 65536",
            "[tool.rapide.run] port has to be from 0 to 65535, not 65536",
        ),
        (
            "[tool.rapide.run]\ntimeout-body = nan",
            "[tool.rapide.run] timeout-body has to be from 0 to 2147483647, not nan",
        ),
        (
            '[tool.rapide.run]\nprotocol = "h2"',
            "[tool.rapide.run] protocol has to be rapide or asgi, not 'h2'",
        ),
        (
            '[tool.rapide.run]\nentrypoint = "main:app"',
            "[tool.rapide.run] has no option entrypoint; it belongs to [tool.rapide]",
        ),
        ("[tool.rapide]\nrun = 3", "[tool.rapide.run] has to be a table"),
        ("[tool.rapide.rum]", "[tool.rapide] has no option rum; did you mean run?"),
    ],
)
def test_a_wrong_entry_of_pyproject_is_said_with_its_table(
    options_of: Any, write: Any, text: str, message: str
) -> None:
    write("pyproject.toml", text)
    assert options_of().startswith(f"pyproject.toml: {message}")


def test_a_pyproject_that_is_not_toml_is_said(options_of: Any, write: Any) -> None:
    write("pyproject.toml", "[tool.rapide.run\n")
    assert options_of().startswith("pyproject.toml is not valid TOML: ")


def test_a_folder_of_pyproject_that_is_not_there_is_said(options_of: Any, write: Any) -> None:
    write("pyproject.toml", '[tool.rapide.run]\nreload-dir = "nowhere"\n')
    message = options_of()
    assert message.startswith("Invalid value for '--reload-dir': ")
    assert ", from [tool.rapide.run] in pyproject.toml (" in message
