"""The operations of an API, and the cases that test each of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from rapide.contracts.boundaries.bodies import body_boundaries
from rapide.contracts.boundaries.boundary import OMITTED, Boundary
from rapide.contracts.boundaries.cases import Case
from rapide.contracts.boundaries.documented import Schemas
from rapide.contracts.boundaries.inputs import Input
from rapide.contracts.boundaries.plans import PLACES, Plan
from rapide.contracts.boundaries.requests import (
    Parts,
    Raw,
    Request,
    Upload,
    make_request,
    text_of,
)
from rapide.contracts.boundaries.verdicts import judge
from rapide.types import JsonObject

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
#: In how many places of a body a model is tested.
_MOST_PLACES = 2
#: Header fields that are sent by other means, or that HTTP itself uses.
_RESERVED = frozenset({"content-length", "content-type", "host", "connection", "cookie"})


class Operation:
    """An operation of the document.

    Args:
        method: The method, in capital letters.
        path: The path, with its parameters in braces.
        described: The Operation Object.
        schemas: The schemas of the document.
        given: Values of parameters and fields, by name.
        plan: What the route knows of its requests, if it is one of Rapide's.
    """

    def __init__(
        self,
        method: str,
        path: str,
        described: JsonObject,
        schemas: Schemas,
        given: Mapping[str, object],
        plan: Plan | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.described = described
        self.schemas = schemas
        self.given = given
        self.plan = plan
        content = schemas.resolved(described.get("requestBody")).get("content", {})
        self.media_type = next(iter(content), "")
        self.content: JsonObject = content.get(self.media_type, {})
        self.body: JsonObject = self.content.get("schema", {})
        self.files = frozenset(self._find_files())
        self._baseline: Parts | None = None

    @property
    def label(self) -> str:
        """The method and the path."""
        return f"{self.method} {self.path}"

    @property
    def components(self) -> Mapping[str, object]:
        """The components of the document."""
        found: Mapping[str, object] = self.schemas.document.get("components", {})
        return found

    def resolved(self, value: object) -> JsonObject:
        """Follow the references of an object of the document."""
        return self.schemas.resolved(value)

    def _find_files(self) -> Iterator[str]:
        properties = self.schemas.resolved(self.body).get("properties", {})
        for name, schema in properties.items():
            text = str(self.schemas.resolved(schema))
            if "contentMediaType" in text or "binary" in text:
                yield name

    def parameters(self) -> Iterator[JsonObject]:
        """Yield the parameters of the document that a test can send."""
        for stated in self.described.get("parameters", ()):
            parameter = self.schemas.resolved(stated)
            is_whole = "name" in parameter and parameter.get("in") in PLACES
            if is_whole and parameter["name"].lower() not in _RESERVED:
                yield parameter

    # The smallest request

    def baseline(self) -> Parts:
        """Return the smallest request that the declaration allows."""
        if self._baseline is None:
            parts = self._baseline = Parts()
            for place, name, value in self._needed():
                getattr(parts, place)[name] = value
            parts.body = self.given.get("body", self._smallest_body())
        return self._baseline

    def _needed(self) -> Iterator[tuple[str, str, object]]:
        """Yield the parameters that have to be sent, and the given ones."""
        planned = {} if self.plan is None else self.plan.parameters
        for item in self.parameters():
            place, name = item["in"], item["name"]
            own = planned.get((place, name))
            if name in self.given:
                yield place, name, self.given[name]
            elif item.get("required"):
                yield place, name, self._example(item, own)
        documented = {(item["in"], item["name"]) for item in self.parameters()}
        for (place, key), own in planned.items():
            is_sent = key in self.given or own.is_required
            if is_sent and (place, key) not in documented and key.lower() not in _RESERVED:
                yield place, key, self.given.get(key, own.sample())

    def _example(self, parameter: JsonObject, own: Input | None) -> Any:
        schema = self.schemas.resolved(parameter.get("schema", {}))
        named = [item.get("value") for item in parameter.get("examples", {}).values()]
        given = [parameter["example"]] if "example" in parameter else named
        if own is None:
            return next(iter(given), self.schemas.example(schema))
        fitting = [one for one in given if own.walk.accepts(own.schema, one)]
        return next(iter(fitting), own.sample())

    def _smallest_body(self) -> Any:
        """Return the smallest body; `OMITTED` if none is needed."""
        if self.plan is not None and self.plan.body_fields:
            return self._planned_body(self.plan)
        if not self.schemas.resolved(self.described.get("requestBody")).get("required"):
            return OMITTED
        body = self.content.get("example", OMITTED)
        if body is OMITTED:
            body = self.schemas.example(self.body)
        if not isinstance(body, dict):
            return body
        known = self.schemas.resolved(self.body).get("properties", {})
        body |= {name: value for name, value in self.given.items() if name in known}
        files = {
            name: Upload("rapide.txt", text_of(body[name]).encode())
            for name in self.files & body.keys()
        }
        return {**body, **files}

    def _planned_body(self, plan: Plan) -> Any:
        inputs = plan.body
        if len(inputs) == 1 and not inputs[0].key:
            if not inputs[0].is_required and not plan.is_form:
                return OMITTED
            made = self.content.get("example", inputs[0].sample())
            body = made if plan.errors("body", Parts(body=made)) == [] else inputs[0].sample()
            known = self.schemas.resolved(self.body).get("properties", {})
        else:
            body = {one.key: one.sample() for one in inputs if one.is_required}
            known = {one.key: one for one in inputs}
            if not body and not self.given.keys() & known.keys():
                return OMITTED
        if isinstance(body, dict):
            body = {**body, **{key: self.given[key] for key in known if key in self.given}}
        return body

    # The cases

    def cases(self, extra: int, random: Random) -> Iterator[Case]:
        """Yield the smallest request, one for each boundary, and some with several optional values.

        Args:
            extra: How many of the latter.
            random: What chooses them.
        """
        smallest = self.baseline()
        request = make_request(self.method, self.path, smallest, self.media_type)
        if request is None:
            return
        yield Case(self, "", "the smallest request", True, request, is_firm=True)
        seen = {(request, "")}
        inside: list[tuple[str, str, object]] = []
        for place, name, item, parts in self._tests(smallest):
            sent = make_request(self.method, self.path, parts, self.media_type)
            case = None if sent is None else self._case(place, name, item, parts, sent)
            if case is None or (case.request, case.disagreement) in seen:
                continue
            seen.add((case.request, case.disagreement))
            if case.is_inside and case.is_firm and place in ("query", "header", "cookie"):
                inside.append((place, name, item.value))
            yield case
        for number in range(extra if inside else 0):
            parts = smallest
            for place, name, value in random.sample(inside, random.randint(1, len(inside))):
                parts = parts.replaced(place, name, value)
            combined = make_request(self.method, self.path, parts, self.media_type)
            if combined is not None:
                yield Case(self, "", f"a combination, number {number + 1}", True, combined)

    def _case(self, place: str, name: str, item: Boundary, parts: Parts, sent: Request) -> Case:
        where = ".".join(map(str, item.where)) if place == "body" else name
        judged = judge(self, place, name, item, parts)
        plan = self.plan
        return Case(
            self,
            f"{place} {where}".strip(),
            item.label,
            judged.is_inside,
            sent,
            "" if item.value is OMITTED else repr(item.value),
            is_firm=item.is_inside is not None,
            is_strict=plan is not None and plan.is_strict and not plan.is_shared(place, name),
            is_broken=isinstance(parts.body, Raw),
            locations=judged.locations,
            disagreement=judged.disagreement,
        )

    def _tests(self, smallest: Parts) -> Iterator[tuple[str, str, Boundary, Parts]]:
        """Yield what is tested: place, name, boundary, and the values of the request."""
        for place, name, item in self._boundaries(smallest):
            yield place, name, item, smallest.replaced(place, name, item.value)
        for name, value in smallest.header.items():
            if "-" in name and self.plan is not None:
                item = Boundary("with underscores instead of hyphens", value, None)
                parts = smallest.replaced("header", name, OMITTED)
                yield "header", name, item, parts.replaced("header", name.replace("-", "_"), value)

    def _boundaries(self, smallest: Parts) -> Iterator[tuple[str, str, Boundary]]:
        planned: set[tuple[str, str]] = set()
        tested: set[tuple[str, str, str]] = set()
        origins = Counter[tuple[object, ...]]()
        for place, name, item in self._of_plan(smallest):
            planned.add((place, name))
            tested.add((place, _plain_way(name, item), item.keyword))
            origins[item.origin] += 1
            if not item.origin or origins[item.origin] <= _MOST_PLACES:
                yield place, name, item
        for place, name, item in self._of_document(smallest):
            if (place, name) not in planned:
                yield place, name, item
            elif (
                item.keyword not in ("", "required")
                and (place, _plain_way(name, item), item.keyword) not in tested
            ):
                yield place, name, replace(item, label=f"the document: {item.label}")

    def _of_plan(self, smallest: Parts) -> Iterator[tuple[str, str, Boundary]]:
        """Yield the boundaries that the validators of the route know."""
        if self.plan is None:
            return
        for (place, name), own in self.plan.parameters.items():
            if name.lower() in _RESERVED:
                continue
            for item in own.boundaries():
                if place == "path" and (item.value is OMITTED or isinstance(item.value, list)):
                    continue
                # A path with another value may name nothing that exists: it is just not refused.
                if not (place == "path" and name in self.given and not item.keyword):
                    yield place, name, item
        yield from (("body", "", item) for item in body_boundaries(self.plan, smallest.body))

    def _of_document(self, smallest: Parts) -> Iterator[tuple[str, str, Boundary]]:
        """Yield the boundaries that the document declares."""
        for parameter in self.parameters():
            place, name = parameter["in"], parameter["name"]
            if parameter.get("required") and place != "path":
                yield place, name, Boundary("missing", OMITTED, False, (), "required")
            for item in self.schemas.boundaries(parameter.get("schema", {}), is_text=True):
                if not (place == "path" and name in self.given and item.is_inside is None):
                    yield place, name, item
        for item in self._of_body(smallest) if self.body else ():
            yield "body", "", item

    def _of_body(self, smallest: Parts) -> Iterator[Boundary]:
        if smallest.body is not OMITTED:
            yield Boundary("missing", OMITTED, False, (), "required")
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


def _plain_way(name: str, item: Boundary) -> str:
    """Return the way to a value, without the numbers of items."""
    return ".".join([name, *(one for one in item.where if isinstance(one, str))])


def operations_of(
    document: JsonObject,
    values: Mapping[str, Any],
    only: Sequence[str] = (),
    exclude: Sequence[str] = (),
    plans: Mapping[tuple[str, str], Plan] | None = None,
) -> list[Operation]:
    """Return the operations of a document that are tested.

    Args:
        document: The OpenAPI document.
        values: Values of parameters and fields by name; below a label, those of an operation.
        only: Patterns of labels, paths or operation ids; all if there are none.
        exclude: Patterns of those that are left out.
        plans: What the routes know, by method and path.
    """
    schemas = Schemas(document)
    shared = {name: value for name, value in values.items() if " /" not in name}
    found = []
    for path, item in document.get("paths", {}).items():
        for method in _METHODS:
            if method in item:
                label = f"{method.upper()} {path}"
                names = (label, path, str(item[method].get("operationId", "")))
                if only and not _is_named(names, only):
                    continue
                if not _is_named(names, exclude):
                    given = {**shared, **values.get(label, {})}
                    plan = (plans or {}).get((method.upper(), path))
                    made = Operation(method.upper(), path, item[method], schemas, given, plan)
                    found.append(made)
    return found


def _is_named(names: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)
