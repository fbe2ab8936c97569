"""Selects the parity tests that run over sockets, if they are asked for.

`PARITY_OVER_SOCKETS=1` serves each application on a socket: by our transport, which is machine code
when the installed package is tested, and by uvicorn's. `make test-compiled` does so. These tests
have nothing to serve, or would compare something else, and are left out:

- `same_value` compares what a function returns, and the tests of `interface/`, declarations,
  documents and copies compare objects. No request is sent.
- `probes/` and `bodies/test_body_reading.py` compare tasks, threads and context variables of user
  code. Those of a connection belong to its server. Their direct path is that of our transport.
- A few tests of `middleware/`, `instrumentation/` and `tutorial/` send messages that a server never
  sends or forwards, or use the test client, which calls the application itself.
"""

import pytest

from .harness import OVER_SOCKETS, SERVED


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that run over sockets, if these are asked for."""
    if not OVER_SOCKETS:
        return
    left_out = [item for item in items if not _is_served(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if _is_served(item)]


def _is_served(item: pytest.Item) -> bool:
    """Whether the parameters of a test say that it is served on a socket."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and SERVED in callspec.id.split("-")
