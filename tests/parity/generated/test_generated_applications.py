"""Generated applications answer generated requests as FastAPI does.

Hypothesis draws a description of an application (parameters of every sort, bodies, forms, models,
dependencies, answers) and requests for it. The same module text is executed under both frameworks,
and everything that `harness` observes is compared, on the compiled and on the generic path.

`make test` runs 200 examples, the same each time; this runs 10,000 new ones, and this any number
with a seed to repeat them:

    RAPIDE_LONG=1 python -m pytest tests/parity/generated
    RAPIDE_EXAMPLES=9 python -m pytest tests/parity/generated --hypothesis-seed=1

A failure prints the module and the requests, ready to be kept as a test of their own.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from ..client import Answer, Req
from ..harness import (
    MODES,
    ORACLE,
    SERVED,
    SUBJECT,
    Case,
    Framework,
    Outcome,
    as_sent,
    chosen_modes,
    differences,
    fallbacks,
    observe,
    path_of_execution,
)
from .applications import applications
from .description import Application
from .requests import requests
from .source import load, module_text

EXAMPLES = int(os.environ.get("RAPIDE_EXAMPLES", 10_000 if os.environ.get("RAPIDE_LONG") else 200))

#: Why a route may rightly take the generic path.
GENERIC = re.compile("cookie parameter .* is a sequence")

#: What FastAPI fails with when an answer or an error holds a value that JSON does not have.
UNQUOTABLE = re.compile(
    "ValueError: Out of range float values|.*surrogates not allowed|UnicodeDecodeError: "
)

#: What FastAPI says of declarations that are read with a request, as those in an override.
UNREADABLE = re.compile("(AssertionError|DependencyScopeError): ")
OWN_UNREADABLE = re.compile("(UnsupportedParameterType|WrongPathParameter|ScopeMismatch)Error: ")


class Refused(Exception):
    """A framework refused the declarations, for a reason of this type."""


class Generated:
    """An application and the requests made on it; it prints as what is needed to repeat it."""

    def __init__(self, application: Application, requests: list[Req]) -> None:
        self.application = application
        self.case = Case(self.build, list(requests))

    def __repr__(self) -> str:
        requests = (
            f"\n# Req({step.method!r}, {step.target!r}, {step.headers!r}, content={step.content!r})"
            for step in self.case.steps
            if isinstance(step, Req)
        )
        return module_text(self.application, ORACLE) + "".join(requests)

    def build(self, fw: Framework) -> Any:
        """Build it under a framework; the words of a refusal may differ, its type may not."""
        try:
            module = load(self.application, fw.root)
        except Exception as error:
            raise Refused(" ".join(base.__name__ for base in type(error).__mro__)) from error
        module.LOG = fw.log
        return module.app

    def differences(self, mode: str) -> list[str]:
        """List where FastAPI and the subject part on one path of execution."""
        backend, generic = MODES.get(mode, ("asyncio", False))
        fw = Framework(SUBJECT)
        fw.is_direct, fw.is_served = mode == "direct", mode == SERVED
        expected = self.case.expected(backend, fw.is_served)
        with path_of_execution(SUBJECT, generic):
            outcome, app = observe(self.case, fw, backend)
        if expected.build_error or outcome.build_error:
            return refusal_differences(expected.build_error or "", outcome.build_error or "")
        if fw.is_direct or fw.is_served:
            expected, outcome = as_sent(expected), as_sent(outcome)
        found = differences(expected, replace(outcome, answers=accepted(expected, outcome)))
        if mode == "compiled" and SUBJECT != ORACLE:
            reasons = fallbacks(fw, app).items()
            found += [f"not compiled: {p}: {why}" for p, why in reasons if not GENERIC.search(why)]
        return found


def accepted(expected: Outcome, actual: Outcome) -> list[Answer]:
    """Return the answers, those of FastAPI in the place of what is better on purpose.

    An error that quotes an infinite number, a lone surrogate or bytes that are no UTF-8 is a crash
    of FastAPI, and so is an answer that holds one of the request; here each is a 422 as any other.
    Declarations that cannot be served are refused by both, here with more words.
    """

    def is_better(left: Answer, right: Answer) -> bool:
        if right.status == 422 and UNQUOTABLE.match(str(left.raised)):
            return True
        refused = UNREADABLE.match(str(left.raised)), OWN_UNREADABLE.match(str(right.raised))
        return all(refused)

    pairs = zip(expected.answers, actual.answers, strict=True)
    return [left if is_better(left, right) else right for left, right in pairs]


def refusal_differences(expected: str, actual: str) -> list[str]:
    """Compare the classes of two refusals.

    Where FastAPI has an assertion, a class derived from it says more; and of several faults in
    the same declarations another one may be found first.
    """
    same_class = actual.endswith(expected.removeprefix("Refused: "))
    if expected and actual and (same_class or "DeclarationError" in actual):
        return []
    return [f"building: {expected!r}, here {actual!r}"]


@st.composite
def examples(draw: Any) -> Generated:
    application = draw(applications())
    return Generated(application, draw(st.lists(requests(application), min_size=1, max_size=6)))


@pytest.mark.parametrize("paths", [chosen_modes("compiled", "generic", "direct")], ids="+".join)
@settings(
    max_examples=EXAMPLES,
    suppress_health_check=list(HealthCheck),
    phases=set(Phase) - {Phase.explain},
    report_multiple_bugs=False,
)
@given(example=examples())
def test_generated_applications_answer_as_fastapi_does(
    paths: list[str], example: Generated
) -> None:
    for mode in paths:
        if found := example.differences(mode):
            pytest.fail(
                "\n".join([f"On the {mode} path:", *found, "", repr(example)]), pytrace=False
            )
    expected = example.case.expected("asyncio", SERVED in paths)
    event(f"refused: {expected.build_error}")
    for answer in expected.answers[:-1]:
        event(f"status {answer.status}" if not answer.raised else f"raised {answer.raised[:60]}")
