"""What follows from the settings of a route: the dependency graph, the fields, the pattern."""

from __future__ import annotations

import inspect
from re import Pattern
from typing import Any

from starlette.responses import Response
from starlette.routing import compile_path

from rapide import params
from rapide._once import cached_property
from rapide._replaced import used
from rapide.changes import RouteDict
from rapide.datastructures import DefaultPlaceholder
from rapide.exceptions import FastAPIError, PydanticV1NotSupportedError
from rapide.routing.options import MakesId
from rapide.routing.settings import Convertors, RouteSettings
from rapide.schema import ModelField, create_model_field
from rapide.schema.annotations import lenient_issubclass
from rapide.schema.errors import unusable_type_message
from rapide.signature.bodies import get_body_field, should_embed_body_fields
from rapide.signature.callables import (
    get_stream_item_type,
    get_typed_return_annotation,
    is_async_gen_callable,
    is_gen_callable,
)
from rapide.signature.dependencies import get_flat_body_params, read_dependant
from rapide.signature.errors import InvalidResponseTypeError, UnwantedResponseTypeError
from rapide.signature.models import Dependant
from rapide.utils import is_body_allowed_for_status_code


class DerivedFacts(RouteSettings):
    """Everything that follows from the settings of a route, computed when it is first read.

    The declaration of a route reads what can be wrong. The OpenAPI document reads the rest.
    """

    __slots__ = ()

    @cached_property
    def unique_id(self) -> str:
        """The operation id, as it was given or generated."""
        said = self.generate_unique_id_function
        generate: MakesId = said.value if isinstance(said, DefaultPlaceholder) else said
        return self.operation_id or generate(self)

    @cached_property
    def path_regex(self) -> Pattern[str]:
        """The pattern of the path."""
        return self._rapide_compile_path()[0]

    @cached_property
    def path_format(self) -> str:
        """The path, without convertors."""
        # PERF: thousand-routes. Most paths have no convertors to remove.
        return self.path if "{" not in self.path else str(self._rapide_compile_path()[1])

    @cached_property
    def param_convertors(self) -> Convertors:
        """The convertors of the path's parameters."""
        return RouteDict(self._rapide_compile_path()[2])

    def _rapide_compile_path(self) -> tuple[Pattern[str], str, Convertors]:
        compile_it = used("routing.compile_path", compile_path)
        pattern, path_format, convertors = compile_it(self.path)
        if compile_it is compile_path:
            self._rapide_path_and_pattern = self.path, pattern
        values = self.__dict__
        values.setdefault("path_regex", pattern)
        values.setdefault("path_format", path_format)
        values.setdefault("param_convertors", RouteDict(convertors))
        return pattern, path_format, convertors

    @cached_property
    def dependant(self) -> Dependant:
        """The endpoint's parameters and dependencies, after those of the routers and the route."""
        dependencies = getattr(self, "_rapide_dependencies", self.dependencies)
        dependant = read_dependant(self.path_format, self.endpoint, dependencies)
        self._rapide_flat_body_params = get_flat_body_params(dependant)
        return dependant

    @property
    def _rapide_body_params(self) -> list[ModelField]:
        """The body parameters of the endpoint and its dependencies, as they were declared."""
        self.dependant  # noqa: B018
        return self._rapide_flat_body_params

    @cached_property
    def _embed_body_fields(self) -> bool:
        return should_embed_body_fields(self._rapide_body_params)

    @cached_property
    def body_field(self) -> ModelField | None:
        """The body as the document describes it: one model for several parameters."""
        return get_body_field(
            body_params=self._rapide_body_params,
            name=self.unique_id,
            embed_body_fields=self._embed_body_fields,
        )

    @property
    def _rapide_reads_form(self) -> bool:
        """Whether the body is a form."""
        return any(isinstance(item.field_info, params.Form) for item in self._rapide_body_params)

    @property
    def _rapide_is_generator(self) -> bool:
        """Whether the endpoint yields its answer."""
        return is_async_gen_callable(self.endpoint) or is_gen_callable(self.endpoint)

    @cached_property
    def is_sse_stream(self) -> bool:
        """Whether the answer is a stream of Server-Sent Events."""
        return self._rapide_is_generator and _is_event_stream(self.response_class)

    @cached_property
    def is_json_stream(self) -> bool:
        """Whether the answer is a stream of JSON Lines."""
        return self._rapide_is_generator and isinstance(self.response_class, DefaultPlaceholder)

    def _rapide_find_answer_types(self) -> tuple[Any, Any]:
        """Find the response model and the type of streamed items."""
        declared = self._rapide_declared_model
        if not isinstance(declared, DefaultPlaceholder):
            return declared, None
        read = used("routing.get_typed_return_annotation", get_typed_return_annotation)
        annotation = read(self.endpoint)
        if lenient_issubclass(annotation, Response):
            return None, None
        item = used("routing.get_stream_item_type", get_stream_item_type)(annotation)
        if item is None or not self._rapide_is_generator:
            return annotation, None
        streams_items = self.is_json_stream or _is_event_stream(self.response_class)
        return None, item if streams_items and not _is_event(item) else None

    @cached_property
    def response_model(self) -> Any:
        """The type of the answer, declared or annotated."""
        model, self.__dict__["stream_item_type"] = self._rapide_find_answer_types()
        return model

    @cached_property
    def stream_item_type(self) -> Any:
        """The type of each item of a streamed answer."""
        self.__dict__["response_model"], item = self._rapide_find_answer_types()
        return item

    @cached_property
    def response_field(self) -> ModelField | None:
        """The field that validates and serializes the answer."""
        model = self.response_model
        if not model:
            return None
        self._rapide_check_body_allowed(self.status_code)
        return self._rapide_answer_field("Response_", model)

    @cached_property
    def stream_item_field(self) -> ModelField | None:
        """The field that validates and serializes each streamed item."""
        item = self.stream_item_type
        return self._rapide_answer_field("StreamItem_", item) if item else None

    @cached_property
    def response_fields(self) -> dict[int | str, ModelField]:
        """The fields of the additional responses that have a model, by status."""
        found: dict[int | str, ModelField] = {}
        for status, response in self.responses.items():
            assert isinstance(response, dict), "An additional response must be a dict"
            model = response.get("model")
            if model:
                self._rapide_check_body_allowed(status)
                found[status] = self._rapide_answer_field(f"Response_{status}_", model)
        return found

    def _rapide_check_body_allowed(self, status: int | str | None) -> None:
        if not is_body_allowed_for_status_code(status):
            error = UnwantedResponseTypeError(
                f"Status code {status} must not have a response body",
                instead="response_model=None, no return type, or another status",
            )
            error.in_callable(self.endpoint)
            raise error.in_route(self._rapide_label)

    def _rapide_answer_field(self, prefix: str, model: object) -> ModelField:
        try:
            make = used("routing.create_model_field", create_model_field)
            return make(name=prefix + self.unique_id, type_=model, mode="serialization")
        except PydanticV1NotSupportedError:
            raise
        except FastAPIError as refused:
            error = InvalidResponseTypeError(
                getattr(refused, "problem", None) or unusable_type_message(model),
                instead=getattr(refused, "instead", None)
                or "a type that Pydantic supports, or response_model=None",
            )
            error.in_callable(self.endpoint)
            raise error.in_route(self._rapide_label) from None

    @property
    def _rapide_label(self) -> str:
        """The methods and the path for messages, such as `GET /items/{item_id}`."""
        return f"{','.join(sorted(self.methods))} {self.path}"


def describe(description: str | None, endpoint: object) -> str:
    """Return the text of a route in the document: its description or its endpoint's docstring."""
    text = description or inspect.cleandoc(endpoint.__doc__ or "")
    # The text after a form feed is not part of the document.
    return text.split("\f")[0].strip()


def _is_event_stream(response_class: object) -> bool:
    from rapide.sse import EventSourceResponse

    return lenient_issubclass(response_class, EventSourceResponse)


def _is_event(item: object) -> bool:
    from rapide.sse import ServerSentEvent

    return lenient_issubclass(item, ServerSentEvent)
