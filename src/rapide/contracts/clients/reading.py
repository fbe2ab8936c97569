"""From an application's document and WebSockets to what its clients see."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from rapide.contracts.clients.api import (
    FILE,
    STRING,
    Answer,
    Api,
    Body,
    Kind,
    Operation,
    Parameter,
    Property,
    Scheme,
    Type,
)
from rapide.contracts.clients.schemas import (
    Schema,
    Schemas,
    default_in,
    list_in,
    mapping_in,
    schemas_in,
    text_in,
)

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PLACES = ("path", "query", "header", "cookie")
_WITHOUT_BODY = ("204", "205", "304")
_FORMS = {"application/x-www-form-urlencoded": "form", "multipart/form-data": "multipart"}
_BETWEEN = {"spaceDelimited": " ", "pipeDelimited": "|"}
_HTTP_KINDS = {"basic": "basic", "digest": "digest"}


def read_api(document: Schema, reserved: frozenset[str], websockets: Sequence[Schema] = ()) -> Api:
    """Read a document.

    Args:
        document: The OpenAPI document.
        reserved: Names that no type of the client may have.
        websockets: Descriptions of WebSockets in the form of operations, with `path`.
    """
    components = mapping_in(document, "components")
    schemas = Schemas(mapping_in(components, "schemas"), reserved)
    operations = [
        _read_operation(schemas, path, method, item, cast("Schema", item[method]), document)
        for path, item in _items(mapping_in(document, "paths"))
        for method in METHODS
        if method in item
    ]
    operations += [
        _read_operation(schemas, text_in(one, "path"), "websocket", {}, one, document)
        for one in websockets
    ]
    info = mapping_in(document, "info")
    tags = [cast("Schema", tag) for tag in list_in(document, "tags") if isinstance(tag, Mapping)]
    schemes = _items(mapping_in(components, "securitySchemes"))
    return Api(
        title=text_in(info, "title"),
        version=text_in(info, "version"),
        text=text_in(info, "description"),
        operations=tuple(operations),
        definitions=schemas.definitions(),
        schemes=tuple(_read_scheme(name, scheme) for name, scheme in schemes),
        groups={text_in(tag, "name"): text_in(tag, "description") for tag in tags},
    )


def _items(mapping: Schema) -> list[tuple[str, Schema]]:
    return [
        (name, cast("Schema", item)) for name, item in mapping.items() if isinstance(item, Mapping)
    ]


def _read_operation(
    schemas: Schemas, path: str, method: str, item: Schema, described: Schema, document: Schema
) -> Operation:
    name = own_name(text_in(described, "operationId"), path, method)
    parameters: dict[tuple[str, str], Schema] = {}
    for parameter in (*list_in(item, "parameters"), *list_in(described, "parameters")):
        if isinstance(parameter, Mapping):
            one = _component(cast("Schema", parameter), document)
            if text_in(one, "in") in PLACES:
                parameters[text_in(one, "in"), text_in(one, "name")] = one
    in_path = re.findall(r"{([^{}]*)}", path)
    parameters = {
        key: one for key, one in parameters.items() if key[0] != "path" or key[1] in in_path
    }
    for part in in_path:
        hidden = {"name": part, "in": "path", "required": True, "schema": {"type": "string"}}
        parameters.setdefault(("path", part), hidden)
    required = described.get("security", document.get("security"))
    groups = [tag for tag in list_in(described, "tags") if isinstance(tag, str)]
    body = _component(mapping_in(described, "requestBody"), document)
    return Operation(
        id=name,
        method=method.upper(),
        path=path,
        group=groups[0] if groups else "",
        parameters=tuple(_read_parameter(schemas, one, name) for one in parameters.values()),
        body=_read_body(schemas, body, name),
        answers=tuple(
            answer
            for status, response in _items(mapping_in(described, "responses"))
            for answer in _read_answers(
                schemas, status, _component(response, document), name, method
            )
        ),
        security=_names_of_schemes(required),
        summary=text_in(described, "summary"),
        text=text_in(described, "description"),
        deprecated=described.get("deprecated") is True,
    )


def own_name(operation_id: str, path: str, method: str) -> str:
    """Return an operation's id without the path and method that FastAPI adds to each name.

    A route with several methods has the name of any of them.
    """
    endings = (method, *METHODS)
    suffixes = (re.sub(r"\W", "_", path) + f"_{ending}" for ending in endings)
    found = next((suffix for suffix in suffixes if operation_id.endswith(suffix)), "")
    return operation_id.removesuffix(found) or operation_id or f"{method} {path}"


def _component(described: Schema, document: Schema) -> Schema:
    """Return the component that a parameter, a body or a response only refers to, or itself."""
    found = described
    parts = text_in(described, "$ref").removeprefix("#/").split("/")
    if parts != [""]:
        found = document
        for part in parts:
            found = mapping_in(found, part)
    return found


def _names_of_schemes(required: object) -> tuple[str, ...]:
    names = [
        name
        for alternative in cast("Sequence[object]", required if isinstance(required, list) else ())
        if isinstance(alternative, Mapping)
        for name in cast("Schema", alternative)
    ]
    return tuple(dict.fromkeys(names))


def _read_parameter(schemas: Schemas, parameter: Schema, operation: str) -> Parameter:
    name = text_in(parameter, "name")
    schema = mapping_in(parameter, "schema")
    style = text_in(parameter, "style")
    if style == "deepObject":
        written = "deep"
    elif parameter.get("explode") is False:
        written = _BETWEEN.get(style, ",")
    else:
        written = "repeat"
    default = default_in(schema)
    return Parameter(
        name=name,
        place=text_in(parameter, "in"),
        type=schemas.type_of(schema, f"{operation} {name}"),
        required=parameter.get("required") is True,
        style=written,
        default="" if default is None else json.dumps(default, ensure_ascii=False),
        text=text_in(parameter, "description") or text_in(schema, "description"),
    )


def _read_body(schemas: Schemas, body: Schema, operation: str) -> Body | None:
    content = _items(mapping_in(body, "content"))
    if not content:
        return None
    media_type, described = content[0]
    schema = mapping_in(described, "schema")
    name, _ = schemas.referred(schema)
    required = body.get("required") is True
    kind = _FORMS.get(media_type) or ("json" if _is_json(media_type) else "content")
    # FastAPI makes a model of several bodies. Its fields are the arguments of the endpoint.
    if kind in _FORMS.values() or (kind == "json" and name.startswith("Body_")):
        fields = _fields(schemas, schema, operation, required)
        return Body(media_type, kind, fields=fields or None, required=required)
    if kind == "content" and schema.get("type") != "string":
        kind = "json"
    type_ = schemas.type_of(schema, f"{operation} body")
    return Body(media_type, kind, type_, required=required)


def _fields(
    schemas: Schemas, schema: Schema, operation: str, required: bool
) -> tuple[Property, ...]:
    """Return the properties of an object and of its parts, which are optional if it is.

    A form of several models is all of them; one of a union of models is one of several.
    """
    _, itself = schemas.referred(schema)
    found = [
        one if required else replace(one, required=False)
        for one in schemas.properties(itself, operation)
    ]
    for part in schemas_in(itself, "allOf"):
        found += _fields(schemas, part, operation, required)
    for options in (schemas_in(itself, "anyOf"), schemas_in(itself, "oneOf")):
        for option in options:
            found += _fields(schemas, option, operation, required and len(options) == 1)
    return tuple({one.name: one for one in reversed(found)}.values())[::-1]


def _is_json(media_type: str) -> bool:
    essence = media_type.partition(";")[0].strip().lower()
    return essence == "application/json" or essence.endswith("+json")


def _read_answers(
    schemas: Schemas, status: str, response: Schema, operation: str, method: str
) -> list[Answer]:
    status = status.upper() if status != "default" else status
    text = text_in(response, "description")
    if method == "websocket" or method == "head" or _has_no_body(status):
        return [Answer(status, Kind.NOTHING, text=text)]
    content = _items(mapping_in(response, "content"))
    found = [
        Answer(status, *_read_content(schemas, media_type, described, operation, status), text)
        for media_type, described in content
    ]
    if found:
        return found
    # A response class without a media type may answer anything, as files do.
    kind = Kind.WHATEVER if status[0] not in "123" else Kind.BYTES
    return [Answer(status, kind, text=text)]


def _has_no_body(status: str) -> bool:
    return status in _WITHOUT_BODY or status[0] in "13"


def _read_content(
    schemas: Schemas, media_type: str, described: Schema, operation: str, status: str
) -> tuple[Kind, str, Type]:
    hint = f"{operation} {status}"
    item = mapping_in(described, "itemSchema")
    is_stream = media_type == "text/event-stream" or "itemSchema" in described
    if is_stream and status[0] != "2":
        return Kind.TEXT, media_type, STRING
    if media_type == "text/event-stream":
        content = _event_content(item)
        if content is None:
            return Kind.TEXT_EVENTS, media_type, STRING
        return Kind.EVENTS, media_type, schemas.type_of(content, f"{hint} event")
    if "itemSchema" in described:
        return Kind.JSON_LINES, media_type, schemas.type_of(item, hint)
    type_ = schemas.type_of(mapping_in(described, "schema"), hint)
    if _is_json(media_type):
        return Kind.JSON, media_type, type_
    if media_type.startswith("text/") and type_ != FILE:
        return Kind.TEXT, media_type, STRING
    return Kind.BYTES, media_type, FILE


def _event_content(event: Schema) -> Schema | None:
    """Return the schema of the JSON that is an event's data, or None if the data is text."""
    data = mapping_in(mapping_in(event, "properties"), "data")
    content = data.get("contentSchema")
    return cast("Schema", content) if isinstance(content, Mapping) else None


def _read_scheme(name: str, scheme: Schema) -> Scheme:
    text = text_in(scheme, "description")
    if scheme.get("type") == "apiKey":
        return Scheme(name, text_in(scheme, "in"), text_in(scheme, "name"), text)
    if scheme.get("type") == "http":
        return Scheme(name, _HTTP_KINDS.get(text_in(scheme, "scheme").lower(), "bearer"), text=text)
    return Scheme(name, "bearer", text=text)
