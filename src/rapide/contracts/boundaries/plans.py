"""What the plan of a route knows about its requests: all inputs, and whether values are valid.

The validators of the route decide, by the functions that serve requests too. Nothing is called but
them: neither dependencies nor the endpoint.
"""

import json
import re
from collections.abc import Coroutine, Sequence
from functools import cached_property
from io import BytesIO
from typing import Any, cast

from starlette.datastructures import FormData, Headers, QueryParams
from starlette.requests import cookie_parser

from rapide import params
from rapide.contracts.boundaries.boundary import OMITTED
from rapide.contracts.boundaries.inputs import Input, inputs_of_body, inputs_of_parameter
from rapide.contracts.boundaries.requests import Parts, Raw, Upload, pairs_of, text_of
from rapide.datastructures import UploadFile
from rapide.exception_handlers import request_validation_exception_handler
from rapide.exceptions import RequestValidationError
from rapide.generic.bodies import request_body_to_args
from rapide.generic.parameters import request_params_to_args
from rapide.routing import APIRoute, RouteContext, iter_route_contexts
from rapide.runtime.bodies import is_json
from rapide.schema import ModelField, Undefined
from rapide.signature.bodies import should_embed_body_fields
from rapide.signature.dependencies import get_flat_body_params
from rapide.signature.models import every_dependant

PLACES = ("path", "query", "header", "cookie")
#: Where an error is, as a response shows it.
Location = tuple[str | int, ...]


class Plan:
    """The inputs of a route.

    Args:
        route: The route, as it is served.
        is_strict: Whether a request that is not valid is answered with 422 and the locations.
    """

    def __init__(self, route: RouteContext, *, is_strict: bool) -> None:
        self.route = route
        self.is_strict = is_strict and type(route.original_route) is APIRoute
        self.dependants = list(every_dependant(route.dependant))
        self.body_fields: list[ModelField] = get_flat_body_params(route.dependant)

    def fields(self, place: str) -> list[ModelField]:
        """Return the parameters of a place, those of dependencies too."""
        return [field for part in self.dependants for field in getattr(part, f"{place}_params")]

    @cached_property
    def parameters(self) -> dict[tuple[str, str], Input]:
        """The parameters by place and key, each once."""
        found: dict[tuple[str, str], Input] = {}
        for place in PLACES:
            for field in self.fields(place):
                for item in inputs_of_parameter(field):
                    found.setdefault((place, item.key), item)
        return found

    def is_shared(self, place: str, key: str) -> bool:
        """Return whether several parts of the route read a parameter."""
        items = [item for field in self.fields(place) for item in inputs_of_parameter(field)]
        return sum(item.key == key for item in items) > 1

    @cached_property
    def is_form(self) -> bool:
        """Whether the body is a form."""
        return any(isinstance(field.field_info, params.Form) for field in self.body_fields)

    @cached_property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        info = self.body_fields[0].field_info
        return is_json(str(getattr(info, "media_type", "application/json")))

    @cached_property
    def is_embedded(self) -> bool:
        """Whether each body parameter is a member of an object."""
        return should_embed_body_fields(self.body_fields)

    @cached_property
    def body(self) -> list[Input]:
        """The inputs of the body: one without a key is the whole of it."""
        found: dict[str, Input] = {}
        for field in self.body_fields:
            is_whole = not self.is_embedded
            for item in inputs_of_body(field, is_form=self.is_form, is_whole=is_whole):
                found.setdefault(item.key, item)
        return list(found.values())

    def errors(self, place: str, parts: Parts) -> list[Location] | None:
        """Return where the values of a place are not valid; None if only a request can show it."""
        if place == "body":
            return self._body_errors(parts.body)
        received = self._received(place, parts)
        if received is None:
            return None
        try:
            found = request_params_to_args(self.fields(place), received)[1]
        except Exception:  # of a validator of the application: the answer to the request shows it
            return None
        return [tuple(error["loc"]) for error in found]

    def _received(self, place: str, parts: Parts) -> Any:
        pairs = pairs_of(getattr(parts, place))
        if place == "query":
            return QueryParams(pairs)
        if place == "header":
            raw = [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in pairs]
            return Headers(raw=raw)
        if place == "cookie":
            return cookie_parser("; ".join(f"{name}={text}" for name, text in pairs))
        return self._path_values(parts)

    def _path_values(self, parts: Parts) -> dict[str, object] | None:
        """Return the values of a path; None if another route may match instead."""
        found: dict[str, object] = {}
        for name, value in parts.path.items():
            convertor = self.route.param_convertors.get(name)
            if convertor is None or value is OMITTED:
                return None
            text = text_of(value)
            if re.fullmatch(convertor.regex, text) is None:
                return None
            try:
                found[name] = convertor.convert(text)
            except ValueError:
                return None
        return found

    def _body_errors(self, body: object) -> list[Location] | None:
        if not self.body_fields:
            return []
        if isinstance(body, Raw):
            return None
        received: object = Undefined
        if self.is_form:
            received = _form(body)
        elif body is not OMITTED and self.is_json:
            received = json.loads(json.dumps(body))
        elif body is not OMITTED:
            received = text_of(body).encode("utf-8", "surrogatepass") or Undefined
        reading = request_body_to_args(self.body_fields, received, self.is_embedded)
        try:
            outcome = _finished(reading)
        except Exception:  # of a validator of the application, as above
            return None
        return None if outcome is None else [tuple(error["loc"]) for error in outcome[1]]


def _finished(reading: Coroutine[Any, Any, Any]) -> Any:
    """Return the result of a coroutine that does not wait; None if it does."""
    try:
        reading.send(None)
    except StopIteration as end:
        return end.value
    reading.close()
    return None


def _form(body: object) -> FormData:
    if not isinstance(body, dict):
        return FormData([])
    found: list[tuple[str, str | UploadFile]] = []
    for name, value in body.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Upload) and item.filename:
                found.append((name, _uploaded(item)))
            elif item is not OMITTED:
                text = item.content.decode("latin-1") if isinstance(item, Upload) else text_of(item)
                found.append((name, text))
    return FormData(cast(Any, found))


class _Kept(BytesIO):
    """A file in memory, so that reading it waits for nothing."""

    _rolled = False


def _uploaded(item: Upload) -> UploadFile:
    file = cast(Any, _Kept(item.content))
    return UploadFile(file, size=len(item.content), filename=item.filename)


def plans_of(app: Any) -> dict[tuple[str, str], Plan]:
    """Return the plans of the routes of an application, by method and path of the document.

    Routes of other kinds than Rapide's have none.
    """
    handlers = getattr(app, "exception_handlers", {})
    handler = handlers.get(RequestValidationError, request_validation_exception_handler)
    is_strict = handler is request_validation_exception_handler and 422 not in handlers
    overrides = getattr(app, "dependency_overrides", {})
    found: dict[tuple[str, str], Plan] = {}
    routes: Sequence[Any] = getattr(app, "routes", ())
    for route in iter_route_contexts(routes):
        if isinstance(route.original_route, APIRoute) and route.path_format is not None:
            plan = Plan(route, is_strict=is_strict)
            if any(part.call in overrides for part in plan.dependants):
                continue  # what is served is not what is declared
            for method in route.methods or ():
                found.setdefault((method, route.path_format), plan)
    return found
