"""An application between its startup and its shutdown, and a client of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anyio.from_thread import BlockingPortal
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapide.cli.discover import Target
from rapide.cli.failures import call_failure
from rapide.testclient import TestClient


class LifespanFailed(Exception):
    """The application could not start or stop; the message is one line."""


class _Reported(Exception):
    """The application reported that its lifespan failed."""


class _Exited(Exception):
    """The application called `sys.exit`, which would end the event loop that everything needs."""


class LifespanClient(TestClient):
    """A test client of an application that may be any callable, and need not have a lifespan.

    Args:
        app: The application.
    """

    __test__ = False

    def __init__(self, app: ASGIApp) -> None:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            except SystemExit as error:
                raise _Exited(f"the application called sys.exit({error.code!r})") from error

        super().__init__(serve)
        self._serve = serve
        self.app = app

    async def lifespan(self) -> None:
        """Run the lifespan, and report its end to the methods that wait for it."""
        try:
            await self._run_lifespan()
        finally:
            await self.stream_send.send(None)

    async def _run_lifespan(self) -> None:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)
            await self.stream_send.send(message)

        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.app_state,
        }
        try:
            await self._serve(scope, self.stream_receive.receive, send)
        except Exception as error:
            # COMPAT: for uvicorn, an application that raises before it answers has no lifespan.
            if sent or isinstance(error, _Exited):
                raise
        if not sent:
            await self._do_without()
        elif sent[-1]["type"].endswith(".failed"):
            raise _Reported(sent[-1].get("message") or "the application gives no reason")

    async def _do_without(self) -> None:
        await self.stream_send.send({"type": "lifespan.startup.complete"})
        await self.stream_receive.receive()
        await self.stream_send.send({"type": "lifespan.shutdown.complete"})

    async def wait_shutdown(self) -> None:
        """Wait for the shutdown, then end what still runs, such as an interrupted request."""
        try:
            await super().wait_shutdown()
        finally:
            await self.running_portal.stop(cancel_remaining=True)

    @property
    def running_portal(self) -> BlockingPortal:
        """The way to the event loop of the lifespan."""
        if self.portal is None:
            raise RuntimeError("the application has not started")
        return self.portal


@contextmanager
def started(target: Target) -> Iterator[LifespanClient]:
    """Start an application, and stop it at the end.

    Raises:
        LifespanFailed: It could not start or stop.
    """
    client = LifespanClient(target.app)  # type: ignore[arg-type] # an ASGI application
    with _reported("starting the application", target.folder):
        client.__enter__()
    try:
        yield client
    finally:
        with _reported("stopping the application", target.folder):
            client.__exit__()


@contextmanager
def _reported(action: str, folder: Path) -> Iterator[None]:
    try:
        yield
    except _Reported as error:
        raise LifespanFailed(f"{action} failed: {error}") from error
    except Exception as error:  # anything that the code of the application raises
        cause = error.__cause__ if isinstance(error, _Exited) else None
        raise LifespanFailed(str(call_failure(action, folder, cause or error))) from error
