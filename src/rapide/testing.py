"""Serve applications in tests, on real ports."""

from __future__ import annotations

from contextlib import AbstractContextManager

from rapide.server.arguments import OF_PROCESSES, takes_options
from rapide.server.embedded import TEST_DEFAULTS, serve_in_thread

__all__ = ["serve"]


@takes_options(TEST_DEFAULTS, OF_PROCESSES)
def serve(app: object, **options: object) -> AbstractContextManager[str]:
    """Serve an application in a thread, and give its address: "http://127.0.0.1:39411".

    The lifespan has started when the block begins, and has ended after it. Several servers may run
    at the same time. Signals and loggers are left as they are.

    Args:
        app: The application, or an import string such as "shop.main:app".
        **options: The options of `rapide run` by their names: `timeout_body=10`.

    Raises:
        TypeError: One of the options does not exist.
        ValueError: One of them has a value that the server cannot use.
        RuntimeError: The application could not start.
    """
    return serve_in_thread(app, options)
