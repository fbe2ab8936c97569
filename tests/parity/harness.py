"""Build one application on two frameworks, send both the same requests, and compare everything.

A test is a builder: ``def test_sentence(fw)`` makes an application from the framework ``fw`` and
returns it; ``@parity(requests…)`` turns it into one test per execution path. The installed FastAPI
gives the expected answers. Between requests a step may also be a function of ``(fw, app)``.

Compared: status, ordered header pairs, body chunks, exceptions that leave the application, what
the application wrote to ``fw.log`` (with the moments the response started and ended), lifespan
messages, the OpenAPI document and the categories of the warnings of each stage.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from .client import Answer, Change, Req, Step, drive, to_steps

ORACLE = "fastapi"
#: ``PARITY_SUBJECT=fastapi`` checks the harness and the applications against themselves.
SUBJECT = os.environ.get("PARITY_SUBJECT", "rapide")

#: The ways a case is executed: event loop and whether routes are held on the generic path.
#: ``direct`` is our own HTTP/1.1 transport, from the parsed request to the bytes of the answer.
MODES = {
    "compiled": ("asyncio", False),
    "generic": ("asyncio", True),
    "trio": ("trio", False),
    "direct": ("asyncio", False),
}
#: ``PARITY_OVER_SOCKETS=1`` serves the cases on sockets instead, by our protocol and by uvicorn's.
SERVED = "served"
#: What uvicorn raises where the content of such an answer does not fit the announced length.
CUT_OFF = re.compile(r"RuntimeError: Response content (shorter|longer) than Content-Length")
OVER_SOCKETS = bool(os.environ.get("PARITY_OVER_SOCKETS"))


class Framework:
    """The names of one framework (``fw.Query``, ``fw.responses``), a log, a place for things."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.log: list[Any] = []
        self.keep = SimpleNamespace()
        self.is_direct = self.is_served = False
        self.is_ours = root != ORACLE
        #: What serves the application on a socket.
        self.server: Any = None

    def __getattr__(self, name: str) -> Any:
        package = importlib.import_module(self.root)
        return getattr(package, name) if hasattr(package, name) else self.module(name)

    def module(self, name: str) -> Any:
        """Import a module beneath the framework's package."""
        return importlib.import_module(f"{self.root}.{name}")


@dataclass
class Outcome:
    """Everything observed of one application."""

    build_error: str | None = None
    warnings: dict[str, list[str]] = field(default_factory=dict)
    openapi: Any = None
    answers: list[Answer] = field(default_factory=list)


@dataclass
class Case:
    """An application, the steps it goes through, and what is expected of its routes."""

    build: Callable[[Framework], Any]
    steps: list[Step | Change]
    compiled: bool = True
    openapi: bool = True
    _expected: dict[tuple[str, bool], Outcome] = field(default_factory=dict)

    def expected(self, backend: str, is_served: bool = False) -> Outcome:
        """Return FastAPI's outcome, obtained once for each event loop and for sockets."""
        if (backend, is_served) not in self._expected:
            fw = Framework(ORACLE)
            fw.is_served = is_served
            self._expected[backend, is_served] = observe(self, fw, backend)[0]
        return self._expected[backend, is_served]


