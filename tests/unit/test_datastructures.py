"""Uploaded files and unset values."""

import io

import fastapi
import pytest
from pydantic import TypeAdapter
from starlette.datastructures import UploadFile as StarletteUploadFile

from rapide.datastructures import Default, DefaultPlaceholder, UploadFile


def test_a_default_is_told_apart_from_the_value() -> None:
    marked = Default("x")
    assert isinstance(marked, DefaultPlaceholder)
    assert marked == Default("x")
    assert marked != "x"
    assert not Default(None)
    assert Default(1)


def test_an_upload_of_starlette_is_accepted_as_it_is() -> None:
    upload = StarletteUploadFile(io.BytesIO(b"a"), filename="a.txt")
    assert TypeAdapter(UploadFile).validate_python(upload) is upload


def test_anything_else_is_refused_in_fastapis_words() -> None:
    def message(upload_class: type) -> str:
        with pytest.raises(ValueError, match="Expected UploadFile") as caught:
            TypeAdapter(upload_class).validate_python("text")
        return caught.value.errors()[0]["msg"]  # type: ignore[attr-defined]

    assert message(UploadFile) == message(fastapi.UploadFile)


def test_the_json_schema_is_fastapis() -> None:
    expected = TypeAdapter(fastapi.UploadFile).json_schema()
    assert TypeAdapter(UploadFile).json_schema() == expected
