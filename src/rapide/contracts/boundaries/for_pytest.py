"""Contract tests as a test of pytest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from rapide.contracts.boundaries.cases import Case
from rapide.contracts.boundaries.sending import sender_for
from rapide.contracts.boundaries.session import Session, Settings, cases_of


def make_test(app: Any, settings: Settings, fixtures: Sequence[str] = ()) -> Callable[..., None]:
    """Return a test that pytest runs once for each case.

    The lifespan starts before the first case, and ends after the last one of the module.
    """
    started: list[Session] = []

    def test_contract(case: Case, request: pytest.FixtureRequest) -> None:
        if not started:
            stack = ExitStack()
            sender = stack.enter_context(sender_for(app, settings.url, settings.seconds))
            started.append(Session(sender, settings))
            module = request.node.getparent(pytest.Module)
            module.addfinalizer(started.clear)
            module.addfinalizer(stack.close)
        failures = started[0].run(case)
        if failures:
            pytest.fail("\n".join(map(str, failures)), pytrace=False)

    cases = list(cases_of(app, settings))
    test = pytest.mark.parametrize("case", cases, ids=str)(test_contract)
    return pytest.mark.usefixtures(*fixtures)(test) if fixtures else test