@contextlib.contextmanager
def recorded_warnings(outcome: Outcome, stage: str) -> Iterator[None]:
    """Keep the categories of the warnings raised inside the block under the name of the stage."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)
        yield
    outcome.warnings[stage] = sorted({w.category.__name__ for w in caught})


def describe_error(error: BaseException, root: str) -> Any:
    """Render an exception so that the same one from either framework compares equal.

    A bare ``FastAPIError`` speaks of a mistake in the application, each framework in its own words.
    """
    if type(error).__name__ == "FastAPIError":
        return "FastAPIError"
    if isinstance(error, BaseExceptionGroup):
        return [type(error).__name__, *(describe_error(e, root) for e in error.exceptions)]
    message = re.sub(r"\b0x[0-9a-f]+", "0x…", str(error))
    return f"{type(error).__name__}: {message.replace(root, ORACLE)}"


def forget_endpoints() -> None:
    """Let FastAPI forget where endpoints are defined.

    It remembers it by `id`, also of functions that are gone: the next function at the same address
    would be said to be where the last one was.
    """
    importlib.import_module("fastapi.routing")._endpoint_context_cache.clear()


def observe(case: Case, fw: Framework, backend: str) -> tuple[Outcome, Any]:
    """Build the application on ``fw`` and take it through the steps of the case."""
    outcome = Outcome()
    app = None
    forget_endpoints()
    with recorded_warnings(outcome, "build"):
        try:
            app = case.build(fw)
        except Exception as error:
            outcome.build_error = describe_error(error, fw.root)
            return outcome, None
    with recorded_warnings(outcome, "requests"):
        outcome.answers = drive(
            app, case.steps, fw, backend, functools.partial(describe_error, root=fw.root)
        )
    with recorded_warnings(outcome, "openapi"):
        if case.openapi and hasattr(app, "openapi"):
            try:
                outcome.openapi = app.openapi()
            except Exception as error:
                kinds = {base.__name__ for base in type(error).__mro__}
                # A mistake in a declaration that nothing has noticed before: in each one's words.
                mistakes = kinds & {"AssertionError", "DependencyScopeError"}
                outcome.openapi = min(mistakes, default=describe_error(error, fw.root))
    return outcome, app


def differences(expected: Outcome, actual: Outcome) -> list[str]:
    """List in words where two outcomes part."""
    found: list[str] = []

    def note(where: str, left: Any, right: Any) -> None:
        if left != right:
            found.append(f"{where}:\n    {ORACLE}: {left!r}\n    subject: {right!r}")

    if actual.build_error is not None:
        return [f"the application cannot be built: {actual.build_error}"]
    note("warnings", expected.warnings, actual.warnings)
    note("number of answers", len(expected.answers), len(actual.answers))
    pairs = zip(expected.answers, actual.answers, strict=False)
    for index, (left, right) in enumerate(pairs):
        names = ("status", "headers", "chunks", "messages", "raised", "log")
        for name in names[3:] if left.is_lost else names:
            note(f"{index}: {left.label} -> {name}", getattr(left, name), getattr(right, name))
    for path in document_differences(expected.openapi, actual.openapi):
        found.append(f"OpenAPI {path}")
    return found


def document_differences(left: Any, right: Any, at: str = "#") -> Iterator[str]:
    """Name each place where two JSON documents differ; the order of paths and of lists counts."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in {**left, **right}:
            if key not in left or key not in right:
                side = "missing" if key in left else "unexpected"
                yield f"{at}/{key}: {side} {(left | right)[key]!r}"
            else:
                yield from document_differences(left[key], right[key], f"{at}/{key}")
        if at == "#/paths" and list(left) != list(right):
            yield f"{at}: order {list(left)} != {list(right)}"
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from document_differences(one, other, f"{at}/{index}")
    elif left != right or type(left) is not type(right):
        yield f"{at}: {left!r} != {right!r}"


def path_of_execution(subject: str, generic: bool) -> contextlib.AbstractContextManager[Any]:
    """Hold routes on the generic path when asked to, on the framework that has one."""
    if not generic or subject == ORACLE:
        return contextlib.nullcontext()
    return importlib.import_module(f"{subject}.compiler").forcing_generic()


def as_sent(outcome: Outcome) -> Outcome:
    """An outcome without what a server leaves away."""
    return replace(outcome, answers=[_as_sent(answer) for answer in outcome.answers])


