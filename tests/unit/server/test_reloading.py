"""`rapide dev`: the application starts again when a file changes."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import rapide
from rapide.server.reloading import Watched

from .conftest import Command

MIRROR = """\
import os

import equipment
from rapide import FastAPI
from rapide.responses import StreamingResponse

app = FastAPI()


@app.get("/")
async def mirror():
    return {"pid": os.getpid(), "imported_in": equipment.PID, "text": "first"}
"""
STREAM = """

@app.get("/stream")
async def stream():
    async def parts():
        import asyncio

        yield "begun"
        await asyncio.Event().wait()

    return StreamingResponse(parts())
"""
#: A finder may not stay that is none.
FINDER_GONE = "sys.meta_path.remove(None)\n"
THREAD = """\
import threading

threading.Thread(target=threading.Event().wait, daemon=True).start()
"""
#: An installed package that knows where it was imported.
EQUIPMENT = "import os\n\nPID = os.getpid()\n"


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Run `rapide dev` on an application, with a package that is installed in a folder."""
    running: list[Command] = []

    def dev(application: str = MIRROR, package: str = EQUIPMENT) -> Command:
        installed = tmp_path / "site-packages"
        installed.mkdir()
        (installed / "equipment.py").write_text(package)
        (tmp_path / "main.py").write_text(application)
        path = os.pathsep.join([str(Path(rapide.__file__).parents[1]), str(installed)])
        command = Command(tmp_path, "main.py", command="dev", PYTHONPATH=path)
        running.append(command)
        return command

    yield dev
    for command in running:
        command.kill()


@pytest.fixture
def change(tmp_path: Path) -> Callable[..., Any]:
    """Change the application, and return the answer of the changed one."""

    def change(command: Command, text: str, application: str = MIRROR) -> Any:
        (tmp_path / "main.py").write_text(application.replace('"first"', f'"{text}"'))

        def answer() -> Any:
            status, body = command.answer()
            found = json.loads(body) if status == 200 else {"text": None}
            return found if found["text"] == text else None

        return command.wait_for(answer)

    return change


def test_packages_are_imported_once_and_own_modules_each_time(dev: Any, change: Any) -> None:
    command = dev()
    first = command.wait_for(command.ask)
    assert first["imported_in"] == first["pid"]
    second, third = change(command, "second"), change(command, "third")
    assert second["imported_in"] == third["imported_in"]
    assert third["imported_in"] not in {first["pid"], second["pid"], third["pid"]}
    assert len({first["pid"], second["pid"], third["pid"]}) == 3


@pytest.mark.parametrize(
    ("package", "application"),
    [
        (EQUIPMENT, 'import os\nos.environ["COLOUR"] = "red"\n' + MIRROR),
        (EQUIPMENT, "import sys\nsys.meta_path.append(None)\n" + MIRROR + FINDER_GONE),
        (EQUIPMENT + THREAD, MIRROR),
    ],
    ids=["environment", "finders", "thread"],
)
def test_packages_are_imported_each_time_if_that_may_make_a_difference(
    dev: Any, change: Any, package: str, application: str
) -> None:
    command = dev(application, package)
    command.wait_for(command.ask)
    for text in ("second", "third"):
        answer = change(command, text, application)
        assert answer["imported_in"] == answer["pid"]


def test_a_broken_application_is_told_and_comes_up_when_it_is_mended(
    dev: Any, change: Any, tmp_path: Path
) -> None:
    command = dev("import nothing_of_this_name\n")
    command.wait_for_line("waiting for a change")
    assert "nothing_of_this_name" in command.log
    assert change(command, "second")
    (tmp_path / "main.py").write_text("app = 1 / 0\n")
    command.wait_for_line("waiting for a change", times=2)
    assert "division by zero" in command.log
    assert change(command, "third")


LIFESPAN = """

async def begin(app):
    raise OSError("no database")
    yield

app.router.lifespan_context = __import__("contextlib").asynccontextmanager(begin)
"""


def test_a_broken_application_is_answered_with_what_is_wrong(
    dev: Any, change: Any, tmp_path: Path
) -> None:
    command = dev("app = nothing_of_this_name\n")

    def failure(text: str) -> str:
        def answer() -> str | None:
            status, body = command.answer("/any/path?at=all")
            return body.decode() if status == 503 and text in body.decode() else None

        found = command.wait_for(answer)
        assert isinstance(found, str)
        return found

    found = failure("nothing_of_this_name")
    assert "main.py:1 in <module>" in found
    assert "Traceback" not in command.log
    for source, text in (
        (MIRROR + "if", "SyntaxError: invalid syntax"),
        ("limit = 3\n", "Could not find FastAPI app in module"),
        (MIRROR + LIFESPAN, "The application cannot start: OSError: no database"),
        ("", "main defines no names"),
    ):
        (tmp_path / "main.py").write_text(source)
        failure(text)
    assert change(command, "second")
    assert "503" not in command.log
    os.killpg(command.process.pid, signal.SIGINT)
    assert command.wait() == 0


