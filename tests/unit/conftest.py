"""What the unit tests share."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def imports_are_undone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Forget the modules that a test has written and imported, and where it looked for them."""
    before, path = frozenset(sys.modules), [*sys.path]
    yield
    sys.path[:] = path
    written = str(tmp_path_factory.getbasetemp())
    for name in sys.modules.keys() - before:
        module = sys.modules[name]
        origins = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
        if any(str(origin).startswith(written) for origin in origins):
            del sys.modules[name]
