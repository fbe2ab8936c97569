"""The model `rapide.sse.ServerSentEvent`, in its own module because building it takes time."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator
from typing_extensions import Doc

from rapide._documented import read_arguments


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

    Args:
        data: Any value that JSON can hold. A string is quoted, too.
        raw_data: Text that is written unchanged, instead of `data`.
        event: Name of the event, a single line. Clients take it as `message` by default.
        id: `Last-Event-ID` of a client that reconnects; a single line without NUL.
        retry: Time in milliseconds before a client reconnects; not negative.
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
    def _rapide_has_one_kind_of_data(self) -> Self:
        if self.data is not None and self.raw_data is not None:
            raise ValueError(
                "Cannot set both 'data' and 'raw_data' on the same ServerSentEvent: 'data' becomes "
                "JSON, and 'raw_data' is sent as it is."
            )
        return self


ServerSentEvent.__module__ = "rapide.sse"
for name, text in read_arguments(ServerSentEvent.__doc__).items():
    ServerSentEvent.model_fields[name].metadata.append(Doc(text))
