"""OpenTelemetry: spans, metrics and log events of an application.

Importing this package does not load OpenTelemetry. An application looks for its telemetry only when
OpenTelemetry is loaded: before that, no provider can have been configured.
"""

from rapide.telemetry.config import TelemetryConfig as TelemetryConfig
from rapide.telemetry.current import get_telemetry_data as get_telemetry_data
from rapide.telemetry.data import TelemetryData as TelemetryData
