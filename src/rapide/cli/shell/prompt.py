"""The prompt of IPython, or Python's own."""

import ast
import inspect
import os
import sys
from code import InteractiveConsole
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from rapide.cli.shell.awaiting import AwaitReplacer, compile_code
from rapide.cli.shell.execution import print_error, status_of

_FILE = "<console>"
_LONGEST_HISTORY = 1000


class Console(InteractiveConsole):
    """Python's prompt, with `await`.

    Args:
        namespace: The variables.
    """

    def __init__(self, namespace: dict[str, object]) -> None:
        super().__init__(namespace, _FILE)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.namespace = namespace

    def runsource(self, source: str, filename: str = _FILE, symbol: str = "single") -> bool:
        try:
            code = self.compile(source, filename, symbol)
            if code is None:
                return True  # the statement goes on
            if code.co_flags & inspect.CO_COROUTINE:
                code = compile_code(source, filename, symbol, self.compile.compiler.flags)
        except (OverflowError, SyntaxError, ValueError) as error:
            print_error(error, filename)
        else:
            self.runcode(code)
        return False

    def runcode(self, code: CodeType) -> None:
        try:
            exec(code, self.namespace)
        except SystemExit:
            raise
        except BaseException as error:  # Ctrl+C too
            sys.last_type, sys.last_value = type(error), error  # for the debugger
            sys.last_traceback = error.__traceback__
            print_error(error, _FILE)


def prompt(module: ModuleType, banner: str, *, is_plain: bool) -> int:
    """Read and run commands until the user ends them, and return the exit status."""
    if is_plain or find_spec("IPython") is None:
        return _prompt_of_python(vars(module), banner)
    return _prompt_of_ipython(vars(module), banner)


def _prompt_of_python(namespace: dict[str, object], banner: str) -> int:
    with _line_editing(namespace):
        try:
            Console(namespace).interact(banner, exitmsg="")
        except SystemExit as error:
            return status_of(error)
    return 0


@contextmanager
def _line_editing(namespace: dict[str, object]) -> Iterator[None]:
    """Complete names and keep the history, if this Python can."""
    try:
        import readline
        import rlcompleter
    except ModuleNotFoundError:  # on Windows
        yield
        return
    readline.set_completer(rlcompleter.Completer(namespace).complete)
    is_libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    history = Path(state) / "rapide" / "shell_history"
    with suppress(OSError):
        readline.read_history_file(history)
    try:
        yield
    finally:
        readline.set_history_length(_LONGEST_HISTORY)
        with suppress(OSError):  # without a home that can be written
            history.parent.mkdir(parents=True, exist_ok=True)
            readline.write_history_file(history)


def _prompt_of_ipython(namespace: dict[str, object], banner: str) -> int:
    ipython: Any = import_module("IPython.terminal.ipapp")
    application = ipython.TerminalIPythonApp.instance(user_ns=namespace, display_banner=False)
    application.initialize([])
    shell = application.shell
    shell.ast_transformers.append(AwaitReplacer())
    # Nothing is asynchronous any more, so IPython needs no event loop.
    shell.loop_runner = "sync"
    shell.autoawait = True
    sys.stdout.write(f"{banner}\n")
    application.start()
    return 0
