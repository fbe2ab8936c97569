"""Finished parts of documents are what the models would have made of them."""

import json
import random

import pytest
from pydantic import ValidationError

from rapide import FastAPI, Query
from rapide.openapi import finished, models, utils

FORMS = {
    "Schema": finished.SCHEMA,
    "MediaType": finished.MEDIA_TYPE,
    "RequestBody": finished.REQUEST_BODY,
    "Response": finished.RESPONSE,
    "Operation": finished.OPERATION,
    "PathItem": finished.PATH_ITEM,
    "Info": finished.INFO,
    "Tag": finished.TAG,
    "OpenAPI": finished.DOCUMENT,
}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_has_the_members_of_its_model_in_their_order(name):
    form, fields = FORMS[name], getattr(models, name).model_fields
    names = {field: info.alias or field for field, info in fields.items()}
    assert list(form.members) == list(names.values())
    assert form.required == tuple(
        names[field] for field, info in fields.items() if info.is_required()
    )
    assert form.hidden == {field for field in names if field != names[field]}


class Parts:
    """Random parts of documents: most are valid, some are not, and some are strange."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.depth = 0

    def some(self, **members):
        """A few of the members in any order; the values are made when they are taken."""
        names = [name for name in members if self.random.random() < 0.4]
        self.random.shuffle(names)
        return {name.replace("__", "$").rstrip("_"): members[name]() for name in names}

    def pick(self, *values):
        return self.random.choice(values)

    def text(self):
        return self.pick("text", "größe", "", "#/components/schemas/A", *"ab" * 4, None)

    def strange(self):
        return self.pick(
            *(None, 1, 1.5, True, "text", "\ud800", float("nan"), 2**60, [None, {"a": None}]),
            *({"_sa": 1, "b": None}, {"a": {"b": None}}, {1: 2}, (1,), {"a": 1.0}, -1, "1", {}),
        )

    def named(self, make):
        names = self.random.sample(["a", "b", "200", "_sab", "größe"], k=self.pick(0, 1, 1, 2))
        return {name: make() for name in names}

    def schema(self):
        if self.depth > 3 or self.random.random() < 0.05:
            return self.pick(True, False, {}, {"type": "string"}, {"$ref": "#/a"})
        self.depth += 1
        made = self.some(
            type=lambda: self.pick("integer", "string", "number", ["null", "string"], "odd"),
            title=self.text,
            description=self.text,
            __ref=self.text,
            items=self.schema,
            anyOf=lambda: [self.schema(), self.schema()],
            properties=lambda: self.named(self.schema),
            additionalProperties=self.schema,
            minimum=lambda: self.pick(1, 1.5, 0, 2**60, True, "1"),
            multipleOf=lambda: self.pick(1, 0.5, 0),
            maxLength=lambda: self.pick(1, 0, -1, 1.0),
            pattern=self.text,
            required=lambda: self.pick(["a"], [], "a", [1]),
            enum=lambda: ["a", 1, None],
            default=self.strange,
            const=self.strange,
            examples=lambda: [self.strange()],
            uniqueItems=lambda: self.pick(True, False, 1),
            discriminator=lambda: self.pick(
                {"propertyName": "a"}, {"mapping": {"a": "b"}, "propertyName": "a"}, {"x": 1}
            ),
            id_=self.text,
            json=self.text,
        )
        if self.random.random() < 0.2:
            made |= self.pick({"x-a": self.strange()}, {"_a": 1}, {"not_": 1}, {"not": {}})
        self.depth -= 1
        return made

    def content(self):
        return self.named(lambda: self.some(schema=self.schema, example=self.strange))

    def response(self):
        return {"description": self.pick("d", "d", "d", "d", None)} | self.some(
            content=self.content, headers=dict
        )

    def parameter(self):
        return self.some(
            name=lambda: "a",
            in_=lambda: self.pick("query", "path", "body"),
            schema=self.schema,
            required=lambda: True,
            __ref=self.text,
        )

    def operation(self):
        return self.some(
            summary=self.text,
            tags=lambda: ["a"],
            operationId=self.text,
            deprecated=lambda: True,
            requestBody=lambda: {"content": self.content(), "required": True},
            parameters=lambda: [self.parameter() for _ in range(self.pick(0, 0, 1, 2))],
            responses=lambda: self.named(self.response),
            security=lambda: [{"a": ["b"]}],
        )

    def document(self):
        operations = dict.fromkeys(("get", "post"), self.operation)
        return {
            "openapi": "3.1.0",
            "info": {"version": "1", "title": "t"}
            | self.some(description=self.text, contact=lambda: {"url": "http://a.b"}),
            "paths": {
                path: self.some(**operations, summary=self.text)
                for path in ("/a", "/b", "/c")[: self.pick(0, 1, 2, 3)]
            },
            "components": self.some(schemas=lambda: self.named(self.schema))
            | self.some(
                securitySchemes=lambda: {"a": {"in": "query", "type": "apiKey", "name": "k"}}
            ),
        } | self.some(tags=lambda: [{"description": "d", "name": "a"}])


def outcome(make, document):
    try:
        return json.dumps(make(document))
    except ValidationError as error:
        return error.errors(include_url=False)


def test_a_finished_document_is_the_one_of_the_models():
    finished_alone = 0
    for seed in range(400):
        document, kept = Parts(seed).document(), Parts(seed).document()
        asked = []

        def by_models(rest, asked=asked):
            asked.append(rest)
            return utils._validated(rest)

        ours = outcome(lambda part: finished.finish_document(part, by_models), document)
        assert repr(ours) == repr(outcome(utils._validated, kept)), seed
        assert repr(document) == repr(kept), "the described document has changed"
        finished_alone += not asked
    assert finished_alone > 30


def test_an_ordinary_document_needs_no_models(monkeypatch):
    app = FastAPI(description="Books.", openapi_tags=[{"name": "books", "description": "Read."}])

    @app.get("/books/{key}", tags=["books"])
    async def read_book(key: int, page: int = Query(1, ge=1)) -> list[dict[str, str]]: ...

    def refuse(document):
        raise AssertionError("the models were asked")

    with pytest.MonkeyPatch.context() as patch:  # which leaves FastAPI's name in the module
        patch.setattr(utils, "OpenAPI", object())
    monkeypatch.setattr(utils, "_validated", refuse)
    assert "/books/{key}" in app.openapi()["paths"]
