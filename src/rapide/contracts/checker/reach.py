"""Routes that no request can reach, because an earlier one answers first.

A route is reported only if that is proven: by the patterns of the two paths, by their methods, and
by the hosts around them. So the usual order, a specific path before a general one, is never
reported, nor is `/users/{user_id:int}` before `/users/me`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from starlette.convertors import StringConvertor
from starlette.routing import BaseRoute, Host, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from rapide.contracts.checker.patterns import includes, sample
from rapide.contracts.checker.rules import finding
from rapide.contracts.checker.subject import CheckedRoute, Subject
from rapide.contracts.findings import Finding
from rapide.routing import APIRoute
from rapide.routing.included_router import IncludedRouter
from rapide.routing.patch_points import has_own_matching, is_opaque
from rapide.signature.models import peek_fields

_NAMED_GROUP = re.compile(r"\(\?P<\w+>")
#: Every host that a request can name.
_ANY_HOST = "[^/]+"
#: What a route serves if it is not just some methods.
_WEBSOCKET, _ALL_METHODS, _EVERYTHING = "WS", "ANY", "*"


@dataclass(frozen=True, eq=False)
class _Shape:
    """Which requests a route takes.

    Attributes:
        item: The route.
        pattern: The pattern of the whole path, without `^` and `$`.
        hosts: The patterns of the hosts around it.
        serves: The methods, or one of `WS`, `ANY` and `*`.
        start: The beginning of the pattern that has no special characters.
    """

    item: CheckedRoute
    pattern: str
    hosts: tuple[str, ...]
    serves: frozenset[str]
    start: str

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern, compiled."""
        return re.compile(self.pattern)

    @cached_property
    def sample(self) -> str | None:
        """A path that the route takes."""
        return sample(self.pattern)

    def hides(self, later: "_Shape") -> bool:
        """Return whether this route takes all paths of a later one, at all of its hosts."""
        if self.item in later.item.above:
            return False
        if later.sample is None or not self.compiled.fullmatch(later.sample):
            return False
        return self.has_hosts_of(later) and includes(self.pattern, later.pattern)

    def has_hosts_of(self, other: "_Shape") -> bool:
        """Return whether this route is served at all hosts of another one."""
        theirs = other.hosts or (_ANY_HOST,)
        return all(any(includes(own, host) for host in theirs) for own in self.hosts)

    def takes(self, what: str) -> bool:
        """Return whether it takes requests of a method, or of another kind."""
        methods = self.item.route.methods or self.serves  # those have HEAD, too
        if what in methods or isinstance(self.item.original, Mount | Host):
            return True
        return _ALL_METHODS in self.serves and what not in (_WEBSOCKET, _EVERYTHING)


def unreachable_routes(subject: Subject) -> Iterator[Finding]:
    """Find routes that earlier routes hide, wholly or for some methods."""
    earlier: list[_Shape] = []
    hidden: set[int] = set()
    for shape in _shapes(subject):
        if any(id(item) in hidden for item in shape.item.above):
            continue  # the mount around it is reported
        found = _hiders(shape, earlier)
        if not found:
            earlier.append(shape)
            continue
        if len(found) == len(shape.serves):
            hidden.add(id(shape.item))
            if shape.item.is_page and shape.item.route.name in _left_out(found):
                continue  # the other pages of the application are reported
        else:
            earlier.append(shape)
        yield _described(subject, shape, found)


def _left_out(found: dict[str, _Shape]) -> tuple[str, ...]:
    """Return the names of pages that are not worth a finding of their own."""
    if all(other.item.is_page for other in found.values()):
        return "swagger_ui_html", "swagger_ui_redirect", "redoc_html"
    return ("swagger_ui_redirect",)


def _hiders(shape: _Shape, earlier: list[_Shape]) -> dict[str, _Shape]:
    """Return which earlier route takes the requests of a route, by method."""
    found: dict[str, _Shape] = {}
    for other in earlier:
        if not shape.start.startswith(other.start):
            continue
        left = [what for what in shape.serves if what not in found and other.takes(what)]
        if left and other.hides(shape):
            found |= dict.fromkeys(left, other)
    return found


def _shapes(subject: Subject) -> Iterator[_Shape]:
    unknown = set(_asked_routes(subject))
    patterns: dict[int, str] = {}  # of the mounts above, without what is below them
    hosts: dict[int, tuple[str, ...]] = {}
    for item in subject.routes:
        above = item.above[-1] if item.above else None
        before = patterns.get(id(above), "")
        around = hosts.get(id(above), ())
        own = _pattern(item)
        if isinstance(item.original, Host):
            patterns[id(item)], own = before, ".*"
            around = (*around, _bare(item.route.host_regex))
        elif isinstance(item.original, Mount):
            patterns[id(item)] = before + (own or "").removesuffix("/(?:.*)")
        hosts[id(item)] = around
        if own is None or id(item.original) in unknown:
            continue
        start = re.match(r"(?:[\w/\-~:@!,;=&%']|\\[^\w])*", before + own)
        literal = start.group() if start else ""
        if before + own != literal:  # a quantifier may follow, which makes its last one optional
            literal = literal[: literal.rfind("/") + 1]
        yield _Shape(item, before + own, around, _serves(item), literal)


