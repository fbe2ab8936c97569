"""The facts of a route that its plan is made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from rapide.datastructures import DefaultPlaceholder
from rapide.schema import ModelField
from rapide.signature.models import Dependant


class NotCompilableError(Exception):
    """A route needs something that only the generic path does; the message says what.

    Attributes:
        advice: What users can do about it.
    """

    def __init__(self, sentence: str, advice: str) -> None:
        super().__init__(sentence)
        self.advice = advice


class RouteFacts(Protocol):
    """The attributes of a route that planning and compiling need."""

    response_class: Any
    response_model_by_alias: bool
    response_model_exclude_unset: bool
    response_model_exclude_defaults: bool
    response_model_exclude_none: bool
    status_code: int | None
    strict_content_type: bool | DefaultPlaceholder

    @property
    def methods(self) -> Collection[str]:
        """The HTTP methods."""
        ...

    @property
    def path(self) -> str:
        """The full path, as it was declared."""
        ...

    @property
    def response_model_include(self) -> object:
        """The members of the answer to send."""
        ...

    @property
    def response_model_exclude(self) -> object:
        """The members of the answer to omit."""
        ...

    @property
    def path_format(self) -> str:
        """The full path, without convertors."""
        ...

    @property
    def dependant(self) -> Dependant:
        """The parameters and dependencies of the endpoint."""
        ...

    @property
    def _rapide_body_params(self) -> list[ModelField]:
        """The body parameters of the endpoint and its dependencies."""
        ...

    @property
    def body_field(self) -> ModelField | None:
        """The whole body as one field."""

    @property
    def _embed_body_fields(self) -> bool: ...

    @property
    def _rapide_lane(self) -> Any:
        """The lane in whose threads `def` functions run; None is the default one."""

    @property
    def _rapide_kept(self) -> str:
        """What keeps the answers of the route, as text; empty if nothing does."""
        ...

    @property
    def form_limits(self) -> Mapping[str, object]:
        """The limits of the forms that the route reads."""
        ...

    @property
    def response_field(self) -> ModelField | None:
        """The field that validates and serializes the answer."""

    @property
    def stream_item_field(self) -> ModelField | None:
        """The field that validates and serializes each streamed item."""

    @property
    def is_json_stream(self) -> bool:
        """Whether the answer is a stream of JSON Lines."""
        ...
