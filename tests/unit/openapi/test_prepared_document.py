"""The document as it is answered."""

import pytest
from starlette.responses import JSONResponse

from rapide.openapi.document import PreparedDocument

SCHEMA = {"openapi": "3.1.0", "info": {"title": "Café <&>", "version": "1"}, "paths": {}}


def test_the_bytes_are_those_of_a_json_response():
    response = PreparedDocument(SCHEMA).response()
    expected = JSONResponse(SCHEMA)
    assert response.body == expected.body
    assert response.headers["content-type"] == expected.headers["content-type"]
    assert response.headers["content-length"] == expected.headers["content-length"]


def test_a_number_that_is_not_json_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        PreparedDocument({"x": float("nan")})


def test_an_unchanged_document_is_not_sent_again():
    prepared = PreparedDocument(SCHEMA)
    again = PreparedDocument(dict(SCHEMA)).response(if_none_match=prepared.etag)
    assert (again.status_code, again.body) == (304, b"")
    assert again.headers["etag"] == prepared.etag
    assert "content-length" not in again.headers


def test_a_changed_document_is_sent_with_another_tag():
    prepared = PreparedDocument(SCHEMA)
    changed = PreparedDocument(SCHEMA | {"paths": {"/a": {}}})
    response = changed.response(if_none_match=prepared.etag)
    assert response.status_code == 200
    assert response.headers["etag"] == changed.etag != prepared.etag


class Text(str):
    """A string of a class of the user's."""


@pytest.mark.parametrize("title", ["Books", Text("Books")])
def test_every_change_of_a_document_is_noticed(title):
    schema = {"info": {"title": title, "x-number": 1}, "tags": [{"name": "a"}]}
    prepared = PreparedDocument(schema)
    assert prepared.is_of(schema)
    assert prepared.is_of({"info": {"title": title, "x-number": 1}, "tags": [{"name": "a"}]})
    schema["tags"][0]["name"] = "b"
    assert not prepared.is_of(schema)


def test_a_number_of_another_type_is_a_change():
    assert not PreparedDocument({"x-number": 1}).is_of({"x-number": True})
