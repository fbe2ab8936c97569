"""What the modules of this package need of each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from rapide.jobs.options import JobOptions
from rapide.limits import RequestLimits
from rapide.types import Overrides

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from rapide.telemetry.application import ApplicationTelemetry


class HasJobs(Protocol):
    """An application, as far as its jobs need it."""

    _rapide_limits: RequestLimits | None

    @property
    def dependency_overrides(self) -> Overrides:
        """The dependencies to call instead of others."""
        ...

    @property
    def _native_telemetry(self) -> ApplicationTelemetry: ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class RegisteredJob(Protocol):
    """A job, as the host and the middleware know it."""

    name: str
    function: Callable[..., Any]
    options: JobOptions

    async def send(
        self,
        job_id: str,
        data: Mapping[str, object],
        labels: Mapping[str, Any],
        delay: float | None,
    ) -> None:
        """Send a message with valid arguments to the broker."""

    async def release(self, key: str, job_id: str) -> None:
        """Release the key of a unique job that has ended."""
