"""Texts and bytes, and what is written as text: UUIDs, URLs, JSON in a text."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from rapide.contracts.boundaries.boundary import Boundary
from rapide.contracts.boundaries.validated.matching import match_of
from rapide.contracts.boundaries.validated.walk import Core, Walk

_LONGEST = 100_000
#: Texts that no declaration speaks of, and that break what is written carelessly.
ODD_TEXTS: Final = (
    ("empty", ""),
    ("a space", " "),
    ("letters outside of ASCII", "Ünïcödé"),
    ("astral letters", "📚🂡𝒜"),
    ("combining letters", "e\u0301a\u0300\u0323"),
    ("letters from right to left", "مرحبا \u202eabc"),
    ("a null byte", "a\x00b"),
    ("a line feed", "a\nb"),
    ("quotation marks and operators", "'\"; -- <b>%s{{7*7}}\\"),
)
#: Texts that are nearly of a form which only a function knows: an address, a path, a colour.
NEARLY: Final = (
    *(
        "rapide",
        "256.0.0.1",
        "127.0.0.1.1",
        "127.0.0.1/33",
        "::1::",
        "::ffff:127.0.0.1",
        "10.0.0.1/8",
    ),
    *("reader@", "@example.com", "reader@localhost", "reader@example..com", "a b@example.com"),
    *(
        f"{'x' * 65}@example.com",
        "ä@example.com",
        "Reader <reader@example.com>",
        "../../etc/passwd",
    ),
    *("#ggg", "YQ", "YQ=", "+", "12:00:00 PM", "1e5", "0x10", "١٢٣"),
)
_UUIDS: Final = {
    1: "a8098c1a-f86e-11da-bd1a-00112444be1e",
    3: "6fa459ea-ee8a-3ca4-894e-db77e160355e",
    4: "6f1c9a3e-3b1f-4f0e-9a53-0c5f3f3a7d11",
    5: "886313e1-3b8a-5372-9b90-0c9aee199e5d",
    6: "1ef21d2f-1207-6660-8c4f-419efbd44d48",
    7: "01890a5d-ac96-774b-bcce-b302099a8057",
    8: "320c3d4d-cc00-875b-8ec9-32d5f69181c0",
}


def example_of_text(walk: Walk, schema: Core) -> Any:
    """Return a text that fits length and pattern."""
    least = walk.setting(schema, "min_length", "str_min_length") or 0
    pattern = _pattern(schema)
    if pattern is None:
        most = walk.setting(schema, "max_length", "str_max_length")
        return "a" * max(least, 0 if most == 0 else 1)
    return match_of(pattern, least) or match_of(pattern, least + 1) or "a" * max(least, 1)


def _pattern(schema: Core) -> str | None:
    pattern = schema.get("pattern")
    return getattr(pattern, "pattern", pattern)


def of_text(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a text."""
    pattern = _pattern(schema)
    least = walk.setting(schema, "min_length", "str_min_length")
    most = walk.setting(schema, "max_length", "str_max_length")
    for key, number, by in (("min_length", least, -1), ("max_length", most, 1)):
        if number is not None and number <= _LONGEST:
            yield from _of_length(key, number, by, pattern)
    if pattern is not None:
        yield from _of_pattern(walk, schema, pattern)
    for label, text in ODD_TEXTS:
        yield Boundary(label, text, None)
    yield Boundary("a very long text", "x" * (4_000 if is_text else _LONGEST), None)
    if not is_text:
        yield Boundary("half of a surrogate pair", "\ud800", None)
        yield Boundary("a wrong type", {"rapide": 1}, False)
        is_lax = walk.config.get("coerce_numbers_to_str") is True
        yield Boundary("a number instead of a text", 7, None if is_lax else False)
        yield Boundary("null", None, False, (), "type")


def _of_length(key: str, number: int, by: int, pattern: str | None) -> Iterator[Boundary]:
    keyword = "minLength" if key == "min_length" else "maxLength"
    is_free = pattern is None
    for length, place in ((number, "at"), (number + by, "just outside")):
        if length < 0:
            continue
        fitting = None if pattern is None else match_of(pattern, length)
        text = fitting if fitting is not None and len(fitting) == length else "a" * length
        is_inside = (True if is_free else None) if place == "at" else False
        yield Boundary(f"{place} {key}={number}", text, is_inside, (), keyword)
    if is_free and number:
        yield Boundary(f"at {key}={number}, with astral letters", "📚" * number, True, (), keyword)


def _of_pattern(walk: Walk, schema: Core, pattern: str) -> Iterator[Boundary]:
    own = walk.example(schema)
    yield Boundary(f"a match of {pattern}", own, walk.accepts(schema, own) or None)
    least = max(1, walk.setting(schema, "min_length", "str_min_length") or 1)
    for text in ("!" * least, " " * least, "é" * least, f"{own}\n", f"\n{own}", f"{own}!"):
        if walk.accepts(schema, text) is False:
            yield Boundary(f"no match of {pattern}", text, False)