def _as_sent(answer: Answer) -> Answer:
    """An answer without content and its length where none may be, and with one length at most."""
    lengths = [pair for pair in answer.headers if pair[0] == b"content-length"]
    others = [pair for pair in answer.headers if pair not in lengths]
    if answer.status in {204, 205, 304}:
        bare = replace(answer, headers=others, chunks=[])
        is_cut_off = isinstance(answer.raised, str) and CUT_OFF.fullmatch(answer.raised)
        return replace(bare, messages=[], raised=None) if is_cut_off else bare
    return replace(answer, headers=[*lengths[:1], *others]) if len(lengths) > 1 else answer


def fallbacks(fw: Framework, app: Any) -> dict[str, str]:
    """Return the reason of each API route of ``app`` that is not served by compiled code."""
    reasons = {}
    for context in fw.routing.iter_route_contexts(app.routes):
        reason = getattr(context.original_route, "fallback_reason", None)
        if reason is not None:
            reasons[context.path] = reason
    return reasons


def check(case: Case, mode: str, subject: str = SUBJECT) -> None:
    """Fail with every difference between FastAPI and the subject on one path of execution."""
    backend, generic = MODES.get(mode, ("asyncio", False))
    is_served = mode == SERVED
    expected = case.expected(backend, is_served)
    assert expected.build_error is None, f"the application is wrong: {expected.build_error}"
    assert not isinstance(expected.openapi, str), f"the document is wrong: {expected.openapi}"
    fw = Framework(subject)
    fw.is_direct, fw.is_served = mode == "direct", is_served
    with path_of_execution(subject, generic):
        outcome, app = observe(case, fw, backend)
    if fw.is_direct or fw.is_served:
        expected, outcome = as_sent(expected), as_sent(outcome)
    found = differences(expected, outcome)
    if mode == "compiled" and case.compiled and subject != ORACLE and hasattr(app, "routes"):
        found += [f"not compiled: {path}: {why}" for path, why in fallbacks(fw, app).items()]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def chosen_modes(*names: str, served: bool = True) -> list[str]:
    """Return these paths of execution, or sockets if ``PARITY_OVER_SOCKETS`` asks for them."""
    if OVER_SOCKETS:
        return [SERVED] if served else []
    return list(names)


def parity(
    *steps: Any,
    compiled: bool = True,
    openapi: bool = True,
    trio: bool = False,
    direct: bool = True,
    served: bool = True,
) -> Callable[[Callable[[Framework], Any]], Callable[[str], None]]:
    """Turn a builder into tests of all paths: ``@parity("/items DELETE /items", POST(…))``.

    ``direct=False`` is for what an application may send to the harness, but not to a server;
    ``served=False`` is for what depends on time.
    """
    asked = {"trio": trio, "direct": direct}
    paths = chosen_modes(*(name for name in MODES if asked.get(name, True)), served=served)

    def decorate(build: Callable[[Framework], Any]) -> Callable[[str], None]:
        case = Case(build, [step for given in steps for step in to_steps(given)], compiled, openapi)

        @pytest.mark.parametrize("mode", paths)
        def test(mode: str) -> None:
            check(case, mode)

        test.__name__, test.__qualname__ = build.__name__, build.__qualname__
        test.__doc__, test.__module__ = build.__doc__, build.__module__
        test.case = case  # type: ignore[attr-defined]
        return test

    return decorate


def same_value(compute: Callable[[Framework], Any]) -> Callable[[], None]:
    """Turn a function of a framework into a test that it returns, or raises, the same on both."""

    @functools.wraps(compute)
    def test() -> None:
        values = []
        for root in (ORACLE, SUBJECT):
            fw = Framework(root)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    values.append(compute(fw))
            except Exception as error:
                values.append(describe_error(error, root))
        found = list(document_differences(*values))
        if found:
            pytest.fail("\n".join(found), pytrace=False)

    del test.__wrapped__  # pytest would see the parameter ``fw`` and look for a fixture
    return test


__all__ = [
    "Case",
    "Change",
    "Framework",
    "Req",
    "check",
    "chosen_modes",
    "differences",
    "parity",
    "same_value",
]
