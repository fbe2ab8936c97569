"""The configuration and the data of telemetry, under the name of FastAPI 0.165's module."""

from rapide._imported_names import add_imported_names
from rapide.telemetry.config import TelemetryConfig
from rapide.telemetry.current import get_telemetry_data
from rapide.telemetry.data import TelemetryData

__all__ = ["TelemetryConfig", "TelemetryData", "get_telemetry_data"]

add_imported_names(__name__)
