"""Changes of one operation: parameters, the body of its request, its responses."""

import re
from collections.abc import Iterator

from rapide.contracts.diff.alternatives import same
from rapide.contracts.diff.changes import Change
from rapide.contracts.diff.reading import Document, Json, mapping, sequence
from rapide.contracts.diff.rules import Direction
from rapide.contracts.diff.schemas import SchemaComparison
from rapide.contracts.diff.security import security_changes
from rapide.contracts.diff.servers import server_changes, servers_of

_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_IGNORED_HEADERS = {"accept", "content-type", "authorization"}

Parameters = dict[tuple[str, str], Json]
#: Header fields, by what identifies them: how reports call them, and what the document says.
Headers = dict[tuple[str, str], tuple[str, Json]]


class OperationComparison:
    """The comparison of one operation in two documents.

    Args:
        old: The old document.
        new: The new one.
        name: The operation's method and path.
        is_callback: Whether the server of the API sends this request, so that directions are
            exchanged.
    """

    def __init__(self, old: Document, new: Document, name: str, is_callback: bool = False) -> None:
        self.old = old
        self.new = new
        self.name = name
        self.is_callback = is_callback

    def changes(self, before: tuple[Json, Json], after: tuple[Json, Json]) -> Iterator[Change]:
        """Compare an operation and its path item with the new ones."""
        old, new = before[1], after[1]
        yield from self._about(old, new)
        parameters = (
            _parameters(self.old, *before, self.name),
            _parameters(self.new, *after, self.name),
        )
        if self.is_callback:
            yield from self._sent_parameters(*parameters)
        else:
            yield from self._parameters(*parameters)
            yield from self._servers(before, after)
            for rule, detail in security_changes(self.old, self.new, old, new):
                yield self._change(rule, "request", "security", detail)
        yield from self._body(
            self.old.resolved(old.get("requestBody")), self.new.resolved(new.get("requestBody"))
        )
        yield from self._responses(mapping(old.get("responses")), mapping(new.get("responses")))
        yield from self._callbacks(mapping(old.get("callbacks")), mapping(new.get("callbacks")))

    def _change(self, rule: str, direction: Direction, place: str, detail: str = "") -> Change:
        if self.is_callback and direction:
            direction = "response" if direction == "request" else "request"
        return Change(rule, self.name, direction, place, detail)

    def _schemas(
        self, old: object, new: object, direction: Direction, place: str, *, skip: str = ""
    ) -> Iterator[Change]:
        if self.is_callback:
            shown: Direction = "response" if direction == "request" else "request"
        else:
            shown = direction
        for found in SchemaComparison(self.old, self.new, shown).compare(old, new):
            if found.rule != skip or found.below:
                yield self._change(found.rule, direction, place + found.below, found.detail)

    def _about(self, old: Json, new: Json) -> Iterator[Change]:
        before, after = old.get("operationId"), new.get("operationId")
        if before != after:
            yield self._change("operation-id-changed", "", "", f"{before} → {after}")
        if bool(old.get("deprecated")) != bool(new.get("deprecated")):
            rule = "operation-deprecated" if new.get("deprecated") else "operation-undeprecated"
            yield self._change(rule, "", "")
        changed = [
            key for key in ("summary", "description", "tags") if old.get(key) != new.get(key)
        ]
        if changed:
            yield self._change("description-changed", "", "", ", ".join(changed))

    def _servers(self, before: tuple[Json, Json], after: tuple[Json, Json]) -> Iterator[Change]:
        """Compare the servers of one operation, if it or its path has servers of its own."""
        sides = [(operation, item) for item, operation in (before, after)]
        if any("servers" in one for side in sides for one in side):
            changes = server_changes(
                servers_of(self.old, *sides[0]), servers_of(self.new, *sides[1])
            )
            for rule, detail in changes:
                yield self._change(rule, "", "servers", detail)

    # Parameters

    def _sent_parameters(self, old: Parameters, new: Parameters) -> Iterator[Change]:
        """Compare what the server of the API sends, which its clients read as header fields."""
        yield from self._headers(
            {key: (_named(one), one) for key, one in old.items()},
            {key: (_named(one), one) for key, one in new.items()},
        )

    def _parameters(self, old: Parameters, new: Parameters) -> Iterator[Change]:
        gone, came = old.keys() - new.keys(), new.keys() - old.keys()
        moved = {
            key: other
            for key in sorted(gone)
            for other in sorted(came)
            if key[1].lower() == other[1].lower() and key[0] != other[0] and "path" not in key
        }
        for key, other in moved.items():
            detail = f"from {key[0]} to {other[0]}"
            yield self._change("parameter-location-changed", "request", _named(old[key]), detail)
        for key, parameter in old.items():
            if key in new:
                yield from self._parameter(parameter, new[key])
            elif key not in moved:
                yield self._change("parameter-removed", "request", _named(parameter))
        for key, parameter in new.items():
            if key in came and key not in moved.values():
                need = "required" if parameter.get("required") else "optional"
                yield self._change(f"{need}-parameter-added", "request", _named(parameter))

    def _parameter(self, old: Json, new: Json) -> Iterator[Change]:
        place = _named(new)
        if old["in"] == "path" and old["name"] != new["name"]:
            yield self._change("path-parameter-renamed", "request", place, f"{old['name']}")
        was, now = bool(old.get("required")), bool(new.get("required"))
        if was != now:
            rule = "parameter-became-required" if now else "parameter-became-optional"
            yield self._change(rule, "request", place)
        for rule, detail in _written_differently(old, new):
            yield self._change(rule, "request", place, detail)
        content = mapping(old.get("content")), mapping(new.get("content"))
        if content[0].keys() != content[1].keys():
            detail = f"{', '.join(content[0]) or 'plain'} → {', '.join(content[1]) or 'plain'}"
            yield self._change("parameter-content-changed", "request", place, detail)
            return
        pairs = [(old.get("schema", True), new.get("schema", True))]
        pairs += [
            tuple(mapping(side[name]).get("schema", True) for side in content)  # type: ignore[misc]
            for name in content[0]
        ]
        # A default comes and goes with being optional.
        skip = "default-changed" if was != now else ""
        for first, second in pairs:
            yield from self._schemas(first, second, "request", place, skip=skip)

    # Bodies

    def _body(self, old: Json, new: Json) -> Iterator[Change]:
        if not old and not new:
            return
        if not old or not new:
            need = "required" if new.get("required") else "optional"
            yield self._change(f"{need}-body-added" if new else "body-removed", "request", "body")
            return
        was, now = bool(old.get("required")), bool(new.get("required"))
        if was != now:
            rule = "body-became-required" if now else "body-became-optional"
            yield self._change(rule, "request", "body")
        yield from self._contents(old, new, "request", "body")

    def _contents(self, old: Json, new: Json, direction: Direction, place: str) -> Iterator[Change]:
        before, after = _by_media_type(old), _by_media_type(new)
        for name, media in before.items():
            other = after.get(name) or _range_of(name, after)
            if other is None:
                members = [one for one in after if _range_of(one, {name: media}) is not None]
                is_narrower = direction == "response" and bool(members)
                change = "narrowed" if is_narrower else "removed"
                yield self._change(f"{direction}-media-type-{change}", direction, place, name)
                continue
            schemas = media.get("schema", True), other.get("schema", True)
            shown = place if name == "application/json" else f"{place} ({name})"
            yield from self._schemas(*schemas, direction, shown)
            streamed = media.get("itemSchema", True), other.get("itemSchema", True)
            yield from self._schemas(*streamed, direction, f"{shown}[]")
            if media.get("encoding") != other.get("encoding"):
                yield self._change("body-encoding-changed", direction, shown)
        for name in after:
            if name not in before and _range_of(name, before) is None:
                members = [one for one in before if _range_of(one, {name: {}}) is not None]
                is_wider = direction == "response" and bool(members) and "*" in name
                change = "widened" if is_wider else "added"
                yield self._change(f"{direction}-media-type-{change}", direction, place, name)

    # Responses

    def _responses(self, old: Json, new: Json) -> Iterator[Change]:
        for status, response in old.items():
            found = _response(new, status)
            if found is not None:
                yield from self._response(
                    status, self.old.resolved(response), self.new.resolved(found)
                )
            else:
                is_narrower = any(_is_in(one, status) for one in new)
                rule = "status-range-narrowed" if is_narrower else f"{_kind(status)}-removed"
                yield self._change(rule, "response", status)
        for status, response in new.items():
            found = _response(old, status)
            if found is None:
                yield self._change(f"{_kind(status)}-added", "response", status)
            elif status not in old:
                yield from self._response(
                    status, self.old.resolved(found), self.new.resolved(response)
                )

    def _response(self, status: str, old: Json, new: Json) -> Iterator[Change]:
        before, after = mapping(old.get("content")), mapping(new.get("content"))
        if bool(before) != bool(after):
            rule = "response-body-added" if after else "response-body-removed"
            yield self._change(rule, "response", status)
        else:
            yield from self._contents(old, new, "response", f"{status} body")
        yield from self._headers(
            _headers(self.old, old, status), _headers(self.new, new, status), "response"
        )
        yield from self._links(status, mapping(old.get("links")), mapping(new.get("links")))

    def _headers(
        self, old: Headers, new: Headers, direction: Direction = "request"
    ) -> Iterator[Change]:
        """Compare header fields that clients read."""
        for key, (place, header) in old.items():
            was = bool(header.get("required"))
            if key not in new:
                rule = "required-header-removed" if was else "optional-header-removed"
                yield self._change(rule, direction, place)
                continue
            other = new[key][1]
            now = bool(other.get("required"))
            if was != now:
                rule = "header-became-required" if now else "header-became-optional"
                yield self._change(rule, direction, place)
            schemas = header.get("schema", True), other.get("schema", True)
            yield from self._schemas(*schemas, direction, place)
        for key in new.keys() - old.keys():
            yield self._change("header-added", direction, new[key][0])

    def _links(self, status: str, old: Json, new: Json) -> Iterator[Change]:
        for name in sorted(old.keys() | new.keys()):
            if name not in old or name not in new:
                rule = "link-added" if name in new else "link-removed"
            elif same(self.old.resolved(old[name]), self.new.resolved(new[name])):
                continue
            else:
                rule = "link-changed"
            yield self._change(rule, "response", f"{status} link {name}")

    # Callbacks

    def _callbacks(self, old: Json, new: Json) -> Iterator[Change]:
        before, after = _requests(self.old, old), _requests(self.new, new)
        for name in before.keys() | after.keys():
            if name not in after or name not in before:
                rule = "callback-added" if name in after else "callback-removed"
                yield Change(rule, self.name, "", f"callback {name}", "")
                continue
            inner = OperationComparison(self.old, self.new, self.name, is_callback=True)
            for change in inner.changes(({}, before[name]), ({}, after[name])):
                place = f"callback {name}: {change.place}"
                yield Change(change.rule, self.name, change.direction, place, change.detail)