def of_bytes(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of bytes, whose length is not that of the text."""
    for key, by in (("min_length", -1), ("max_length", 1)):
        number = schema.get(key)
        if number is None or number > _LONGEST:
            continue
        yield Boundary(f"at {key}={number}", "a" * number, True)
        if number + by >= 0:
            yield Boundary(f"just outside {key}={number}", "a" * (number + by), False)
        if key == "max_length" and number:
            text = "é" * (number // 2 + 1)
            yield Boundary(f"more bytes than {key}={number}, fewer letters", text, False)
    for label, text in ODD_TEXTS:
        yield Boundary(label, text, None)
    if not is_text:
        yield Boundary("a wrong type", {"rapide": 1}, False)
        yield Boundary("half of a surrogate pair", "\ud800", None)
        yield Boundary("null", None, False, (), "type")


def nearly_right() -> Iterator[Boundary]:
    """Yield texts for a function of which nothing is known; it decides which of them are right."""
    for text in NEARLY:
        yield Boundary(f"nearly right: {text[:40]}", text, None)


def example_of_uuid(walk: Walk, schema: Core) -> Any:
    """Return a UUID of the version that is asked for."""
    return _UUIDS.get(schema.get("version") or 4, _UUIDS[4])


def of_uuid(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield UUIDs of all versions, and texts that are none."""
    version = schema.get("version")
    for number, text in _UUIDS.items():
        is_inside = version is None or number == version
        yield Boundary(f"a UUID of version {number}", text, is_inside)
    own = example_of_uuid(walk, schema)
    for label, text in (
        ("without hyphens", own.replace("-", "")),
        ("in capital letters", own.upper()),
        ("in braces", f"{{{own}}}"),
        ("as a URN", f"urn:uuid:{own}"),
    ):
        yield Boundary(f"a UUID {label}", text, None)
    yield Boundary("the UUID that is zero", "00000000-0000-0000-0000-000000000000", None)
    for label, text in (
        ("a digit too few", own[:-1]),
        ("a letter that is not a digit", f"g{own[1:]}"),
    ):
        yield Boundary(f"a UUID with {label}", text, False)
    yield from wrong_texts(is_text)


def wrong_texts(is_text: bool) -> Iterator[Boundary]:
    """Yield what is wrong for all that is written in a form of its own."""
    yield Boundary("a wrong form", "rapide", False)
    yield Boundary("empty", "", False)
    yield Boundary("letters outside of ASCII", "Ünïcödé 📚", False)
    yield Boundary("a null byte", "a\x00b", False)
    if not is_text:
        yield Boundary("a wrong type", {"rapide": 1}, False)
        yield Boundary("null", None, False, (), "type")


def example_of_url(walk: Walk, schema: Core) -> Any:
    """Return a URL of an allowed scheme."""
    scheme = next(iter(schema.get("allowed_schemes") or ["https"]))
    return f"{scheme}://example.com/a"


def of_url(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield URLs, and texts that are none."""
    schemes = schema.get("allowed_schemes")
    own = walk.example(schema)
    for scheme in schemes or ():
        yield Boundary(f"the scheme {scheme}", f"{scheme}://example.com/a", None)
    if schemes:
        yield Boundary("a scheme that is not allowed", "rapide://example.com/a", False)
    most = schema.get("max_length")
    if most and most <= _LONGEST:
        for length, place in ((most, "at"), (most + 1, "just outside")):
            text = own + "a" * (length - len(own))
            yield Boundary(f"{place} max_length={most}", text, None if place == "at" else False)
    for label, text in (
        ("without a scheme", "example.com"),
        ("without a host", "https://"),
        ("with a wrong port", "https://example.com:99999/"),
        ("with a wrong address", "https://[::1"),
    ):
        yield Boundary(f"a URL {label}", text, False)
    yield Boundary("a URL with letters outside of ASCII", "https://bücher.example/ä?ö=📚", None)
    yield from wrong_texts(is_text)


def example_of_json(walk: Walk, schema: Core) -> Any:
    """Return the JSON of an example."""
    inner = schema.get("schema")
    return json.dumps(None if inner is None else walk.example(inner))


def of_json(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of a value that is JSON in a text."""
    inner = schema.get("schema")
    for item in walk.boundaries(inner) if inner is not None else ():
        yield replace(item, label=f"JSON: {item.label}", value=json.dumps(item.value), keyword="")
    yield Boundary("no JSON", "{rapide", False)
    yield Boundary("empty", "", False)


def of_complex(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield complex numbers, and texts that are none."""
    for text in ("1+2j", "-1j", "0"):
        yield Boundary(f"the number {text}", text, None)
    yield from wrong_texts(is_text)


def of_fraction(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield fractions, and texts that are none."""
    for text in ("1/3", "-0.5", "1/0", "1e9"):
        yield Boundary(f"the fraction {text}", text, None)
    yield from wrong_texts(is_text)