def test_the_failure_of_an_application_is_the_answer_to_everything(dev: Any) -> None:
    command = dev("app = nothing_of_this_name\n")
    command.wait_for_line("waiting for a change")
    with closing(command.connect()) as connection:
        numbers = set()
        for method in ("OPTIONS", "HEAD", "POST", "GET"):
            accept = {"Accept": "text/html"}
            connection.request(method, "/", body=b"x" * 1000, headers=accept)
            response = connection.getresponse()
            body = response.read().decode()
            assert response.status == 503
            assert ("nothing_of_this_name" in body) is (method in ("POST", "GET"))
            numbers.add(response.headers["rapide-failed-start"])
        assert len(numbers) == 1
        connection.request("GET", "/", headers={"Upgrade": "websocket", "Connection": "Upgrade"})
        assert connection.getresponse().status >= 400


def test_run_has_no_pages_whatever_the_environment_says(run: Any) -> None:
    variables = {"FASTAPI_ENV": "development", "RAPIDE_ENV": "development", "DEBUG": "1"}
    broken = "from rapide import FastAPI\napp = FastAPI()\n@app.get('/')\ndef f(): 1 / 0\n"
    command = run(broken, "main.py", "--reload", **variables)
    assert command.wait_for(command.answer) == (500, b"Internal Server Error")
    (command.folder / "main.py").write_text("app = nothing_of_this_name\n")
    command.wait_for_line("the application has ended (status 1): waiting for a change")


def test_dev_answers_errors_directly_with_the_step_that_has_failed(dev: Any) -> None:
    command = dev("from rapide import FastAPI\napp = FastAPI()\n@app.get('/')\ndef f(): 1 / 0\n")
    status, body = command.wait_for(command.answer)
    assert status == 500
    assert "ZeroDivisionError" in body.decode()
    assert "CallEndpoint main.f sync   <- failed here" in body.decode()
    command.wait_for_line("ZeroDivisionError: division by zero")


@pytest.mark.parametrize(
    ("end", "told"),
    [("os._exit(0)", "status 0"), ("os.kill(os.getpid(), 9)", "signal SIGKILL")],
)
def test_an_application_that_ends_by_itself_is_told(
    dev: Any, change: Any, end: str, told: str
) -> None:
    command = dev("import os\n" + end)
    command.wait_for_line(f"the application has ended ({told}): waiting for a change")
    assert change(command, "second")
    os.killpg(command.process.pid, signal.SIGINT)
    assert command.wait() == 0
    assert command.log.count("the application has ended") == 1


def test_a_command_that_names_no_application_ends(dev: Any) -> None:
    command = dev("limit = 3\n")
    assert command.wait() == 1
    assert "Could not find FastAPI app in module" in command.log


def test_an_open_stream_does_not_hold_up_the_start(dev: Any, change: Any) -> None:
    command = dev(MIRROR + STREAM)
    command.wait_for(command.ask)
    connection = command.connect()
    connection.request("GET", "/stream")
    assert connection.getresponse().read(5) == b"begun"
    assert change(command, "second", MIRROR + STREAM)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left(dev: Any, number: signal.Signals) -> None:
    command = dev()
    pid = command.wait_for(command.ask)["pid"]
    command.signal(number)
    assert command.wait() == (-number if number == signal.SIGKILL else 0)
    command.wait_for(lambda: not _is_there(pid), ended=True)


def test_the_application_ends_like_a_program(dev: Any, change: Any) -> None:
    ending = "import atexit\natexit.register(lambda: os.write(1, b'at exit'))\n"
    command = dev(MIRROR + ending)
    command.wait_for(command.ask)
    assert change(command, "second", MIRROR + ending)
    assert command.log.count("at exit") == 1
    command.signal(signal.SIGTERM)
    assert command.wait() == 0
    assert command.log.count("at exit") == 2


def test_a_thread_that_does_not_end_does_not_hold_up_the_start(
    dev: Any, change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPIDE_TIMEOUT_GRACEFUL_SHUTDOWN", "600")
    thread = "import threading\nthreading.Thread(target=threading.Event().wait).start()\n"
    command = dev(MIRROR + thread)
    command.wait_for(command.ask)
    assert change(command, "second", MIRROR + thread)


def test_a_number_of_workers_is_ignored_and_that_is_said(run: Any) -> None:
    source = "from rapide import FastAPI\napp = FastAPI()\n"
    command = run(source, "--reload", "--workers", "2")
    command.wait_for(lambda: command.answer()[0] == 404)
    assert command.log.count("With --reload, one process serves: --workers 2 is ignored") == 1


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("include", "exclude", "seen"),
    [
        ((), (), {"shop.py"}),
        (("*.html",), (), {"shop.py", "page.html"}),
        (("*.html",), ("*.py",), {"page.html"}),
        ((".*",), (), {"shop.py", ".hidden.py"}),
        ((), ("generated",), {"shop.py"}),
        (("*.html",), ("generated", "page.*"), {"shop.py"}),
    ],
)
def test_patterns_and_folders_choose_what_is_watched(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    seen: set[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "generated").mkdir()
    watched = Watched((), include, exclude)
    names = ("shop.py", ".hidden.py", "page.html", "shop.pyc")
    assert {name for name in names if watched.accepts(tmp_path / name)} == seen
    inside = watched.accepts(tmp_path / "generated" / "code.py")
    assert inside == ("generated" not in exclude and "*.py" not in exclude)
    assert watched.folders == [tmp_path]
    assert Watched((), ("generated",)).folders == [tmp_path / "generated"]
