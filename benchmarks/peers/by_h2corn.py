"""h2corn, an ASGI server in Rust: one worker, uvloop, no access log."""

from typing import Any

from h2corn import Config
from h2corn import serve as run


def serve(app: Any, port: int) -> None:
    run(app, Config(bind=(f"127.0.0.1:{port}",), workers=1, loop="uvloop", access_log=False))
