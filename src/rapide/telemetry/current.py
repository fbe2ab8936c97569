"""The data of the request that is being handled."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rapide.telemetry.data import TelemetryData

if TYPE_CHECKING:
    from opentelemetry.context import Context


def get_telemetry_data(context: Context | None = None) -> TelemetryData | None:
    """Return the data of the request that a context belongs to; by default the current context.

    Return None outside of requests, and when the request is over.

    Args:
        context: A context of OpenTelemetry; by default the current one.
    """
    if "opentelemetry" not in sys.modules:
        return None
    from rapide.telemetry.request import find_observation

    observation = find_observation(context)
    return None if observation is None else observation.data
