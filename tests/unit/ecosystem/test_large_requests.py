"""The requests that large applications are swept with."""

import json

import pytest

from rapide.cli.verify.exchange import Answer, Request
from tests.ecosystem.large.memory import Memory
from tests.ecosystem.large.requests import operations_of, requests_of
from tests.ecosystem.large.samples import Samples

DOCUMENT = {
    "paths": {
        "/shelves/": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Shelf"}}
                    }
                }
            }
        },
        "/shelves/{shelf_id}": {
            "parameters": [
                {"name": "shelf_id", "in": "path", "required": True, "schema": {"type": "integer"}}
            ],
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 3}},
                    {"name": "x-trace", "in": "header", "schema": {"type": "string"}},
                ]
            },
            "delete": {},
        },
    },
    "components": {
        "schemas": {
            "Shelf": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "minLength": 8},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "parent": {"anyOf": [{"$ref": "#/components/schemas/Shelf"}, {"type": "null"}]},
                },
                "required": ["name"],
            }
        }
    },
}


def requests(**values):
    return list(requests_of(operations_of("/api", DOCUMENT, values), 1000))


def of(label, **values):
    return [request for request in requests(**values) if request.label == label]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "minLength": 8, "maxLength": 9}, "samplesam"),
        ({"type": "string", "maxLength": 2}, "sa"),
        ({"type": "string", "pattern": r"^\d+$"}, "1"),
        ({"type": "string", "format": "date"}, "2024-05-06"),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "integer", "maximum": -2}, -2),
        ({"type": "number", "exclusiveMinimum": 0}, 1.5),
        ({"enum": ["red", "blue"]}, "red"),
        ({"const": 4}, 4),
        ({"type": ["null", "boolean"]}, True),
        ({"type": "array", "minItems": 2, "items": {"type": "integer"}}, [1, 1]),
        (
            {"allOf": [{"type": "object", "properties": {"a": {}}}], "required": ["a"]},
            {"a": "sample"},
        ),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, 1),
    ],
)
def test_a_right_value_is_one_that_the_schema_allows(schema, value):
    assert Samples({}).right(schema, full=False) == value


def test_a_full_value_of_a_recursive_schema_ends():
    shelf = Samples(DOCUMENT).right({"$ref": "#/components/schemas/Shelf"}, full=True)
    assert shelf["parent"]["parent"]["tags"] == ["sample"]
    assert "parent" not in json.dumps(shelf).rpartition("parent")[2]


def test_good_requests_have_the_required_fields_and_then_all():
    small, full = (r for r in of("POST /api/shelves/") if r.origin == "good")
    assert small.body == b'{"name": "samplesa"}'
    assert json.loads(full.body).keys() == {"name", "tags", "parent"}
    assert dict(full.headers) == {"content-type": "application/json"}


def test_optional_parameters_are_sent_by_the_full_request_only():
    small, full, again = (r for r in of("GET /api/shelves/{shelf_id}") if r.origin == "good")
    assert small == again
    assert small.target.endswith("/${api_shelves__shelf_id}")
    assert full.target.endswith("/${api_shelves__shelf_id}?limit=3")
    assert dict(full.headers) == {"x-trace": "sample"}


def test_values_of_the_application_come_before_samples():
    sent = of("GET /api/shelves/{shelf_id}", shelf_id=12, limit=4)
    assert [r.target for r in sent if r.origin == "good"] == ["/api/shelves/12?limit=4"] * 3


def test_each_mistake_is_made_alone():
    sent = {r.origin: r for r in of("POST /api/shelves/")}
    assert json.loads(sent["body without name"].body).keys() == {"tags", "parent"}
    assert json.loads(sent["body with bad tags"].body)["name"] == "samplesa"
    assert sent["empty"].body is None
    assert sent["without a media type"].headers == ()
    assert sent["broken body"].body == b'{"a": [1, '
    bad = {r.origin: r for r in of("GET /api/shelves/{shelf_id}")}
    assert bad["bad shelf_id"].target == "/api/shelves/neither%20this%20nor%20that"
    assert bad["bad limit"].target == "/api/shelves/1?limit=neither+this+nor+that"


def test_paths_are_asked_with_methods_that_they_have_not_and_with_another_end():
    sent = [(r.method, r.target) for r in requests() if r.origin.startswith("another ")]
    assert ("PATCH", "/api/shelves/1") in sent
    assert ("GET", "/api/shelves") in sent
    assert ("GET", "/api/shelves/1/") in sent


def test_what_deletes_comes_last():
    assert requests()[-1].method == "DELETE"


def test_a_limit_leaves_mistakes_out_from_all_parts():
    operations = operations_of("", DOCUMENT, {})
    few = [r for r in requests_of(operations, 5) if r.origin not in {"good", "empty"}]
    assert len(few) == 5
    assert len({r.label for r in few}) > 1


@pytest.mark.parametrize(
    "body",
    [
        {"id": 7},
        [{"id": 7}, {"id": 8}],
        {"items": [{"id": 7}], "total": 1},
        {"shelf_id": "7", "id": "another"},
    ],
)
def test_an_id_of_an_answer_fills_later_paths_of_the_collection(body):
    memory = Memory()
    made = Request("POST", "/api/shelves/", label="POST /api/shelves/")
    memory.learn(made, Answer(201, body=json.dumps(body).encode()))
    later = Request("GET", "/api/shelves/${api_shelves__shelf_id}")
    assert memory.fill(later).target == "/api/shelves/7"


def test_answers_that_failed_teach_nothing():
    memory = Memory()
    made = Request("POST", "/api/shelves/", label="POST /api/shelves/")
    memory.learn(made, Answer(404, body=b'{"id": 7}'))
    assert memory.fill(Request("GET", "/shelves/${shelves__shelf_id}")).target == "/shelves/0"


def test_forms_and_files_are_encoded_as_the_media_type_says():
    def sent(kind):
        schema = {
            "type": "object",
            "required": ["a", "f"],
            "properties": {
                "a": {"type": "string"},
                "f": {"type": "string", "format": "binary"},
            },
        }
        operation = {"requestBody": {"content": {kind: {"schema": schema}}}}
        return next(requests_of(operations_of("", {"paths": {"/": {"post": operation}}}, {}), 0))

    assert sent("application/x-www-form-urlencoded").body == b"a=sample&f=content"
    form = sent("multipart/form-data")
    assert (
        b'name="f"; filename="sample.txt"\r\ncontent-type: text/plain\r\n\r\ncontent' in form.body
    )
    assert "boundary=" in dict(form.headers)["content-type"]
