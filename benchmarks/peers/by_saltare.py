"""saltare, an ASGI server in Zig: one worker, no access log, connections that are not ended."""

from typing import Any

import saltare


def serve(app: Any, port: int) -> None:
    # By default it closes a connection after a thousand requests.
    saltare.run(app, host="127.0.0.1", port=port, workers=1, max_keepalive_requests=2**31 - 1)
