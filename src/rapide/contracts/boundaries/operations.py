"""The operations of an API, and the cases that test each of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from rapide.contracts.boundaries.requests import Parts, Request, make_request
from rapide.contracts.boundaries.values import OMITTED, Boundary, Schemas
from rapide.types import JsonObject

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
#: Header fields that are sent by other means, or that HTTP itself uses.
_RESERVED = frozenset({"content-length", "content-type", "host", "connection", "cookie"})


@dataclass(frozen=True, slots=True)
class Case:
    """A request that tests one boundary of one parameter.

    Attributes:
        operation: The operation.
        parameter: The parameter or the field, as `query page`; empty for the smallest request.
        boundary: Which boundary it is.
        is_inside: Whether the declaration allows the request; None if it does not say.
        request: The request.
        value: The value that is tested, as Python shows it.
    """

    operation: "Operation"
    parameter: str
    boundary: str
    is_inside: bool | None
    request: Request
    value: str = ""

    def __str__(self) -> str:
        tested = f"{self.parameter}: {self.boundary}" if self.parameter else self.boundary
        return f"{self.operation.label} [{tested}]"


class Operation:
    """An operation of the document.

    Args:
        method: The method, in capital letters.
        path: The path, with its parameters in braces.
        described: The Operation Object.
        schemas: The schemas of the document.
        given: Values of parameters and fields, by name.
    """

    def __init__(
        self,
        method: str,
        path: str,
        described: JsonObject,
        schemas: Schemas,
        given: Mapping[str, object],
    ) -> None:
        self.method = method
        self.path = path
        self.described = described
        self.schemas = schemas
        self.given = given
        content = described.get("requestBody", {}).get("content", {})
        self.media_type = next(iter(content), "")
        self.body: JsonObject = content.get(self.media_type, {}).get("schema", {})
        self.files = frozenset(self._find_files())

    @property
    def label(self) -> str:
        """The method and the path."""
        return f"{self.method} {self.path}"

    def _find_files(self) -> Iterator[str]:
        properties = self.schemas.resolved(self.body).get("properties", {})
        for name, schema in properties.items():
            text = str(self.schemas.resolved(schema))
            if "contentMediaType" in text or "binary" in text:
                yield name

    def parameters(self) -> Iterator[JsonObject]:
        """Yield the parameters that a test can send."""
        for parameter in self.described.get("parameters", ()):
            if parameter["name"].lower() not in _RESERVED:
                yield parameter

    def baseline(self) -> Parts:
        """Return the smallest request that the declaration allows."""
        parts = Parts()
        for item in self.parameters():
            if item.get("required") or item["name"] in self.given:
                getattr(parts, item["in"])[item["name"]] = self._value(item)
        if self.described.get("requestBody", {}).get("required"):
            content = self.described["requestBody"]["content"][self.media_type]
            body = content["example"] if "example" in content else self.schemas.example(self.body)
            if isinstance(body, dict):
                known = self.schemas.resolved(self.body).get("properties", {})
                body |= {name: value for name, value in self.given.items() if name in known}
            parts.body = self.given.get("body", body)
        return parts

    def _value(self, parameter: JsonObject) -> Any:
        if parameter["name"] in self.given:
            return self.given[parameter["name"]]
        if "example" in parameter:
            return parameter["example"]
        schema = self.schemas.resolved(parameter.get("schema", {}))
        named = [item.get("value") for item in parameter.get("examples", {}).values()]
        return next(iter(named), self.schemas.example(schema))

    def cases(self, extra: int, random: Random) -> Iterator[Case]:
        """Yield the smallest request, one for each boundary, and some with several optional values.

        Args:
            extra: How many of the latter.
            random: What chooses them.
        """
        smallest = self.baseline()
        request = self._request(smallest)
        if request is None:
            return
        yield Case(self, "", "the smallest request", True, request)
        inside: list[tuple[str, str, object]] = []
        for place, name, item in self._boundaries(smallest):
            changed = self._request(smallest.replaced(place, name, item.value))
            where = ".".join(map(str, item.where)) if place == "body" else name
            if changed is not None:
                shown = "" if item.value is OMITTED else repr(item.value)
                if item.is_inside and place in ("query", "header", "cookie"):
                    inside.append((place, name, item.value))
                parameter = f"{place} {where}".strip()
                yield Case(self, parameter, item.label, item.is_inside, changed, shown)
        for number in range(extra if inside else 0):
            parts = smallest
            for place, name, value in random.sample(inside, random.randint(1, len(inside))):
                parts = parts.replaced(place, name, value)
            combined = self._request(parts)
            if combined is not None:
                yield Case(self, "", f"a combination, number {number + 1}", True, combined)

    def _request(self, parts: Parts) -> Request | None:
        return make_request(self.method, self.path, parts, self.media_type, self.files)

    def _boundaries(self, smallest: Parts) -> Iterator[tuple[str, str, Boundary]]:
        for parameter in self.parameters():
            place, name = parameter["in"], parameter["name"]
            if parameter.get("required") and place != "path":
                yield place, name, Boundary("missing", OMITTED, False)
            for item in self.schemas.boundaries(parameter.get("schema", {}), is_text=True):
                # A path with another value may name nothing that exists: it is just not refused.
                if not (place == "path" and name in self.given and item.is_inside is None):
                    yield place, name, item
        for item in self._of_body(smallest) if self.body else ():
            yield "body", "", item

    def _of_body(self, smallest: Parts) -> Iterator[Boundary]:
        if smallest.body is not OMITTED:
            yield Boundary("missing", OMITTED, False)
        is_form = self.media_type in _FORMS
        for item in self.schemas.boundaries(self.body, is_text=is_form):
            value: Any = item.value
            if item.where and isinstance(value, dict) and isinstance(smallest.body, dict):
                name = str(item.where[0])
                value = {key: kept for key, kept in smallest.body.items() if key != name}
                value |= {name: item.value[name]} if name in item.value else {}  # type: ignore[index,operator]
            if not is_form or self._is_plain(value, item):
                yield replace(item, value=value)

    def _is_plain(self, value: Any, item: Boundary) -> bool:
        """Return whether a form can have a value, which is text and not that of a file.

        The empty text of a form is a missing value.
        """
        if not item.where or not isinstance(value, dict) or item.label in ("null", "empty"):
            return False
        name = str(item.where[0])
        is_text = isinstance(value.get(name, ""), str | int | float)
        return is_text and (name not in self.files or item.label == "missing")


def operations_of(
    document: JsonObject,
    values: Mapping[str, Any],
    only: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> list[Operation]:
    """Return the operations of a document that are tested.

    Args:
        document: The OpenAPI document.
        values: Values of parameters and fields by name; below a label, those of an operation.
        only: Patterns of labels, paths or operation ids; all if there are none.
        exclude: Patterns of those that are left out.
    """
    schemas = Schemas(document)
    shared = {name: value for name, value in values.items() if " /" not in name}
    found = []
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                label = f"{method.upper()} {path}"
                names = (label, path, item[method].get("operationId", ""))
                if only and not _is_named(names, only):
                    continue
                if not _is_named(names, exclude):
                    given = {**shared, **values.get(label, {})}
                    found.append(Operation(method.upper(), path, item[method], schemas, given))
    return found


def _is_named(names: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
