"""What `rapide dev` does beside serving."""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette

from rapide.cli.discover import Target
from rapide.cli.failures import print_failure
from rapide.cli.listed import list_all
from rapide.server.found import Found, NoApplication
from rapide.server.options import Options, Protocol


def for_development(find: Callable[..., Target], options: Options) -> Callable[..., Target]:
    """Return a function that finds an application, and gives it pages for errors and a console."""

    def find_for_development(**how: Any) -> Target:
        from rapide.development.install import install_console, install_in, install_pages

        install_pages()
        target = find(**how)
        install_in(target.app)
        if options.protocol is not Protocol.RAPIDE:
            install_console(target.app)
        return target

    return find_for_development


class Developing:
    """Tells those who develop an application what is wrong with it.

    Args:
        verbose: Whether tracebacks are printed.
    """

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose

    def make_observer(self, options: Options) -> Any:
        """Return what makes the observer of a server that has a console; None without."""
        if options.protocol is not Protocol.RAPIDE:
            return None
        from rapide.console.observer import observe_with_console
        from rapide.stack import build

        build.is_console_served = True
        return observe_with_console(list_all, options)

    def after_start(self, found: Found) -> None:
        """Report the mistakes in an application that is served."""
        from rapide.cli.background_check import check_in_thread

        if isinstance(found, Target):
            check_in_thread(found)

    def answer_import(self, error: NoApplication) -> Any:
        """Print why there is no application, and return one that says the same."""
        from rapide.development.failed_start import FailedStart

        print_failure(error, verbose=self._verbose, as_fastapi=True)
        title = "The application cannot be imported"
        return FailedStart(title, error.__cause__, "" if error.__cause__ else str(error))

    def answer_startup(self, error: BaseException) -> Any:
        """Return an application that says why the lifespan of another one has not begun."""
        from rapide.development.failed_start import FailedStart

        return FailedStart("The application cannot start", error)


def console_path(app: object, options: Options, *, is_developing: bool) -> str | None:
    """Return the path of the console of an application; None if it has none."""
    wanted: bool | None = getattr(app, "_rapide_console", None)
    if wanted is None and is_developing:
        wanted = options.protocol is Protocol.RAPIDE or isinstance(app, Starlette)
    if not wanted:
        return None
    from rapide.console.data import PATH

    return PATH
