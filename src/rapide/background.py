"""Work done after the response is sent."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ParamSpec

from starlette.background import BackgroundTasks as StarletteBackgroundTasks

from rapide._documented import documented
from rapide._imported_names import add_imported_names

P = ParamSpec("P")

# Set by the telemetry if it is in use: it returns the span in which a task runs.
task_span: Callable[[Callable[..., Any]], AbstractContextManager[Any]] | None = None


class BackgroundTasks(StarletteBackgroundTasks):
    """Functions to call, in order, after the response is sent.

    Args:
        tasks: Tasks to begin with.
    """

    @documented
    def add_task(self, func: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call `func` with these arguments after the response is sent.

        Args:
            func: Function to call; a `def` function runs in a worker thread.
            args: Positional arguments of the function.
            kwargs: Keyword arguments of the function.
        """
        super().add_task(func, *args, **kwargs)

    async def __call__(self) -> None:
        """Run the tasks one after the other; the first error ends it."""
        for task in self.tasks:
            if task_span is None:
                await task()
            else:
                with task_span(task.func):
                    await task()


add_imported_names(__name__)