def requests_of(document: Document, item: object) -> dict[str, Json]:
    """Return the operations of a path item by their methods, in upper case."""
    methods = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
    found = document.resolved(item)
    return {name.upper(): mapping(found[name]) for name in found if name in methods}


def _requests(document: Document, callbacks: Json) -> dict[str, Json]:
    return {
        f"{name} {method} {expression}": operation
        for name, callback in callbacks.items()
        for expression, item in document.resolved(callback).items()
        for method, operation in requests_of(document, item).items()
    }


def _parameters(document: Document, item: Json, operation: Json, name: str) -> Parameters:
    """Return parameters by place and name; those of the path by their position in it."""
    found: Parameters = {}
    path = re.findall(r"\{([^}]*)\}", str(item.get("x-path", name)))
    for one in (*sequence(item.get("parameters")), *sequence(operation.get("parameters"))):
        parameter = document.resolved(one)
        place, given = str(parameter.get("in")), str(parameter.get("name"))
        if place == "header" and given.lower() in _IGNORED_HEADERS:
            continue
        key = given.lower() if place == "header" else given
        if place == "path" and given in path:
            key = str(path.index(given))
        found[place, key] = {**parameter, "in": place, "name": given}
    return found


def _named(parameter: Json) -> str:
    return f"{parameter['in']} parameter {parameter['name']}"


