"""hayhooks: a server for pipelines."""

import os

os.environ["HAYHOOKS_PIPELINES_DIR"] = os.environ["SERVED"] + "/pipelines"
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "false"
os.makedirs(os.environ["HAYHOOKS_PIPELINES_DIR"], exist_ok=True)

from hayhooks.server.app import create_app  # noqa: E402

DISTRIBUTION = "hayhooks"
app = create_app()
