"""prefect: an orchestration server with its API, user interface and background services."""

import os

os.environ["PREFECT_HOME"] = os.environ["SERVED"]
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["PREFECT_LOGGING_LEVEL"] = "WARNING"
# Requests do not wait in vain for the database while a busy machine writes.
os.environ["PREFECT_SERVER_DATABASE_TIMEOUT"] = "120"
os.environ["PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT"] = "120"

from prefect.server.api.server import create_app

DISTRIBUTION = "prefect"
app = create_app()
EXCLUDED = [
    "* /api/admin/database/*",
    # An automation made here would answer its own events for ever.
    "* /api/automations/*",
    "* /api/events/*",
    # In the order of random ids.
    "POST /api/artifacts/*filter",
]
