"""Dates, times and durations."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from pydantic_core import to_jsonable_python

from rapide.contracts.boundaries.boundary import Boundary
from rapide.contracts.boundaries.validated.scalars import around_bounds
from rapide.contracts.boundaries.validated.texts import wrong_texts
from rapide.contracts.boundaries.validated.walk import Core, Walk

_DAY, _TICK = timedelta(days=1), timedelta(microseconds=1)
#: For each type: the distance of neighbours, wrong texts, and those at the edges.
_KNOWN: Final[dict[str, tuple[timedelta, tuple[str, ...], tuple[str, ...]]]] = {
    "date": (
        _DAY,
        ("2023-02-29", "2024-13-01", "2024-00-01", "29.02.2024", "2024-02-29T12:00:00"),
        ("0001-01-01", "9999-12-31"),
    ),
    "datetime": (
        _TICK,
        ("2023-02-29T12:00:00Z", "2024-02-29T25:00:00Z", "2024-02-29T12:00:00+25:00"),
        (
            *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z"),
            *("9999-12-31T23:59:59-14:00", "2016-12-31T23:59:60Z", "2024-02-29T12:00:00.1234567Z"),
        ),
    ),
    "time": (
        _TICK,
        ("24:01:00", "12:60:00", "12h"),
        ("00:00:00", "23:59:59.999999", "12:00:00+14:00", "12:00:00Z"),
    ),
    "timedelta": (
        _TICK,
        ("P1X", "one day"),
        ("P0D", "-P1D", "P999999999D", "-P999999999D", "PT0.000001S", "P1000000000D"),
    ),
}


def _shifted(value: Any, by: timedelta) -> Any:
    """Return a value that is later; times of the day end at midnight."""
    if not isinstance(value, time):
        return value + by
    moved = datetime.combine(date(2000, 1, 2), value) + by
    if moved.date() != date(2000, 1, 2):
        raise OverflowError
    return moved.timetz()


def example_of_time(walk: Walk, schema: Core) -> Any:
    """Return a date, a time or a duration within the bounds."""
    kind = schema["type"]
    by = _KNOWN[kind][0]
    tried: list[Any] = [_default(schema)]
    for key, shift in (("ge", 0), ("le", 0), ("gt", 1), ("lt", -1)):
        if key in schema:
            tried.append(_shifted(schema[key], by * shift) if shift else schema[key])
    written = [to_jsonable_python(one) for one in tried]
    return next((one for one in written if walk.accepts(schema, one)), written[0])


def _default(schema: Core) -> Any:
    kind = schema["type"]
    if kind == "timedelta":
        return _DAY
    if kind == "time":
        return time(12, tzinfo=_zone(schema))
    now = datetime.now(UTC)
    years = {"past": -10, "future": 10}.get(schema.get("now_op", ""))
    day = datetime(2024, 2, 29, 12, tzinfo=_zone(schema))
    if years is not None:
        day = day.replace(year=now.year + years, day=1)
    return day.date() if kind == "date" else day


def _zone(schema: Core) -> Any:
    return None if schema.get("tz_constraint") == "naive" else UTC


def of_time(walk: Walk, schema: Core, is_text: bool) -> Iterator[Boundary]:
    """Yield the boundaries of dates, times and durations."""
    kind = schema["type"]
    by, wrong, edges = _KNOWN[kind]
    yield from around_bounds(
        schema,
        lambda bound, way: _shifted(bound, by * way),
        to_jsonable_python,
        is_in_document=False,
    )
    yield Boundary(f"a {kind}", walk.example(schema), walk.accepts(schema, walk.example(schema)))
    yield from _of_now(schema)
    yield from _of_zone(schema)
    for text in wrong:
        yield Boundary(f"no {kind}: {text}", text, False)
    for text in edges:
        yield Boundary(f"at the edge: {text}", text, None)
    yield Boundary("a number instead of a text", 10**12, None)
    yield Boundary("a huge number", 10**30, False)
    yield from wrong_texts(is_text)


def _of_now(schema: Core) -> Iterator[Boundary]:
    """Yield what lies well before and after the current time."""
    if schema.get("now_op") is None:
        return
    year = datetime.now(UTC).year
    rest = "-06-01T12:00:00Z" if schema["type"] == "datetime" else "-06-01"
    if schema.get("tz_constraint") == "naive":
        rest = rest.removesuffix("Z")
    yield Boundary("in the past", f"{year - 2}{rest}", schema["now_op"] == "past", (), "bound")
    yield Boundary("in the future", f"{year + 2}{rest}", schema["now_op"] == "future", (), "bound")


def _of_zone(schema: Core) -> Iterator[Boundary]:
    """Yield times with a time zone, and without one."""
    zone = schema.get("tz_constraint")
    if schema["type"] != "datetime" or not isinstance(zone, str):
        return
    now_op = schema.get("now_op")
    for label, end, kind in (("a", "Z", "aware"), ("no", "", "naive")):
        is_inside = None if now_op and zone == kind else zone == kind
        yield Boundary(f"{label} time zone", f"2024-02-29T12:00:00{end}", is_inside)
