"""The model behind `rapide.sse.ServerSentEvent`, apart because building it takes time."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator


def _single_line(field: str, value: str | None) -> str | None:
    if value is not None and ("\r" in value or "\n" in value):
        raise ValueError(f"SSE '{field}' must be a single line")
    return value


def _event_name(value: str | None) -> str | None:
    return _single_line("event", value)


def _event_id(value: str | None) -> str | None:
    if value is not None and "\0" in value:
        raise ValueError("SSE 'id' must not contain null characters")
    return _single_line("id", value)


class ServerSentEvent(BaseModel):
    """One server-sent event.

    Attributes:
        data: Any value; always written as JSON, so a string is quoted.
        raw_data: Text written as it is, instead of `data`.
        event: Name of the event; one line. Clients take `message` by default.
        id: What a client sends as `Last-Event-ID` when it reconnects; one line without NUL.
        retry: Milliseconds before a client reconnects; not negative.
        comment: Text that clients ignore.

    Raises:
        pydantic.ValidationError: A field is out of range, or both `data` and `raw_data` are set.
    """

    data: Any = None
    raw_data: str | None = None
    event: Annotated[str | None, AfterValidator(_event_name)] = None
    id: Annotated[str | None, AfterValidator(_event_id)] = None
    retry: Annotated[int | None, Field(ge=0)] = None
    comment: str | None = None

    @model_validator(mode="after")
    def _has_one_kind_of_data(self) -> Self:
        if self.data is not None and self.raw_data is not None:
            raise ValueError(
                "Cannot set both 'data' and 'raw_data' on the same ServerSentEvent: 'data' becomes "
                "JSON, and 'raw_data' is sent as it is."
            )
        return self


ServerSentEvent.__module__ = "rapide.sse"
