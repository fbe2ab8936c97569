"""Server-sent events are checked and written as FastAPI's."""

from itertools import product
from typing import Any

import fastapi.sse
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import rapide.sse
from rapide.sse import EventSourceResponse, ServerSentEvent, format_sse_event

text = st.none() | st.text("ab:\r\n \u2028é", max_size=8)


@given(text, text, text, st.none() | st.integers(), text)
def test_an_event_has_fastapis_bytes(
    data: str | None, event: str | None, id: str | None, retry: int | None, comment: str | None
) -> None:
    fields: dict[str, Any] = {"data_str": data, "event": event, "id": id}
    fields |= {"retry": retry, "comment": comment}
    assert format_sse_event(**fields) == fastapi.sse.format_sse_event(**fields)


def test_the_fields_are_in_fastapis_order() -> None:
    event = format_sse_event(data_str="1\n2", event="e", id="i", retry=3, comment="c")
    assert event == b": c\nevent: e\ndata: 1\ndata: 2\nid: i\nretry: 3\n\n"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"data": {"a": 1}, "event": "e", "id": "1", "retry": 0, "comment": "a\nb"},
        {"raw_data": "a\nb"},
        *({field: text} for field, text in product(("event", "id"), ("a\nb", "a\rb"))),
        {"id": "a\0"},
        {"event": "a\0"},
        {"retry": -1},
    ],
)
def test_fields_are_checked_as_in_fastapi(fields: dict[str, Any]) -> None:
    def outcome(model: Any) -> Any:
        try:
            return model(**fields).model_dump()
        except ValidationError as error:
            return [(e["loc"], e["msg"]) for e in error.errors()]

    assert outcome(ServerSentEvent) == outcome(fastapi.sse.ServerSentEvent)


def test_data_and_raw_data_exclude_each_other() -> None:
    with pytest.raises(ValidationError, match="'data' and 'raw_data'"):
        ServerSentEvent(data=1, raw_data="1")


def test_constants_are_fastapis() -> None:
    for name in ("KEEPALIVE_COMMENT", "_PING_INTERVAL", "_SSE_EVENT_SCHEMA"):
        assert getattr(rapide.sse, name) == getattr(fastapi.sse, name)
    assert EventSourceResponse.media_type == "text/event-stream"
