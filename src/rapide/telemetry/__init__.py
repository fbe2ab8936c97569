"""OpenTelemetry: spans, metrics and log events of an application.

Importing this loads nothing of OpenTelemetry. An application asks for its telemetry only once the
package is loaded, since without it nobody can have configured a provider.
"""

from rapide.telemetry.config import TelemetryConfig as TelemetryConfig
from rapide.telemetry.data import TelemetryData as TelemetryData
from rapide.telemetry.data import get_telemetry_data as get_telemetry_data
