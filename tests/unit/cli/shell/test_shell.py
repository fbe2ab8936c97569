"""`rapide shell`: code and prompts with a started application."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rapide.cli import program

ROOT = Path(__file__).parents[4]
SHOP = """\
import asyncio
from contextlib import asynccontextmanager

from pydantic import BaseModel
from rapide import FastAPI, Request


@asynccontextmanager
async def lifespan(app):
    print("up")
    app.state.loop = asyncio.get_running_loop()
    yield {"stock": 3}
    print("down")


app = FastAPI(lifespan=lifespan)
_PRIVATE = 1


class Book(BaseModel):
    title: str


async def is_same_loop():
    return asyncio.get_running_loop() is app.state.loop


@app.get("/books")
async def read_stock(request: Request) -> int:
    return request.state.stock


@app.get("/broken")
async def break_down() -> None:
    raise LookupError("no shelf")


@app.get("/exit")
async def leave() -> None:
    raise SystemExit(4)


def create_app():
    return app
"""


@pytest.fixture
def shop(write: Any) -> Path:
    path: Path = write("shop.py", SHOP)
    return path


def run(code: str, *arguments: str, of: str = "shop.py") -> Result:
    return CliRunner().invoke(program.app, ["shell", of, "-c", code, *arguments])


def pipe(program_: bytes) -> Result:
    return CliRunner().invoke(program.app, ["shell", "shop.py"], input=program_)


@pytest.mark.usefixtures("shop")
class TestCode:
    def test_it_runs_between_startup_and_shutdown(self) -> None:
        result = run("print(client.get('/books').json(), client.portal is not None)")
        assert (result.exit_code, result.stdout) == (0, "up\n3 True\ndown\n")

    def test_await_uses_the_event_loop_of_the_lifespan(self) -> None:
        result = run("print(client.get('/books').json(), await is_same_loop())")
        assert (result.exit_code, result.stdout) == (0, "up\n3 True\ndown\n")

    def test_it_has_the_names_of_the_module(self) -> None:
        result = run("print(Book, _PRIVATE, app.state.loop is not None, __name__)")
        assert "shop.Book'> 1 True __main__" in result.stdout

    def test_models_can_name_each_other(self) -> None:
        code = (
            "class Shelf(BaseModel):\n    books: list['Novel']\n"
            "class Novel(BaseModel):\n    title: str\n"
            "print(Shelf(books=[{'title': 'Emma'}]).books[0].title)"
        )
        result = run(code)
        assert result.stdout == "up\nEmma\ndown\n"
        assert sys.modules["__main__"].__name__ != "shop"

    @pytest.mark.parametrize(
        ("code", "status", "said"),
        [
            ("", 0, ""),
            ("exit()", 0, ""),
            ("raise SystemExit(7)", 7, ""),
            ("await is_same_loop(); exit('bye')", 1, "bye\n"),
            ("async def f(): exit(5)\nawait f()", 5, ""),
            ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
            ("if", 1, "SyntaxError: invalid syntax\n"),
            ("raise KeyboardInterrupt", 130, "KeyboardInterrupt\n"),
            ("client.get('/exit')", 1, "the application called sys.exit(4)\n"),
        ],
    )
    def test_the_exit_status_is_pythons(self, code: str, status: int, said: str) -> None:
        result = run(code)
        assert result.exit_code == status, result.output
        assert result.stdout == "up\ndown\n"
        assert result.stderr.endswith(said)

    def test_a_traceback_begins_in_the_code(self) -> None:
        result = run("async def f():\n    return {}['x']\n\nawait f()")
        assert [line.strip() for line in result.stderr.splitlines() if "File" in line] == [
            'File "<string>", line 4, in <module>',
            'File "<string>", line 2, in f',
        ]

    def test_errors_of_the_application_are_raised_with_its_lines(self) -> None:
        result = run("client.get('/broken')")
        assert result.exit_code == 1
        assert 'raise LookupError("no shelf")' in result.stderr
        assert result.stderr.endswith("LookupError: no shelf\n")

    def test_the_options_of_other_commands_apply(self) -> None:
        result = CliRunner().invoke(
            program.app, ["shell", "shop.py", "--factory", "-c", "print(client.get('/books').text)"]
        )
        assert result.stdout == "up\n3\ndown\n"

    def test_a_file_of_variables_is_read_before_the_application(
        self, write: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("SHOP", "_RAPIDE_ENV_FILE_NAMES"):  # set and removed again by monkeypatch
            monkeypatch.setenv(name, "")
            monkeypatch.delenv(name)
        write(
            "main.py",
            "import os\nfrom rapide import FastAPI\napp = FastAPI(title=os.environ['SHOP'])",
        )
        write(".env", "SHOP=Books\n")
        result = run("print(app.title)", "--env-file", ".env", of="main.py")
        assert result.stdout == "Books\n"
        missing = run("", "--env-file", "nope", of="main.py")
        assert missing.exit_code == 2
        assert missing.stderr.startswith("Error: cannot read nope")


@pytest.mark.usefixtures("shop")
class TestPipe:
    def test_a_program_is_run(self) -> None:
        result = pipe(
            b"for _ in range(2):\r\n    print(await is_same_loop())\r\n\r\nprint('\xc3\xa9')\r\n"
        )
        assert (result.exit_code, result.stdout) == (0, "up\nTrue\nTrue\né\ndown\n")

    def test_nothing_is_a_program_too(self) -> None:
        result = pipe(b"")
        assert (result.exit_code, result.stdout) == (0, "up\ndown\n")

    @pytest.mark.parametrize("program_", [b"\xff", b"\0", b"if 1:\n"])
    def test_what_is_not_python_is_an_error_of_python(self, program_: bytes) -> None:
        result = pipe(program_)
        assert (result.exit_code, result.stdout) == (1, "up\ndown\n")
        assert "Error: " in result.stderr
        assert "shell/" not in result.stderr


ODD = """\
from contextlib import asynccontextmanager
from rapide import FastAPI

