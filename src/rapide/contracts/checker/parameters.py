"""Parameters that are not what they were meant to be."""

import difflib
import inspect
from collections.abc import Iterator

from rapide.contracts.checker.rules import RULES, finding
from rapide.contracts.checker.subject import CheckedRoute, Subject, place_of
from rapide.contracts.findings import Finding
from rapide.params import Form
from rapide.schema import ModelField
from rapide.signature.dependencies import get_flat_fields_from_params
from rapide.signature.models import Dependant, every_dependant, peek_fields

#: From which ratio on two names are likely to mean the same.
_SIMILAR = 0.7


def misspelt_path_parameters(subject: Subject) -> Iterator[Finding]:
    """Find path parameters that nothing takes while a query parameter has a similar name."""
    for item in subject.solved_routes:
        parts = list(every_dependant(item.route.dependant))
        in_path = list(item.route.param_convertors)
        taken = {
            field.alias
            for part in parts
            for field in get_flat_fields_from_params(peek_fields(part, "path_params"))
        }
        if not (left := [name for name in in_path if name not in taken]):
            continue
        if any(map(_reads_path_itself, parts)):
            continue
        for part in parts:
            for field in peek_fields(part, "query_params"):
                name = next((name for name in left if _are_similar(name, field.alias)), None)
                if name is not None:
                    left.remove(name)
                    yield _misspelt(item, part, name, field.alias)


def bodies_of_reads(subject: Subject) -> Iterator[Finding]:
    """Find routes for GET or HEAD that read a body."""
    for item in subject.api_routes:
        reads = {"GET", "HEAD"}.intersection(item.route.methods or ())
        field = item.route.body_field
        if field is None or not reads:
            continue
        others = set(item.route.methods or ()) - reads
        if others and not field.field_info.is_required():
            continue  # a body can be sent by the other methods
        method = min(reads)
        part, parameter, is_form = _first_body_parameter(item.route.dependant)
        other_way = "" if is_form else f"declare {parameter} with Query(), or "
        yield finding(
            "body-of-read",
            f"{method} has a body here (parameter {parameter}), which browsers cannot send and "
            "caches, proxies and the document ignore",
            f"{other_way}use another method, such as POST",
            route=item.label,
            place=place_of(part.call) or item.place,
            severity=None if field.field_info.is_required() else RULES["body-of-read"].milder,
        )


def differing_parameters(subject: Subject) -> Iterator[Finding]:
    """Find query parameters that one route declares twice, with different defaults or types."""
    for item in subject.solved_routes:
        seen: dict[str, tuple[Dependant, ModelField]] = {}
        told = set()
        for part in every_dependant(item.route.dependant):
            for field in get_flat_fields_from_params(peek_fields(part, "query_params")):
                other, before = seen.setdefault(field.alias, (part, field))
                difference = _difference(before, field)
                if other.call is part.call or difference is None or field.alias in told:
                    continue
                told.add(field.alias)
                where = f"{_name(other)} ({place_of(other.call)})"
                yield finding(
                    "differing-parameter",
                    f"the query parameter {field.alias} {difference[1]} in {_name(part)}, "
                    f"but {difference[0]} in {where}",
                    f"declare {field.alias} once, in a dependency that both use, or with the same "
                    "type and default",
                    route=item.label,
                    place=place_of(part.call) or item.place,
                )


def _reads_path_itself(part: Dependant) -> bool:
    """Return whether a function takes the request and looks up path parameters there."""
    names = part.request_param_name, part.http_connection_param_name, part.websocket_param_name
    if not any(names):
        return False
    try:
        return "path_params" in inspect.getsource(inspect.unwrap(part.call))  # type: ignore[arg-type]
    except (OSError, TypeError):
        return True  # nobody knows


def _are_similar(name: str, other: str) -> bool:
    """Return whether one name is likely to be the other, misspelt or shortened."""
    first, second = (text.lower().replace("_", "").replace("-", "") for text in (name, other))
    short, long = sorted((first, second), key=len)
    letters = iter(long)
    is_shortened = len(short) > 1 and all(letter in letters for letter in short)
    return is_shortened or difflib.SequenceMatcher(None, first, second).ratio() >= _SIMILAR


def _misspelt(item: CheckedRoute, part: Dependant, name: str, other: str) -> Finding:
    return finding(
        "misspelt-path-parameter",
        f"no function takes the path parameter {name}, and {_name(part)} takes {other} from the "
        "query instead",
        f"rename the argument {other} to {name}, or write {{{other}}} in the path",
        route=item.label,
        place=place_of(part.call) or item.place,
    )


def _first_body_parameter(dependant: Dependant) -> tuple[Dependant, str, bool]:
    """Return who takes a first body parameter, its name, and whether it is one of a form."""
    for part in every_dependant(dependant):
        for field in peek_fields(part, "body_params"):
            return part, field.name, isinstance(field.field_info, Form)
    return dependant, "body", False


def _difference(first: ModelField, second: ModelField) -> tuple[str, str] | None:
    """Return how two declarations differ, as the ends of two clauses; None if they do not."""
    types = [field.field_info.annotation for field in (first, second)]
    if types[0] != types[1]:
        shown = tuple(f"has the type {_shown(item)}" for item in types)
        return shown[0], shown[1]
    required = [field.field_info.is_required() for field in (first, second)]
    defaults = [field.field_info.get_default() for field in (first, second)]
    factories = [field.field_info.default_factory for field in (first, second)]
    if required[0] == required[1] and (required[0] or factories[0] or factories[1]):
        return None
    if required[0] == required[1] and defaults[0] == defaults[1]:
        return None
    said = [
        "is required" if needed else f"has the default {default!r}"
        for needed, default in zip(required, defaults, strict=True)
    ]
    return said[0], said[1]


def _shown(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _name(part: Dependant) -> str:
    return f"{getattr(part.call, '__name__', None) or type(part.call).__name__}()"
