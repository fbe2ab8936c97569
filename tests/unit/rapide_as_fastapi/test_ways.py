"""The five ways to let Rapide stand in for FastAPI."""

import socket
import subprocess
import sys
import time
import venv
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.unit.rapide_as_fastapi.conftest import SOURCES, Run, environment

SHOW = "import fastapi; print(fastapi.FastAPI.__module__)"
CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SHOW!r}], check=True)"

APPLICATION = """\
import os

from fastapi import FastAPI

app = FastAPI(docs_url=None, openapi_url=None, redoc_url=None)


@app.get("/")
def say_who() -> dict[str, str | int]:
    return {"made by": FastAPI.__module__, "process": os.getpid()}
"""


def test_without_any_of_them_fastapi_is_fastapi(run: Run) -> None:
    assert run("-c", f"import rapide; {SHOW}").stdout == "fastapi.applications\n"


# rapide run --as-fastapi


@pytest.mark.parametrize("more", [[], ["--workers", "2"], ["--reload"]], ids=" ".join)
def test_a_served_application_gets_rapide_in_each_process(tmp_path: Path, more: list[str]) -> None:
    (tmp_path / "main.py").write_text(APPLICATION)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "rapide", "run", "--as-fastapi", "main.py"]
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port), *more],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        answer = ask(f"http://127.0.0.1:{port}/", server)
    finally:
        server.terminate()
        server.wait()
    assert '"made by":"rapide.applications"' in answer
    assert (f'"process":{server.pid}' in answer) == (not more)


def ask(url: str, server: subprocess.Popen[bytes]) -> str:
    while server.poll() is None:
        try:
            with urlopen(url) as answer:
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server has stopped")


@pytest.mark.parametrize("variables", [{}, {"RAPIDE_AS_FASTAPI": "1"}], ids=["option", "variable"])
def test_explain_explains_an_application_of_fastapi(
    run: Run, tmp_path: Path, variables: dict[str, str]
) -> None:
    (tmp_path / "main.py").write_text(APPLICATION)
    option = [] if variables else ["--as-fastapi"]
    output = run("-m", "rapide", "explain", *option, "main:app", **variables).stdout
    assert output == "GET  /  main.say_who  compiled, direct\n"


def test_a_command_that_comes_too_late_says_so_in_one_paragraph(run: Run) -> None:
    code = "import fastapi; from rapide.cli import main; main()"
    finished = run("-c", code, "explain", "--as-fastapi", "main.py", fails=True)
    assert finished.returncode == 2
    assert finished.stderr.startswith("Error: fastapi 0.")
    assert "Traceback" not in finished.stderr


def test_the_command_tells_its_own_version(run: Run) -> None:
    code = "import fastapi; from rapide.cli import main; main()"
    output = run("-m", "rapide.as_fastapi", "-c", code, "--version").stdout
    assert output != "Rapide 0.165.0\n"
    assert output == run("-m", "rapide", "--version").stdout


# RAPIDE_AS_FASTAPI=1


