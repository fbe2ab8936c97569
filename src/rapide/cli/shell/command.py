"""Start an application, and run code or a prompt with it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from platform import python_version
from types import ModuleType

from rapide import _own_version
from rapide.cli.discover import Target
from rapide.cli.shell.awaiting import AWAIT
from rapide.cli.shell.execution import run_source, waiting_on
from rapide.cli.shell.prompt import prompt
from rapide.cli.shell.started import LifespanClient, started


def open_shell(target: Target, code: str | None, *, is_plain: bool) -> int:
    """Start the application, run what there is to run, stop it, and return the exit status.

    Args:
        target: The application.
        code: What to run. Without it, standard input, which is a prompt on a terminal.
        is_plain: Whether the prompt is Python's own even if IPython is installed.

    Raises:
        LifespanFailed: The application could not start or stop.
    """
    with started(target) as client, _main_module(target, client) as module:
        if code is not None:
            return run_source(code, "<string>", vars(module))
        if sys.stdin.isatty():
            return prompt(module, _banner(target), is_plain=is_plain)
        return run_source(sys.stdin.buffer.read(), "<stdin>", vars(module))


@contextmanager
def _main_module(target: Target, client: LifespanClient) -> Iterator[ModuleType]:
    """Make the module that the code runs in, with the names of the application's module.

    It is `__main__`, because Pydantic and pickle look for names in the module of a class.
    """
    module = ModuleType("__main__")
    own = {
        name: value
        for name, value in vars(sys.modules[target.module]).items()
        if not (name.startswith("__") and name.endswith("__"))
    }
    wait: object = waiting_on(client.running_portal)
    vars(module).update(own, app=target.app, client=client, **{AWAIT: wait})
    before = sys.modules["__main__"]
    sys.modules["__main__"] = module
    try:
        yield module
    finally:
        sys.modules["__main__"] = before


def _banner(target: Target) -> str:
    return (
        f"Rapide {_own_version}, Python {python_version()}\n"
        f"app     the application {target.import_string}, which has started\n"
        'client  sends it requests: client.get("/").json()\n'
        "await is allowed everywhere. exit() stops the application."
    )
