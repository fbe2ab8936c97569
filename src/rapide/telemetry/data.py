"""The data that processors of OpenTelemetry can read while a request is handled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.websockets import WebSocket

from rapide._documented import documented


@documented
@dataclass(kw_only=True)
class TelemetryData:
    """The data of a request or connection so far. Processors read it and do not change it.

    Nothing of it is exported unless a processor exports it. A processor has to leave out secrets.

    Args:
        request: The request, once the handler of its route has begun.
        websocket: The connection, once the handler of its route has begun.
        body: The body, before validation.
        values: The arguments of the endpoint, once dependencies are solved.
        errors: The validation errors of the request, with the values that it carried.
    """

    request: Request | None = None
    websocket: WebSocket | None = None
    body: Any = None
    values: dict[str, Any] | None = None
    errors: Sequence[Any] | None = None
