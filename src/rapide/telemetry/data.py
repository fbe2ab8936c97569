"""What processors of OpenTelemetry may look at while a request is handled."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from starlette.requests import Request
    from starlette.websockets import WebSocket


@dataclass(kw_only=True)
class TelemetryData:
    """What is known of a request or connection so far; to be read, not changed.

    None of it is exported unless a processor does it, which then has to leave out what is secret.

    Args:
        request: The request, once the handler of its route has begun.
        websocket: The connection, once the handler of its route has begun.
        body: The body, before validation.
        values: The arguments of the endpoint, once dependencies are solved.
        errors: What is wrong with the request, with the values that it carried.
    """

    request: Request | None = None
    websocket: WebSocket | None = None
    body: Any = None
    values: dict[str, Any] | None = None
    errors: Sequence[Any] | None = None


def get_telemetry_data(context: Context | None = None) -> TelemetryData | None:
    """The data of the request that a context belongs to, by default the current context.

    None outside of requests, and once the request is over.
    """
    if "opentelemetry" not in sys.modules:
        return None
    from rapide.telemetry.request import find_observation

    observation = find_observation(context)
    return None if observation is None else observation.data