def make(up=None, down=None):
    @asynccontextmanager
    async def lifespan(app):
        if up:
            raise up
        yield
        if down:
            raise down
    return FastAPI(lifespan=lifespan)

no_start = make(RuntimeError("no database"))
no_stop = make(None, RuntimeError("too busy"))
exits = make(SystemExit(3))
exits_late = make(None, SystemExit(3))
whole = make()

async def page(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"1"})

async def silent(scope, receive, send):
    if scope["type"] == "http":
        await page(scope, receive, send)

async def says_no(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no disk"})

wrapped = lambda scope, receive, send: whole(scope, receive, send)
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no_start", "starting the application failed at odd.py:8: RuntimeError: no database"),
        ("no_stop", "stopping the application failed at odd.py:11: RuntimeError: too busy"),
        ("exits", "starting the application failed at odd.py:8: SystemExit: 3"),
        ("exits_late", "stopping the application failed at odd.py:11: SystemExit: 3"),
        ("says_no", "starting the application failed: no disk"),
    ],
)
def test_a_lifespan_that_fails_is_reported(name: str, said: str, write: Any) -> None:
    write("odd.py", ODD)
    result = run("print('ran')", of=f"odd:{name}")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {said}")
    assert "Traceback" not in result.stderr
    assert result.stdout == ("ran\n" if said.startswith("stopping") else "")
    assert "Traceback" in run("", "--verbose", of=f"odd:{name}").stderr


@pytest.mark.parametrize(("name", "status"), [("page", 200), ("silent", 200), ("wrapped", 404)])
def test_an_application_needs_no_lifespan_and_may_be_any_callable(
    name: str, status: int, write: Any
) -> None:
    write("odd.py", ODD)
    result = run("print(client.get('/').status_code, app is client.app)", of=f"odd:{name}")
    assert (result.exit_code, result.stdout) == (0, f"{status} True\n"), result.stderr


def test_no_application_is_status_2(write: Any) -> None:
    write("odd.py", ODD)
    result = run("1", of="nosuch.py")
    assert result.exit_code == 2
    assert result.stderr == "Error: Path does not exist nosuch.py\n"


class Terminal:
    """`rapide shell` on a pseudo-terminal."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.prompt = ">>> " if "--plain" in arguments else "]: "
        self.master, slave = pty.openpty()
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "HOME": str(folder / "home"),
            "XDG_STATE_HOME": str(folder / "state"),
            "IPYTHONDIR": str(folder / "ipython"),
            "IPY_TEST_SIMPLE_PROMPT": "1",
            "TERM": "dumb",
            "NO_COLOR": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rapide", "shell", "shop.py", *arguments],
            cwd=folder,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            # A program in the background of a shell may ignore Ctrl+C, and its children do too.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        os.close(slave)
        self.shown = ""

    def enter(self, text: str) -> None:
        """Type a line at the next prompt: what is typed before it may be lost."""
        self.wait_for(self.prompt)
        os.write(self.master, text.encode())

    def wait_for(self, text: str) -> None:
        """Read until the text has been shown; the next wait begins after it."""
        while text not in self.shown:
            ready, _, _ = select.select([self.master], [], [], 60)
            assert ready, f"nothing came but {self.shown!r}"
            self.shown += os.read(self.master, 4096).decode(errors="replace")
        self.shown = self.shown.partition(text)[2]

    def end(self) -> int:
        self.enter("exit()\n")
        self.wait_for("down")
        return self.process.wait(60)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("arguments", [["--plain"], []], ids=["python", "ipython"])
def test_a_prompt_has_the_client_and_awaits(project: Path, arguments: list[str]) -> None:
    terminal = Terminal(project, *arguments)
    try:
        terminal.wait_for("exit() stops the application.")
        terminal.enter("client.get('/books').json() + 38\n")
        terminal.wait_for("41")
        terminal.enter("[await is_same_loop() for _ in 'ab'], client.get('/books')\n")
        terminal.wait_for("([True, True], <Response [200 OK]>)")
        terminal.enter("\n")
        terminal.enter("# nothing\n")
        terminal.enter("1 / 0\n")
        terminal.wait_for("ZeroDivisionError")
        terminal.wait_for("division by zero")
        terminal.enter("print('sleeps'.upper()); await asyncio.sleep(3600)\n")
        terminal.wait_for("SLEEPS")
        os.kill(terminal.process.pid, signal.SIGINT)
        terminal.wait_for("KeyboardInterrupt")
        terminal.enter("6 * 7\n")
        terminal.wait_for("42")
        assert terminal.end() == 0
    finally:
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.master)
    if arguments:
        assert "6 * 7" in (project / "state/rapide/shell_history").read_text()