def _pattern(item: CheckedRoute) -> str | None:
    """Return the pattern of a route's path below its application; None if it has another way."""
    regex = getattr(item.route, "path_regex", None)
    return _bare(regex) if isinstance(regex, re.Pattern) else None


def _bare(regex: re.Pattern[str]) -> str:
    pattern = _NAMED_GROUP.sub("(?:", regex.pattern)
    return pattern.removeprefix("^").removesuffix("$")


def _asked_routes(subject: Subject) -> Iterator[int]:
    """Yield the ids of routes that decide themselves whether they match: nothing is known then."""
    for app in subject.applications:
        for route in getattr(app, "routes", ()):
            if isinstance(route, IncludedRouter) and route._rapide_is_opaque:
                yield from (id(item.original_route) for item in route.effective_route_contexts())
        if is_opaque_application(app):
            yield from (id(item.original) for item in subject.routes if item.app is app)
    for item in subject.routes:
        if _matches_itself(item.original):
            yield id(item.original)


def is_opaque_application(app: Any) -> bool:
    """Return whether an application's router has its own way of finding a route."""
    router = getattr(app, "router", None)
    return hasattr(router, "_rapide_is_opaque") and is_opaque(router)


def _matches_itself(route: BaseRoute) -> bool:
    if isinstance(route, APIRoute):
        return has_own_matching(route)
    bases = (Route, WebSocketRoute, Mount, Host)
    return all(type(route).matches is not base.matches for base in bases) and (
        not type(route).__module__.startswith("rapide.")
    )


def _serves(item: CheckedRoute) -> frozenset[str]:
    original = item.original
    if isinstance(original, Mount | Host):
        is_files = isinstance(getattr(original, "_base_app", None), StaticFiles)
        return frozenset({"GET" if is_files else _EVERYTHING})
    if isinstance(original, WebSocketRoute):
        return frozenset({_WEBSOCKET})
    methods = frozenset(item.route.methods or {_ALL_METHODS})
    # Starlette adds HEAD to a route for GET.
    return methods - {"HEAD"} if "GET" in methods else methods


def _described(subject: Subject, shape: _Shape, found: dict[str, _Shape]) -> Finding:
    item, hider = shape.item, next(iter(found.values()))
    other = hider.item
    are_equal = includes(shape.pattern, hider.pattern) and shape.has_hosts_of(hider)
    is_whole = len(found) == len(shape.serves)
    which = item.label if is_whole else f"{','.join(sorted(found))} {item.full_path}"
    where = f" ({place})" if (place := subject.place(other)) else ""
    own_place = subject.place(item) or place
    if item.is_page and other.is_page:
        return finding(
            "hidden-documentation",
            f"{item.full_path} of this application is never seen: {other.label}{where} comes first",
            "give the application that is mounted here openapi_url=None, or another path",
            route=item.label,
            place=own_place,
        )
    if are_equal and item.original is other.original:
        return finding(
            "duplicate-route",
            f"{which} is served already: its router is included twice, or it is added twice",
            "include the router once, or with another prefix",
            route=item.label,
            place=own_place,
        )
    if are_equal and not isinstance(item.original, Mount):
        return finding(
            "duplicate-route",
            f"{which} is declared before, as {other.label}{where}, so this one never gets it",
            "remove one of them, or give it another path or method",
            route=item.label,
            place=own_place,
        )
    rule = "unreachable-route" if is_whole else "partly-unreachable-route"
    return finding(
        rule,
        f"every request for {which} is answered by {other.label}{where}, which comes before it",
        _advice(shape, hider, is_equal=are_equal, is_read=other in subject.api_routes),
        route=item.label,
        place=own_place,
    )


def _advice(shape: _Shape, hider: _Shape, *, is_equal: bool, is_read: bool) -> str:
    other = hider.item
    if is_equal:
        return "give one of them another path"
    first = f"declare {shape.item.label} before {other.label}"
    for name, convertor in _narrower(other) if is_read else ():
        narrow = hider.pattern.replace(_ANY_HOST, convertor, 1)
        if shape.sample is not None and not re.fullmatch(narrow, shape.sample):
            kind = {"[0-9]+": "int"}.get(convertor, "float")
            return (
                f"{first}, or write {{{name}:{kind}}} in the path of the latter: the annotation of "
                "a parameter does not change which requests a route gets"
            )
    return first


def _narrower(item: CheckedRoute) -> Iterator[tuple[str, str]]:
    """Yield path parameters that are numbers by their annotation only, and a pattern for them."""
    convertors = item.route.param_convertors
    if len(convertors) != 1:
        return
    for field in peek_fields(item.route.dependant, "path_params"):
        patterns = {int: "[0-9]+", float: r"[0-9]+(\.[0-9]+)?"}
        pattern = patterns.get(field.field_info.annotation)  # type: ignore[arg-type]
        if pattern and isinstance(convertors.get(field.alias), StringConvertor):
            yield field.alias, pattern
