"""mcp-contextforge-gateway: a gateway and registry for MCP servers."""

import os

os.environ["DATABASE_URL"] = f"sqlite:///{os.environ['SERVED']}/mcp.db"
os.environ["AUTH_REQUIRED"] = "false"
os.environ["MCPGATEWAY_UI_ENABLED"] = "true"
os.environ["MCPGATEWAY_ADMIN_API_ENABLED"] = "true"
os.environ["JWT_SECRET_KEY"] = "a secret that is long enough for the algorithm"
os.environ["AUTH_ENCRYPTION_SECRET"] = "a secret that is long enough for it"

from mcpgateway.main import app as app

DISTRIBUTION = "mcp-contextforge-gateway"