@pytest.fixture(scope="module")
def hooked(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter of an environment with the hook, and with what this one has installed."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    python = folder / scripts / "python"
    installed = next(folder.rglob("site-packages"))
    (installed / "also.pth").write_text("\n".join([SOURCES, *filter(None, sys.path)]))
    command = [python, "-m", "rapide.as_fastapi", "--install-hook"]
    hook = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(hook).parent == installed
    return str(python)


def test_with_the_hook_the_variable_is_enough(run: Run, hooked: str) -> None:
    found = run("-c", SHOW, python=hooked, PYTHONPATH="", RAPIDE_AS_FASTAPI="1")
    assert (found.stdout, found.stderr) == ("rapide.applications\n", "")


@pytest.mark.parametrize("value", ["", "0"])
def test_an_empty_variable_or_zero_asks_for_nothing(run: Run, hooked: str, value: str) -> None:
    found = run("-c", SHOW, python=hooked, PYTHONPATH="", RAPIDE_AS_FASTAPI=value)
    assert found.stdout == "fastapi.applications\n"


@pytest.mark.parametrize("value", ["0", "1"])
def test_the_hook_imports_next_to_nothing(run: Run, hooked: str, value: str) -> None:
    code = "import sys; print(*sorted(name for name in sys.modules if 'rapide' in name))"
    loaded = run("-c", code, python=hooked, PYTHONPATH="", RAPIDE_AS_FASTAPI=value).stdout.split()
    stand_in = [f"rapide_as_fastapi{name}" for name in ("", ".inherit", ".names")]
    assert loaded == {"0": [], "1": stand_in}[value]


def test_with_the_hook_pythonpath_stays_as_it_is(run: Run, hooked: str) -> None:
    code = "import os; print(os.environ.get('PYTHONPATH'))"
    found = run("-c", code, python=hooked, PYTHONPATH="/somewhere", RAPIDE_AS_FASTAPI="1")
    assert found.stdout == "/somewhere\n"


@pytest.mark.parametrize("isolated", ["-E", "-I"])
def test_the_hook_reaches_interpreters_that_ignore_pythons_variables(
    run: Run, hooked: str, isolated: str
) -> None:
    arguments = [isolated, "-m", "rapide.as_fastapi", "-c", CHILD]
    assert run(*arguments, python=hooked, PYTHONPATH="").stdout == "rapide.applications\n"


def test_a_hook_without_rapide_breaks_no_start(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=False, symlinks=sys.platform != "win32")
    python = str(folder / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    installed = next(folder.rglob("site-packages"))
    run("-m", "rapide.as_fastapi", "--install-hook", str(installed))
    found = run("-c", "print('started')", python=python, PYTHONPATH="", RAPIDE_AS_FASTAPI="1")
    assert found.stdout == "started\n"
    assert "No module named 'rapide_as_fastapi'" in found.stderr
    assert run("-c", "print('started')", python=python, PYTHONPATH="").stderr == ""


def test_the_hook_of_an_installation_is_the_one_that_the_command_installs(
    run: Run, tmp_path: Path
) -> None:
    run("-m", "rapide.as_fastapi", "--install-hook", str(tmp_path))
    installed = (tmp_path / "rapide_as_fastapi.pth").read_text()
    assert installed == (Path(SOURCES) / "rapide_as_fastapi.pth").read_text()


# rapide.as_fastapi()


def test_a_program_asks_for_it(run: Run) -> None:
    assert (
        run("-c", f"import rapide; rapide.as_fastapi(); {SHOW}").stdout == "rapide.applications\n"
    )


def test_asking_twice_is_the_same_as_asking_once(run: Run) -> None:
    code = "import rapide; rapide.as_fastapi(); import fastapi; rapide.as_fastapi()"
    check = "import sys; assert sum('rapide' in repr(finder) for finder in sys.meta_path) == 1"
    run("-c", f"{code}; {check}")


def test_a_program_that_its_program_starts_inherits_it(run: Run) -> None:
    assert run("-c", f"import rapide; rapide.as_fastapi(); {CHILD}").stdout == (
        "rapide.applications\n"
    )


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_processes_of_multiprocessing_inherit_it(run: Run, tmp_path: Path, method: str) -> None:
    (tmp_path / "work.py").write_text(f"def work():\n    {SHOW}\n")
    code = (
        "import multiprocessing, rapide, work; rapide.as_fastapi(); "
        f"process = multiprocessing.get_context({method!r}).Process(target=work.work); "
        "process.start(); process.join()"
    )
    assert run("-W", "ignore", "-c", code).stdout == "rapide.applications\n"


def test_a_sitecustomize_of_the_environment_still_runs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('customized')")
    path = f"{SOURCES}{':' if sys.platform != 'win32' else ';'}{tmp_path}"
    output = run("-m", "rapide.as_fastapi", "-c", SHOW, PYTHONPATH=path).stdout
    assert output == "customized\ncustomized\nrapide.applications\n"


def test_processes_see_no_trace_of_it_on_their_path(run: Run) -> None:
    code = "import sys; print(*sys.path)"
    assert "startup" not in run("-m", "rapide.as_fastapi", "-c", code).stdout


# python -m rapide.as_fastapi


def test_a_module_runs_with_its_arguments(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text(f"import sys; {SHOW}; print(__name__, sys.argv[1:])")
    output = run("-m", "rapide.as_fastapi", "-m", "tool", "-m", "--help").stdout
    assert output == "rapide.applications\n__main__ ['-m', '--help']\n"


def test_a_script_runs_with_its_arguments(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "tool.py").write_text(f"import sys, beside; {SHOW}; print(sys.argv)")
    (tmp_path / "tools" / "beside.py").touch()
    output = run("-m", "rapide.as_fastapi", "tools/tool.py", "x").stdout
    assert output == "rapide.applications\n['tools/tool.py', 'x']\n"


@pytest.mark.parametrize(
    "options", [["-m", "rapide.as_fastapi"], ["-mrapide.as_fastapi"], ["-OBmrapide.as_fastapi"]]
)
def test_options_of_python_stay_in_force(run: Run, options: list[str]) -> None:
    code = f"import sys; {SHOW}; print(sys.flags.utf8_mode, sys.flags.optimize, sys.orig_argv[1:])"
    lines = run("-X", "utf8", "-W", "error", *options, "-c", code).stdout.splitlines()
    optimized = "O" in options[0]
    kept = ["-OB"] if optimized else []
    assert lines[0] == "rapide.applications"
    assert lines[1] == f"1 {int(optimized)} {['-X', 'utf8', '-W', 'error', *kept, '-c', code]}"


def test_the_exit_status_is_the_programs(run: Run) -> None:
    finished = run("-m", "rapide.as_fastapi", "-c", "raise SystemExit(7)", fails=True)
    assert finished.returncode == 7


def test_without_a_program_the_usage_is_shown(run: Run) -> None:
    finished = run("-m", "rapide.as_fastapi", fails=True)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.startswith("usage: python -m rapide.as_fastapi (-m MODULE")


def test_an_interpreter_that_cannot_inherit_it_is_not_started(run: Run, tmp_path: Path) -> None:
    # -E ignores PYTHONPATH, and this interpreter's environment has no hook
    start = f"import sys; sys.path.insert(0, {SOURCES!r}); sys.argv = ['x', '-c', {SHOW!r}]; "
    code = start + "from rapide_as_fastapi.command import main; main()"
    python = tmp_path / "environment"
    venv.create(python, with_pip=False, symlinks=sys.platform != "win32")
    executable = str(python / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    finished = run("-E", "-c", code, python=executable, fails=True)
    assert finished.returncode == 2
    assert "--install-hook" in finished.stderr


# pytest


TESTS = """\
import os
import fastapi

def test_who():
    assert fastapi.FastAPI.__module__ == "{module}"
    assert os.environ.get("RAPIDE_AS_FASTAPI") == {variable!r}
"""


@pytest.mark.parametrize(
    "way",
    [
        ["-m", "pytest", "-p", "rapide_as_fastapi"],
        ["-m", "rapide.as_fastapi", "-m", "pytest"],
        ["-m", "rapide.as_fastapi", "-m", "pytest", "-p", "rapide_as_fastapi"],
    ],
    ids=["plugin", "command", "both"],
)
def test_tests_run_on_rapide(run: Run, tmp_path: Path, way: list[str]) -> None:
    (tmp_path / "conftest.py").write_text("import fastapi")
    (tmp_path / "test_it.py").write_text(TESTS.format(module="rapide.applications", variable="1"))
    run(*way, "-q", "-W", "error", "-p", "no:cacheprovider")


def test_pytests_settings_can_ask_for_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p rapide_as_fastapi\n")
    (tmp_path / "test_it.py").write_text(TESTS.format(module="rapide.applications", variable="1"))
    run("-m", "pytest", "-q", "-p", "no:cacheprovider")


def test_workers_of_xdist_run_on_rapide(run: Run, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS.format(module="rapide.applications", variable="1"))
    run("-m", "pytest", "-q", "-p", "rapide_as_fastapi", "-n", "1", "-p", "no:cacheprovider")


def test_pytest_alone_runs_on_fastapi(run: Run, tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS.format(module="fastapi.applications", variable=None))
    run("-m", "pytest", "-q", "-p", "no:cacheprovider")


def test_a_plugin_that_comes_too_late_is_an_error_of_usage(run: Run, tmp_path: Path) -> None:
    (tmp_path / "early.py").write_text("import fastapi")
    finished = run("-m", "pytest", "-p", "early", "-p", "rapide_as_fastapi", fails=True)
    assert finished.returncode == 4
    assert f"by early ({tmp_path / 'early.py'}:1)" in finished.stderr
