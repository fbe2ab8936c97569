"""Compare FastAPI's answer with Rapide's, except for values that differ in every run."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapide.cli.verify.exchange import Answer
from rapide.cli.verify.structure import ABSENT, changes, words

SHOWN = 200
"""The maximal length in characters of a shown value."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A single difference."""

    kind: str
    """`status`, `header`, `body` or `document`."""
    place: str
    """The header's name, or a path into JSON; empty for the whole."""
    fastapi: str
    rapide: str


@dataclass(slots=True)
class Comparison:
    """The differences, and the places that could not be compared."""

    differences: list[Difference] = field(default_factory=list)
    by_chance: list[str] = field(default_factory=list)
    """The places that differed among the runs of FastAPI: `header etag`, `body items[0].id`."""

    def add(self, kind: str, place: str, fastapi: object, rapide: object) -> None:
        """Note a difference."""
        self.differences.append(Difference(kind, place, shown(fastapi), shown(rapide)))


def compare_answers(
    baselines: Sequence[Answer], answer: Answer, ignored_headers: frozenset[str] = frozenset()
) -> Comparison:
    """Compare Rapide's answer with one or more answers of FastAPI to the same request.

    Args:
        baselines: FastAPI's answers. Places that differ among them are not compared.
        answer: Rapide's answer.
        ignored_headers: The names of headers to ignore, in lower case.
    """
    found = Comparison()
    outcomes = {_outcome(baseline) for baseline in baselines}
    if len(outcomes) > 1:
        found.by_chance.append("status")
        return found
    if _outcome(answer) not in outcomes:
        found.add("status", "", _outcome(baselines[0]), _outcome(answer))
    _compare_headers(baselines, answer, ignored_headers, found)
    _compare_bodies(baselines, answer, found)
    return found


def compare_documents(fastapi: object, rapide: object) -> list[Difference]:
    """Compare two OpenAPI documents."""
    found = Comparison()
    for change in changes(fastapi, rapide):
        found.add("document", change.place, change.ours, change.theirs)
    return found.differences


def shown(value: object) -> str:
    """Return a value on one line, for people."""
    if value is ABSENT:
        return "(absent)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def _outcome(answer: Answer) -> str:
    status = "" if answer.status is None else str(answer.status)
    return ", ".join(filter(None, (status, answer.failure)))


def _compare_headers(
    baselines: Sequence[Answer], answer: Answer, ignored: frozenset[str], found: Comparison
) -> None:
    of_baselines = [_by_name(baseline) for baseline in baselines]
    own = _by_name(answer)
    if any(each.body != baselines[0].body for each in (*baselines, answer)):
        ignored |= {"content-length"}  # follows from the body, which is compared itself
    for name in sorted({*own, *(name for headers in of_baselines for name in headers)} - ignored):
        expected = [headers.get(name) for headers in of_baselines]
        if len(set(expected)) > 1:
            if None not in expected and name not in own:
                found.add("header", name, "; ".join(expected[0] or ()), ABSENT)
            else:
                found.by_chance.append(f"header {name}")
        elif expected[0] != own.get(name):
            found.add("header", name, _joined(expected[0]), _joined(own.get(name)))


def _by_name(answer: Answer) -> dict[str, tuple[str, ...]]:
    names = dict.fromkeys(name for name, _ in answer.headers)
    return {
        name: tuple(value for other, value in answer.headers if other == name) for name in names
    }


def _joined(values: tuple[str, ...] | None) -> object:
    return ABSENT if values is None else "; ".join(values)


def _compare_bodies(baselines: Sequence[Answer], answer: Answer, found: Comparison) -> None:
    answers = [*baselines, answer]
    bodies = [_decoded(each) for each in answers]
    if any(each.unfinished for each in answers):
        # Endless bodies are compared up to the length of the shortest one.
        length = min(map(len, bodies))
        bodies = [body[:length] for body in bodies]
    if len(set(bodies)) == 1:
        return
    if any(each.kind == "status" for each in found.differences):
        found.add("body", "", *(body.decode(errors="replace") for body in (bodies[0], bodies[-1])))
        return
    try:
        texts = [body.decode() for body in bodies]
    except UnicodeDecodeError:
        _compare_bytes(bodies, found)
        return
    values = [_json(each, text) for each, text in zip(answers, texts, strict=True)]
    if any(value is ABSENT for value in values):
        _compare_texts(texts, found)
    else:
        _compare_values(values, found)
        if not found.by_chance and not any(each.kind == "body" for each in found.differences):
            _compare_texts(texts, found)


def _decoded(answer: Answer) -> bytes:
    if answer.header("content-encoding") != "gzip":
        return answer.body
    try:
        return zlib.decompressobj(wbits=31).decompress(answer.body)
    except zlib.error:
        return answer.body


def _json(answer: Answer, text: str) -> object:
    kind = answer.header("content-type").partition(";")[0].strip()
    if kind != "application/json" and not kind.endswith("+json"):
        return ABSENT
    try:
        return json.loads(text)
    except ValueError:
        return ABSENT


def _compare_values(values: list[object], found: Comparison) -> None:
    *baselines, own = values
    first, *others = baselines
    by_chance: dict[str, set[type]] = {}
    for other in others:
        for change in changes(first, other):
            kinds = by_chance.setdefault(change.place, set())
            kinds.update((type(change.ours), type(change.theirs)))
    found.by_chance.extend(f"body {place}".strip() for place in by_chance)
    for change in changes(first, own):
        if type(change.theirs) not in _kinds_at(change.place, by_chance):
            found.add("body", change.place, change.ours, change.theirs)


def _kinds_at(place: str, by_chance: dict[str, set[type]]) -> set[type]:
    """Return the types of the values that vary at a place; all types if an outer place varies."""
    if place in by_chance:
        return by_chance[place]
    within = any(
        place.startswith(outer) and place[len(outer) :].startswith((".", "["))
        for outer in by_chance
        if outer
    )
    return {dict, list, str, int, float, bool, type(None), type(ABSENT)} if within else set()


def _compare_texts(texts: list[str], found: Comparison) -> None:
    *baselines, own = map(words, texts)
    first = baselines[0]
    if any(len(other) != len(first) for other in baselines):
        found.by_chance.append("body")
        return
    fixed = [all(other[i] == word for other in baselines) for i, word in enumerate(first)]
    if not all(fixed):
        found.by_chance.append("body, in part")
    same = len(own) == len(first) and all(
        word == other for word, other, compared in zip(first, own, fixed, strict=True) if compared
    )
    if not same:
        found.add("body", "", *_around_difference(texts[0], texts[-1]))


def _compare_bytes(bodies: list[bytes], found: Comparison) -> None:
    *baselines, own = bodies
    if len(set(baselines)) > 1:
        found.by_chance.append("body")
    elif own != baselines[0]:
        found.add("body", "", *(f"{len(body)} bytes" for body in (baselines[0], own)))


def _around_difference(ours: str, theirs: str, before: int = 40) -> tuple[str, str]:
    """Return the two texts from shortly before the first different character."""
    position = next(
        (i for i, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other),
        min(len(ours), len(theirs)),
    )
    start = max(0, position - before)
    dots = "…" if start else ""
    return dots + ours[start:], dots + theirs[start:]
