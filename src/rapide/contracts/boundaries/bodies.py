"""The boundaries of a body: those of what is in it, and bodies that are broken as a whole."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rapide.contracts.boundaries.boundary import OMITTED, Boundary
from rapide.contracts.boundaries.inputs import Input
from rapide.contracts.boundaries.plans import Plan
from rapide.contracts.boundaries.requests import Raw, Upload

_DEEP = 100_000


def body_boundaries(plan: Plan, smallest: object) -> Iterator[Boundary]:
    """Yield the boundaries of a body.

    Args:
        plan: The plan of the route.
        smallest: The smallest body; `OMITTED` if none is needed.
    """
    if not plan.body_fields:
        return
    yield Boundary("missing", OMITTED, None, (), "required" if smallest is not OMITTED else "")
    own: dict[str, Any] = dict(smallest) if isinstance(smallest, dict) else {}
    for one in plan.body:
        yield from _of_member(plan, one, own) if one.key else _of_whole(plan, one, own)
    if plan.is_form:
        yield from _broken_forms()
    elif plan.is_json:
        yield from _broken_documents(smallest)


def _of_whole(plan: Plan, one: Input, own: dict[str, Any]) -> Iterator[Boundary]:
    """Yield the boundaries of a parameter that is the whole body."""
    for item in one.boundaries():
        if plan.is_json and item.value is not OMITTED:
            yield _with_given(item, own)
        elif isinstance(item.value, str):
            yield replace(item, is_inside=None, keyword="")


def _of_member(plan: Plan, one: Input, own: dict[str, Any]) -> Iterator[Boundary]:
    """Yield the boundaries of a member of an object, or of a field of a form."""
    for item in one.boundaries():
        if plan.is_form and _is_no_text(item.value):
            continue
        value = {key: kept for key, kept in own.items() if key != one.key}
        if item.value is not OMITTED:
            value[one.key] = item.value
        yield replace(item, value=value, where=(one.key, *item.where))


def _with_given(item: Boundary, own: dict[str, Any]) -> Boundary:
    """Return a boundary of one member, with the other members as in the smallest body."""
    if not (item.where and isinstance(item.where[0], str) and isinstance(item.value, dict)):
        return item
    name = item.where[0]
    value = {key: kept for key, kept in own.items() if key != name}
    return replace(item, value=value | ({name: item.value[name]} if name in item.value else {}))


def _is_no_text(value: object) -> bool:
    """Return whether a form cannot have a value."""
    if isinstance(value, list):
        return any(map(_is_no_text, value))
    return not (value is OMITTED or isinstance(value, str | int | float | Upload))


def _broken_documents(smallest: object) -> Iterator[Boundary]:
    """Yield bodies that are no JSON, or JSON that nobody writes on purpose."""
    whole = json.dumps({} if smallest is OMITTED else smallest)
    broken = {
        "no JSON": b"{rapide",
        "JSON that ends early": whole.encode()[:-1] or b"[",
        "JSON with more behind it": whole.encode() + b" rapide",
        "bytes that are no UTF-8": b"\xff\xfe{",
    }
    for label, content in broken.items():
        yield Boundary(label, Raw(content), False)
    odd = {
        "a byte order mark": b"\xef\xbb\xbf" + whole.encode(),
        "UTF-16": whole.encode("utf-16"),
        "a deeply nested list": b"[" * _DEEP + b"]" * _DEEP,
        "a deeply nested object": b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
        "a number with more digits than Python reads": b"9" * 5000,
        "the number NaN": b"NaN",
        "spaces": b" \n ",
    }
    if isinstance(smallest, dict) and smallest:
        name = next(iter(smallest))
        twice = f"{{{json.dumps(name)}: null, {whole[1:]}"
        odd["a member that is there twice"] = twice.encode()
    for label, content in odd.items():
        yield Boundary(label, Raw(content), None)
    for media_type in ("text/plain", "application/xml", "application/json; charset=latin-1", ""):
        label = f"the content type {media_type or 'left empty'}"
        yield Boundary(label, Raw(whole.encode(), media_type), None)
    form = "application/x-www-form-urlencoded"
    yield Boundary("a form instead of JSON", Raw(b"rapide=1", form), None)


def _broken_forms() -> Iterator[Boundary]:
    """Yield bodies that are no forms."""
    yield Boundary("JSON instead of a form", Raw(b'{"rapide": 1}', "application/json"), None)
    kind = "multipart/form-data"
    yield Boundary("parts without a boundary", Raw(b"--x\r\n\r\n", kind), None)
    ends_early = b'--x\r\nContent-Disposition: form-data; name="rapide"\r\n\r\n1'
    yield Boundary("parts that end early", Raw(ends_early, f"{kind}; boundary=x"), None)
    yield Boundary("no parts", Raw(b"rapide", f"{kind}; boundary=x"), None)
    wrong = Raw(b"%ff=%ff&%zz&&=&a", "application/x-www-form-urlencoded")
    yield Boundary("letters that are no UTF-8", wrong, None)
