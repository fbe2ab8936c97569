"""Whoever reads the body of a request, and whoever reads it next, sees what FastAPI shows.

Parameters, dependencies, endpoints, background tasks, exception handlers, middleware and route
classes read in four ways, in pairs, right and wrong bodies, and with errors at each place. Compared
are the answers and what each reader saw: bytes, exceptions, and the identity, state and attributes
of its request. A request that would wait for ever must do so on both.

`make test` makes every 149th of 244,200 calls, always the same; this makes all of them:

    RAPIDE_LONG=1 python -m pytest tests/parity/bodies/test_body_reading.py
"""

from __future__ import annotations

import functools
import os
from itertools import islice

import pytest

from ..harness import MODES, ORACLE, SUBJECT
from ..probes.compare import Seen, observe, parted
from ..probes.driver import Call
from ..probes.reading import DECLARATIONS, FRAMES, application, calls

pytestmark = pytest.mark.usefixtures("left_open")

STEP = 1 if os.environ.get("RAPIDE_LONG") else 149


def chosen(declaration: str, frame: str) -> list[Call]:
    """Choose calls so that each declaration and frame takes other ones."""
    start = (list(DECLARATIONS).index(declaration) * 7 + list(FRAMES).index(frame)) % STEP
    return list(islice(calls(FRAMES[frame]), start, None, STEP))


@functools.cache
def expected(declaration: str, frame: str, mode: str) -> Seen:
    """Return what FastAPI shows, obtained once for each event loop."""
    text = application(DECLARATIONS[declaration], FRAMES[frame])
    return observe(text, chosen(declaration, frame), ORACLE, mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("declaration", DECLARATIONS)
def test_each_reader_of_a_request_sees_what_fastapi_shows(declaration: str, mode: str) -> None:
    found = []
    for frame in FRAMES:
        seen = expected(declaration, frame, "trio" if mode == "trio" else "compiled")
        assert seen.refused is None
        made = chosen(declaration, frame)
        text = application(DECLARATIONS[declaration], FRAMES[frame])
        actual = observe(text, made, SUBJECT, mode)
        for call, left, right in zip(made, seen.answers, actual.answers, strict=True):
            one, other = Seen(answers=[left]), Seen(answers=[right])
            if said := parted(one, other, mode == "direct"):
                found.append((f"frame {frame!r}: {call}", *said))
    if found:
        worst = "\n\n".join("\n".join(lines) for lines in found[:3])
        pytest.fail(f"{len(found)} differences\n{worst}", pytrace=False)