def _written_differently(old: Json, new: Json) -> Iterator[tuple[str, str]]:
    default = _STYLES.get(str(old["in"]), "form")
    styles = old.get("style", default), new.get("style", default)
    explodes = [
        bool(side.get("explode", style == "form"))
        for side, style in zip((old, new), styles, strict=True)
    ]
    if styles[0] != styles[1]:
        yield "parameter-style-changed", f"style {styles[0]} → {styles[1]}"
    elif explodes[0] != explodes[1]:
        yield "parameter-style-changed", f"explode {explodes[0]} → {explodes[1]}"
    if bool(old.get("allowEmptyValue")) != bool(new.get("allowEmptyValue")):
        yield "empty-value-allowed" if new.get("allowEmptyValue") else "empty-value-forbidden", ""
    if bool(old.get("allowReserved")) != bool(new.get("allowReserved")):
        yield "reserved-characters-changed", ""
    if bool(old.get("deprecated")) != bool(new.get("deprecated")):
        yield "parameter-deprecated", "" if new.get("deprecated") else "no longer"


def _by_media_type(holder: Json) -> dict[str, Json]:
    content = mapping(holder.get("content")).items()
    return {";".join(name.lower().split("; ")): mapping(media) for name, media in content}


def _range_of(name: str, content: dict[str, Json]) -> Json | None:
    """Return the entry of a range such as `image/*` that a media type is in."""
    plain = name.partition(";")[0]
    for one in (plain, f"{name.partition('/')[0]}/*", "*/*"):
        if one in content:
            return content[one]
    return None


def _response(responses: Json, status: str) -> object | None:
    """Return the response for a status, which `4XX` and `default` may answer, too."""
    exact = responses.get(status, responses.get(status.lower()))
    if exact is not None or not status.isdecimal():
        return exact
    group = f"{status[0]}XX"
    return responses.get(group, responses.get(group.lower(), responses.get("default")))


def _is_in(status: str, group: str) -> bool:
    """Return whether a status is one of a range such as `2XX`."""
    return status.isdecimal() and group.upper() == f"{status[0]}XX"


def _kind(status: str) -> str:
    if status == "default":
        return "default-response"
    return "success-status" if status[:1] in ("1", "2", "3") else "error-status"


def _headers(document: Document, response: Json, status: str) -> Headers:
    found = mapping(response.get("headers")).items()
    return {
        ("header", name.lower()): (f"{status} header {name.lower()}", document.resolved(header))
        for name, header in found
        if name.lower() != "content-type"
    }
