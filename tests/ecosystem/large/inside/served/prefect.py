"""prefect: an orchestration server with its API, user interface and background services."""

import os

os.environ["PREFECT_HOME"] = os.environ["SERVED"]
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["PREFECT_LOGGING_LEVEL"] = "WARNING"

from prefect.server.api.server import create_app

DISTRIBUTION = "prefect"
app = create_app()
EXCLUDED = ["* /api/admin/database/*"]
