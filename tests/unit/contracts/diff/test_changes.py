"""Each kind of change is found, under its rule, and is breaking, unclear or safe."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pytest

from rapide.contracts.diff.documents import compare_documents
from rapide.contracts.diff.reading import Document
from rapide.contracts.diff.rules import RULES

Json = dict[str, Any]


def document(paths: Json, **others: Any) -> Json:
    return {"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": paths, **others}


def operation(**options: Any) -> Json:
    return document({"/a": {"post": {"responses": {"200": {}}, **options}}})


def of_parameter(schema: Any, **others: Any) -> Json:
    return operation(parameters=[{"name": "q", "in": "query", "schema": schema, **others}])


def of_body(schema: Any, **others: Any) -> Json:
    return operation(requestBody={"content": {"application/json": {"schema": schema}}, **others})


def of_response(schema: Any, status: str = "200", **others: Any) -> Json:
    content = {"application/json": {"schema": schema}}
    return operation(responses={status: {"content": content, **others}})


def streamed(schema: Any) -> Json:
    return operation(responses={"200": {"content": {"application/jsonl": {"itemSchema": schema}}}})


def of_object(*required: str, closed: bool = False, **properties: Any) -> Json:
    found = {"type": "object", "properties": properties, "required": list(required)}
    return {**found, "additionalProperties": False} if closed else found


TEXT, WHOLE, NUMBER, NULL = ({"type": kind} for kind in ("string", "integer", "number", "null"))
CAT, DOG = of_object("purr", purr=TEXT), of_object("bark", bark=TEXT)


def text(**keywords: Any) -> Json:
    return {**TEXT, **keywords}


def whole(**keywords: Any) -> Json:
    return {**WHOLE, **keywords}


def items(**keywords: Any) -> Json:
    return {"type": "array", "items": TEXT, **keywords}


#: A schema, another with fewer values, and the rules of narrowing and of widening.
NARROWED: list[tuple[Any, Any, str, str]] = [
    ({}, TEXT, "type-narrowed", "type-widened"),
    ({"type": ["string", "integer"]}, TEXT, "type-narrowed", "type-widened"),
    (NUMBER, WHOLE, "type-narrowed", "type-widened"),
    ({"type": ["string", "null"]}, TEXT, "null-forbidden", "null-allowed"),
    ({"anyOf": [TEXT, NULL]}, TEXT, "null-forbidden", "null-allowed"),
    (text(nullable=True), TEXT, "null-forbidden", "null-allowed"),
    ({"oneOf": [CAT, DOG]}, {"oneOf": [CAT]}, "alternative-removed", "alternative-added"),
    ({"enum": ["a", "b"]}, {"enum": ["a"]}, "enum-value-removed", "enum-value-added"),
    (TEXT, text(enum=["a"]), "enum-added", "enum-removed"),
    (TEXT, {"const": "a"}, "enum-added", "enum-removed"),
    (text(pattern="^a", maxLength=3), {"const": "abc"}, "enum-added", "enum-removed"),
    (
        whole(minimum=2, exclusiveMaximum=9, multipleOf=2),
        whole(enum=[2, 8]),
        "enum-added",
        "enum-removed",
    ),
    (WHOLE, whole(minimum=1), "minimum-raised", "minimum-lowered"),
    (whole(exclusiveMinimum=0), whole(minimum=2), "minimum-raised", "minimum-lowered"),
    (whole(maximum=9), whole(maximum=8), "maximum-lowered", "maximum-raised"),
    (
        {**NUMBER, "maximum": 9},
        {**NUMBER, "exclusiveMaximum": 9},
        "maximum-lowered",
        "maximum-raised",
    ),
    (whole(multipleOf=2), whole(multipleOf=4), "multiple-of-narrowed", "multiple-of-widened"),
    (TEXT, text(minLength=1), "min-length-raised", "min-length-lowered"),
    (text(maxLength=9), text(maxLength=8), "max-length-lowered", "max-length-raised"),
    (items(), items(minItems=1), "min-items-raised", "min-items-lowered"),
    (items(maxItems=9), items(maxItems=8), "max-items-lowered", "max-items-raised"),
    (items(), items(uniqueItems=True), "unique-items-added", "unique-items-removed"),
    (items(), items(items=text(minLength=1)), "min-length-raised", "min-length-lowered"),
    (
        items(prefixItems=[TEXT]),
        items(prefixItems=[text(maxLength=1)]),
        "max-length-lowered",
        "max-length-raised",
    ),
    (
        items(minItems=2),
        {"type": "array", "prefixItems": [TEXT, TEXT], "minItems": 2, "maxItems": 2},
        "max-items-lowered",
        "max-items-raised",
    ),
    (
        of_object(),
        {**of_object(), "minProperties": 1},
        "min-properties-raised",
        "min-properties-lowered",
    ),
    (
        of_object(),
        {**of_object(), "maxProperties": 1},
        "max-properties-lowered",
        "max-properties-raised",
    ),
    (TEXT, text(pattern="^a"), "pattern-added", "pattern-removed"),
    (TEXT, text(format="uuid"), "format-added", "format-removed"),
    (whole(format="int64"), whole(format="int32"), "format-narrowed", "format-widened"),
    (
        of_object(a=TEXT),
        of_object("a", a=TEXT),
        "property-became-required",
        "property-became-optional",
    ),
    (
        of_object(a=TEXT),
        of_object(a=TEXT, closed=True),
        "additional-properties-forbidden",
        "additional-properties-allowed",
    ),
    (
        of_object(),
        {**of_object(), "additionalProperties": TEXT},
        "type-narrowed",
        "type-widened",
    ),
    (
        {"oneOf": [CAT], "discriminator": {"propertyName": "k", "mapping": {"a": "#/x"}}},
        {"oneOf": [CAT], "discriminator": {"propertyName": "k", "mapping": {}}},
        "discriminator-value-removed",
        "discriminator-value-added",
    ),
    (
        {"allOf": [CAT]},
        {"allOf": [CAT, of_object(purr=text(minLength=1))]},
        "min-length-raised",
        "min-length-lowered",
    ),
]

Case = tuple[Json, Json, str, str]


def _of_schemas() -> list[Case]:
    found = []
    for wide, narrow, narrows, widens in NARROWED:
        found += [
            (of_body(wide), of_body(narrow), narrows, "breaking"),
            (of_body(narrow), of_body(wide), widens, "safe"),
            (of_response(wide), of_response(narrow), narrows, "safe"),
            (of_response(narrow), of_response(wide), widens, "breaking"),
        ]
    return found


def _secured(*ways: Json, **schemes: Json) -> Json:
    found = operation(security=list(ways))
    return {**found, "components": {"securitySchemes": schemes}}


def responses(*statuses: str, **others: Json) -> Json:
    described = {
        status: one["paths"]["/a"]["post"]["responses"]["200"] for status, one in others.items()
    }
    return operation(responses={**{status: {} for status in statuses}, **described})


def pictures(media_type: str) -> Json:
    return operation(responses={"200": {"content": {media_type: {}}}})


def linked(target: str) -> Json:
    return operation(responses={"200": {"links": {"next": {"operationId": target}}}})


def regional(*regions: str) -> Json:
    variables = {"region": {"default": regions[0], "enum": list(regions)}}
    return {**operation(), "servers": [{"url": "https://{region}.example", "variables": variables}]}


def told(*headers: Json) -> Json:
    """A webhook, whose parameters the client reads."""
    found = [{"name": "X-Signature", "in": "header", **header} for header in headers]
    return document({}, webhooks={"told": {"post": {"parameters": found, "responses": {}}}})


KEY = {"type": "apiKey", "in": "header", "name": "x-key"}
OAUTH = {"type": "oauth2", "flows": {"password": {"tokenUrl": "/token", "scopes": {}}}}
FORM = {"content": {"application/x-www-form-urlencoded": {"schema": TEXT}}}
HEADER, NEEDED = {"schema": TEXT}, {"schema": TEXT, "required": True}
EMPTY = document({})
PLAIN = operation()
CLOSED = of_object(closed=True)
CALLED = {"{$request.body#/url}": {"post": {"responses": {"200": {}}}}}

#: Old, new, the rule, and what it means.
CASES: list[Case] = [
    *_of_schemas(),
    (PLAIN, EMPTY, "operation-removed", "breaking"),
    (operation(deprecated=True), EMPTY, "deprecated-operation-removed", "breaking"),
    (EMPTY, PLAIN, "operation-added", "safe"),
    (PLAIN, operation(deprecated=True), "operation-deprecated", "safe"),
    (operation(deprecated=True), PLAIN, "operation-undeprecated", "safe"),
    (operation(operationId="a"), operation(operationId="b"), "operation-id-changed", "unclear"),
    (PLAIN, operation(description="New."), "description-changed", "safe"),
    ({**PLAIN, "servers": [{"url": "/a"}]}, {**PLAIN, "servers": []}, "server-removed", "breaking"),
    (PLAIN, {**PLAIN, "servers": [{"url": "/"}, {"url": "/b"}]}, "server-added", "safe"),
    (PLAIN, {**PLAIN, "servers": [{"url": "/b"}]}, "server-declared", "unclear"),
    (of_parameter(TEXT), PLAIN, "parameter-removed", "unclear"),
    (PLAIN, of_parameter(TEXT, required=True), "required-parameter-added", "breaking"),
    (PLAIN, of_parameter(TEXT), "optional-parameter-added", "safe"),
    (
        of_parameter(TEXT),
        of_parameter(TEXT, required=True),
        "parameter-became-required",
        "breaking",
    ),
    (
        of_parameter(TEXT, required=True),
        of_parameter(text(default="a")),
        "parameter-became-optional",
        "safe",
    ),
    (
        of_parameter(TEXT),
        operation(parameters=[{"name": "q", "in": "header", "schema": TEXT}]),
        "parameter-location-changed",
        "breaking",
    ),
    (
        of_parameter(items()),
        of_parameter(items(), explode=False),
        "parameter-style-changed",
        "breaking",
    ),
    (
        of_parameter(items()),
        of_parameter(items(), style="spaceDelimited"),
        "parameter-style-changed",
        "breaking",
    ),
    (
        of_parameter(TEXT),
        operation(
            parameters=[
                {"name": "q", "in": "query", **of_body(TEXT)["paths"]["/a"]["post"]["requestBody"]}
            ]
        ),
        "parameter-content-changed",
        "breaking",
    ),
    (of_parameter(TEXT), of_parameter(TEXT, deprecated=True), "parameter-deprecated", "safe"),
    (
        of_parameter(TEXT, allowEmptyValue=True),
        of_parameter(TEXT),
        "empty-value-forbidden",
        "breaking",
    ),
    (of_parameter(TEXT), of_parameter(TEXT, allowEmptyValue=True), "empty-value-allowed", "safe"),
    (
        of_parameter(TEXT),
        of_parameter(TEXT, allowReserved=True),
        "reserved-characters-changed",
        "unclear",
    ),
    (of_parameter(WHOLE), of_parameter(TEXT), "type-changed", "breaking"),
    (of_parameter(WHOLE), of_parameter(NUMBER), "type-widened", "safe"),
    (
        of_parameter(text(default="a")),
        of_parameter(text(default="b")),
        "default-changed",
        "unclear",
    ),
    (PLAIN, of_body(TEXT, required=True), "required-body-added", "breaking"),
    (PLAIN, of_body(TEXT), "optional-body-added", "safe"),
    (of_body(TEXT), PLAIN, "body-removed", "breaking"),
    (of_body(TEXT), of_body(TEXT, required=True), "body-became-required", "breaking"),
    (of_body(TEXT, required=True), of_body(TEXT), "body-became-optional", "safe"),
    (of_body(TEXT), operation(requestBody=FORM), "request-media-type-removed", "breaking"),
    (operation(requestBody=FORM), of_body(TEXT), "request-media-type-added", "safe"),
    (
        operation(requestBody={"content": {"multipart/form-data": {"encoding": {"a": {}}}}}),
        operation(requestBody={"content": {"multipart/form-data": {}}}),
        "body-encoding-changed",
        "unclear",
    ),
    (PLAIN, operation(responses={"201": {}}), "success-status-removed", "breaking"),
    (PLAIN, operation(responses={"200": {}, "202": {}}), "success-status-added", "unclear"),
    (operation(responses={"200": {}, "404": {}}), PLAIN, "error-status-removed", "safe"),
    (PLAIN, operation(responses={"200": {}, "404": {}}), "error-status-added", "safe"),
    (operation(responses={"200": {}, "default": {}}), PLAIN, "default-response-removed", "unclear"),
    (PLAIN, operation(responses={"200": {}, "default": {}}), "default-response-added", "unclear"),
    (of_response(TEXT), PLAIN, "response-body-removed", "breaking"),
    (PLAIN, of_response(TEXT), "response-body-added", "safe"),
    (
        of_response(TEXT),
        operation(responses={"200": FORM}),
        "response-media-type-removed",
        "breaking",
    ),
    (operation(responses={"200": FORM}), of_response(TEXT), "response-media-type-added", "safe"),
    (
        operation(responses={"200": {"headers": {"X-A": NEEDED}}}),
        PLAIN,
        "required-header-removed",
        "breaking",
    ),
    (
        operation(responses={"200": {"headers": {"X-A": HEADER}}}),
        PLAIN,
        "optional-header-removed",
        "unclear",
    ),
    (PLAIN, operation(responses={"200": {"headers": {"X-A": HEADER}}}), "header-added", "safe"),
    (
        operation(responses={"200": {"headers": {"X-A": HEADER}}}),
        operation(responses={"200": {"headers": {"x-a": NEEDED}}}),
        "header-became-required",
        "safe",
    ),
    (
        operation(responses={"200": {"headers": {"X-A": NEEDED}}}),
        operation(responses={"200": {"headers": {"x-a": HEADER}}}),
        "header-became-optional",
        "breaking",
    ),
    (_secured(k=KEY), _secured({"k": []}, k=KEY), "security-added", "breaking"),
    (_secured({"k": []}, k=KEY), _secured(k=KEY), "security-removed", "safe"),
    (
        _secured({"k": []}, k=KEY, o=OAUTH),
        _secured({"o": []}, k=KEY, o=OAUTH),
        "security-scheme-removed",
        "breaking",
    ),
    (
        _secured({"k": []}, k=KEY, o=OAUTH),
        _secured({"k": []}, {"o": []}, k=KEY, o=OAUTH),
        "security-alternative-added",
        "safe",
    ),
    (
        _secured({"o": []}, o=OAUTH),
        _secured({"o": ["write"]}, o=OAUTH),
        "security-scope-added",
        "breaking",
    ),
    (
        _secured({"o": ["write"]}, o=OAUTH),
        _secured({"o": []}, o=OAUTH),
        "security-scope-removed",
        "safe",
    ),
    (
        _secured({"k": []}, k=KEY),
        _secured({"k": []}, k={**KEY, "in": "query"}),
        "security-scheme-changed",
        "breaking",
    ),
    (
        _secured({"o": []}, o=OAUTH),
        _secured({"o": []}, o={**OAUTH, "flows": {}}),
        "security-flow-removed",
        "breaking",
    ),
    (
        _secured({"o": []}, o={**OAUTH, "flows": {}}),
        _secured({"o": []}, o=OAUTH),
        "security-flow-added",
        "safe",
    ),
    (
        _secured({"o": []}, o=OAUTH),
        _secured({"o": []}, o={**OAUTH, "flows": {"password": {"tokenUrl": "/other"}}}),
        "security-address-changed",
        "unclear",
    ),
    (PLAIN, operation(callbacks={"done": CALLED}), "callback-added", "unclear"),
    (operation(callbacks={"done": CALLED}), PLAIN, "callback-removed", "unclear"),
    (of_body(TEXT), of_body(WHOLE), "type-changed", "breaking"),
    (of_response(TEXT), of_response(WHOLE), "type-changed", "breaking"),
    (of_body({"const": "a"}), of_body({"const": "b"}), "const-changed", "breaking"),
    (of_body(whole(multipleOf=2)), of_body(whole(multipleOf=3)), "multiple-of-changed", "breaking"),
    (of_body(text(pattern="a")), of_body(text(pattern="b")), "pattern-changed", "unclear"),
    (of_body(text(format="date")), of_body(text(format="uuid")), "format-changed", "breaking"),
    (of_body(TEXT), of_body(text(format="isbn")), "format-unknown", "unclear"),
    (
        of_body(CLOSED),
        of_body(of_object("a", a=TEXT, closed=True)),
        "required-property-added",
        "breaking",
    ),
    (
        of_response(of_object()),
        of_response(of_object("a", a=TEXT)),
        "required-property-added",
        "safe",
    ),
    (of_body(of_object()), of_body(of_object(a=TEXT)), "optional-property-added", "safe"),
    (of_response(of_object()), of_response(of_object(a=TEXT)), "optional-property-added", "safe"),
    (
        of_response(CLOSED),
        of_response(of_object(a=TEXT, closed=True)),
        "property-added-to-closed-object",
        "breaking",
    ),
    (of_body(CAT), of_body(of_object()), "required-property-removed", "unclear"),
    (of_response(CAT), of_response(of_object()), "required-property-removed", "breaking"),
    (
        of_response(of_object(a=TEXT)),
        of_response(of_object()),
        "optional-property-removed",
        "unclear",
    ),
    (
        of_body(of_object("a", a=TEXT, closed=True)),
        of_body(CLOSED),
        "property-removed-from-closed-object",
        "breaking",
    ),
    (
        of_body({"oneOf": [CAT], "discriminator": {"propertyName": "a"}}),
        of_body({"oneOf": [CAT], "discriminator": {"propertyName": "b"}}),
        "discriminator-changed",
        "breaking",
    ),
    (
        of_body({"oneOf": [CAT]}),
        of_body({"oneOf": [CAT], "discriminator": {"propertyName": "b"}}),
        "discriminator-added",
        "unclear",
    ),
    (
        of_body({"oneOf": [CAT], "discriminator": {"propertyName": "b"}}),
        of_body({"oneOf": [CAT]}),
        "discriminator-removed",
        "unclear",
    ),
    (
        of_body(text(**{"not": {"const": "b"}})),
        of_body(text(**{"not": {"const": "a"}})),
        "schema-keyword-changed",
        "unclear",
    ),
    (
        of_body(of_object(a=TEXT)),
        of_body(of_object(a=text(deprecated=True))),
        "property-deprecated",
        "safe",
    ),
    *(
        (side(first), side(second), rule, verdict)
        for side, verdicts in ((of_body, ("breaking", "safe")), (of_response, ("safe", "breaking")))
        for first, second, rule, verdict in (
            (TEXT, text(**{"not": {"const": "a"}}), "condition-added", verdicts[0]),
            (items(contains=TEXT), items(), "condition-removed", verdicts[1]),
            (of_object(), of_object("a"), "property-became-required", verdicts[0]),
            (
                {**CLOSED, "patternProperties": {"^x": TEXT}},
                CLOSED,
                "schema-keyword-changed",
                "unclear",
            ),
            (
                whole(format="int64"),
                {**NUMBER, "format": "double"},
                "type-widened",
                verdicts[1],
            ),
        )
    ),
    (responses("4XX"), responses("404"), "status-range-narrowed", "safe"),
    (responses("2XX"), responses("200"), "status-range-narrowed", "safe"),
    (
        responses(default=of_response(TEXT)),
        responses("404", default=of_response(TEXT)),
        "response-body-removed",
        "breaking",
    ),
    (pictures("image/*"), pictures("image/png"), "response-media-type-narrowed", "safe"),
    (pictures("image/png"), pictures("image/*"), "response-media-type-widened", "breaking"),
    (PLAIN, linked("a"), "link-added", "safe"),
    (linked("a"), PLAIN, "link-removed", "unclear"),
    (linked("a"), linked("b"), "link-changed", "unclear"),
    (
        _secured({"k": [], "o": []}, k=KEY, o=OAUTH),
        _secured({"k": []}, k=KEY, o=OAUTH),
        "security-requirement-removed",
        "safe",
    ),
    (PLAIN, operation(servers=[{"url": "https://example.com"}]), "server-declared", "unclear"),
    (operation(servers=[{"url": "https://example.com"}]), PLAIN, "server-removed", "breaking"),
    (regional("eu", "us"), regional("eu"), "server-removed", "breaking"),
    (regional("eu"), regional("eu", "us"), "server-added", "safe"),
    (told(NEEDED), told(), "required-header-removed", "breaking"),
    (told(NEEDED), told(HEADER), "header-became-optional", "breaking"),
    (told(), told(NEEDED), "header-added", "safe"),
    (of_response(text(default="a")), of_response(TEXT), "default-changed", "safe"),
]


def changes(old: Json, new: Json) -> list[tuple[str, str]]:
    before, after = Document(copy.deepcopy(old), "old"), Document(copy.deepcopy(new), "new")
    return [(one.rule, one.verdict) for one in compare_documents(before, after)]


@pytest.mark.parametrize(("old", "new", "rule", "verdict"), CASES)
def test_a_change_is_classified(old: Json, new: Json, rule: str, verdict: str) -> None:
    found = changes(old, new)
    assert (rule, verdict) in found
    others = [one for one in found if one != (rule, verdict)]
    # What replaces something is added, and what it replaces is removed.
    assert [one for one in others if not one[0].endswith(("-added", "-removed"))] == []


def test_each_verdict_has_at_least_40_cases_or_a_dozen_unclear_ones() -> None:
    counts = Counter(verdict for *_, verdict in CASES)
    assert counts["breaking"] >= 40
    assert counts["safe"] >= 40
    assert counts["unclear"] >= 12


def test_every_rule_has_a_case() -> None:
    unused = RULES.keys() - {rule for *_, rule, _ in CASES}
    assert unused == {"path-parameter-renamed", "discriminator-value-moved"}


TREE = of_object("next", next={"anyOf": [{"$ref": "#/components/schemas/Tree"}, NULL]})


def _with_tree(tree: Json) -> Json:
    found = of_response({"$ref": "#/components/schemas/Tree"})
    return {**found, "components": {"schemas": {"Tree": tree}}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (of_body({"anyOf": [TEXT, NULL]}), of_body({"type": ["string", "null"]}), []),
        (of_body(text(nullable=True)), of_body({"oneOf": [NULL, TEXT]}), []),
        (of_body({"allOf": [CAT]}), of_body(CAT), []),
        (of_body({"const": "a"}), of_body(text(enum=["a"])), []),
        (of_body({"enum": [1.0]}), of_body({"enum": [1]}), []),
        (
            {**PLAIN, "servers": [{"url": "https://example.com/"}]},
            {**PLAIN, "servers": [{"url": "https://example.com"}]},
            [],
        ),
        (of_body(whole(exclusiveMinimum=0)), of_body(whole(minimum=1)), []),
        (of_body(TEXT), of_body(text(title="T", description="D", examples=["a"])), []),
        (
            of_body(TEXT),
            of_body({"anyOf": [TEXT, text(enum=["a"])]}),
            [],
        ),
        (
            of_response(text(pattern="^a", maxLength=3)),
            of_response({"enum": ["abc", "a"]}),
            [("enum-added", "safe")],
        ),
        (
            of_response(whole(minimum=2, exclusiveMaximum=9, multipleOf=2)),
            of_response(whole(enum=[2, 8])),
            [("enum-added", "safe")],
        ),
        (
            of_response(items()),
            of_response({"type": "array", "prefixItems": [TEXT], "maxItems": 1}),
            [("max-items-lowered", "safe")],
        ),
        (streamed(WHOLE), streamed(NUMBER), [("type-widened", "breaking")]),
        (
            streamed(of_object(data=text(contentSchema=NUMBER))),
            streamed(of_object(data=text(contentSchema=WHOLE))),
            [("type-narrowed", "safe")],
        ),
        (_with_tree(TREE), _with_tree(TREE), []),
        (
            _with_tree(TREE),
            _with_tree({**TREE, "required": []}),
            [("property-became-optional", "breaking")],
        ),
        (
            of_body(of_object(a=text(readOnly=True))),
            of_body(of_object(a=whole(readOnly=True))),
            [],
        ),
        (
            document(
                {"/a/{x}": {"get": {"parameters": [{"name": "x", "in": "path", "schema": WHOLE}]}}}
            ),
            document(
                {"/a/{y}": {"get": {"parameters": [{"name": "y", "in": "path", "schema": WHOLE}]}}}
            ),
            [("path-parameter-renamed", "safe")],
        ),
        (_secured({"k": []}, k=KEY), _secured({"other": []}, other=KEY), []),
        (
            operation(callbacks={"done": {"u": of_body(WHOLE)["paths"]["/a"]}}),
            operation(callbacks={"done": {"u": of_body(NUMBER)["paths"]["/a"]}}),
            [("type-widened", "breaking")],
        ),
    ],
)
def test_what_says_the_same_is_no_change(
    old: Json, new: Json, expected: list[tuple[str, str]]
) -> None:
    assert changes(old, new) == expected
