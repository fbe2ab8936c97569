"""What the callables of random applications see is what they see on FastAPI.

Dependencies of all kinds, validators, serializers, factories, endpoints, handlers, middleware,
route classes and background tasks write a journal: their order and arguments, which objects are the
same, tasks, threads, context variables, exceptions with the frames of user code, and warnings.
`probes/` makes the applications and their requests from a seed, and compares the journals.

`make test` compares the applications of the first seeds. `make probes` makes 10,000, and prints the
smallest application of the first difference that it finds. This makes others, and goes on:

    python -m tests.parity.probes --seed 20000 --count 10000 --keep-going 10
"""

from __future__ import annotations

import pytest

from tests.conftest import IS_LONG

from .compare import PATHS, differences
from .generator import Generator
from .report import report
from .shrink import shrunk

#: Seeds are shared out to tests, so that processes can share them too.
GROUPS, SIZE = 10, 25 if IS_LONG else 12


def check(seed: int, paths: tuple[str, ...]) -> None:
    """Fail with the smallest application in which journals part."""
    app = Generator(seed).application()
    for mode in differences(app, paths):
        pytest.fail(report(seed, shrunk(app, mode, most=200), mode), pytrace=False)


@pytest.mark.parametrize("group", range(GROUPS))
def test_callables_of_random_applications_see_what_fastapi_shows(group: int) -> None:
    for seed in range(group * SIZE, (group + 1) * SIZE):
        check(seed, PATHS)


def test_callables_see_what_fastapi_shows_on_trio() -> None:
    for seed in range(500, 525):
        check(seed, ("trio",))
