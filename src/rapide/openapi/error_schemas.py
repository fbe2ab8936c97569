"""The schemas of the bodies that exception handlers write, read from their code."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable
from typing import Any, Final, NotRequired, get_type_hints, is_typeddict

from pydantic import BaseModel, PydanticSchemaGenerationError, PydanticUserError, TypeAdapter
from typing_extensions import TypedDict

from rapide.callgraph.raised import Exceptions, assigned, parts_of
from rapide.callgraph.scopes import Bound, Expression, Instance, Known
from rapide.encoders import jsonable_encoder
from rapide.exceptions import ValidationException
from rapide.openapi.constants import REF_PREFIX
from rapide.openapi.operation import (
    describe_validation_error,
    validation_error_definition,
    validation_error_response_definition,
)
from rapide.openapi.problems import ProblemSchemas
from rapide.types import JsonObject

_DEEPEST: Final = 8
_KINDS: Final = {str: "string", bool: "boolean", int: "integer", float: "number"}
_NOTHING: Final = type(None)
#: Methods of a model that return its fields.
_DUMPS: Final = ("model_dump", "dict")


class ErrorSchemas:
    """The schemas of error bodies, whose models are added to the components of a document.

    Args:
        document: The document.
        exceptions: What reads the code of the application.
    """

    def __init__(self, document: JsonObject, exceptions: Exceptions) -> None:
        self.problems = ProblemSchemas(document)
        self._document = document
        self._exceptions = exceptions

    def validation(self) -> JsonObject:
        """Return the content of FastAPI's response to a request that is not valid."""
        self._add("ValidationError", validation_error_definition)
        self._add("HTTPValidationError", validation_error_response_definition)
        content: JsonObject = describe_validation_error()["content"]
        return content

    def of(self, found: Expression, depth: int = 0) -> JsonObject:
        """Return the schema of the JSON that an expression gives; open if it is not certain."""
        node, scope = found.node, found.scope
        if depth > _DEEPEST:
            return {}
        if isinstance(node, ast.Dict):
            return self._object(found, depth)
        if isinstance(node, ast.List | ast.Tuple | ast.ListComp):
            elements = [] if isinstance(node, ast.ListComp) else node.elts
            items = [self.of(Expression(item, scope), depth + 1) for item in elements]
            return {"type": "array", "items": _common(items)}
        if parts := parts_of(node):
            return _common(self.of(Expression(part, scope), depth + 1) for part in parts)
        if isinstance(node, ast.Call) and (schema := self._of_call(node, found, depth)) is not None:
            return schema
        if isinstance(node, ast.Attribute) and node.attr == "status_code":
            return {"type": "integer"}
        value = self._exceptions.resolver.resolve(node, scope)
        if isinstance(value, Instance | Known):
            cls = value.cls if isinstance(value, Instance) else type(value.it)
            return self._of_class(cls, by_alias=True)
        given = assigned(node.id, scope) if isinstance(node, ast.Name) else ()
        return _common(self.of(item, depth + 1) for item in given)

    def _object(self, found: Expression, depth: int) -> JsonObject:
        node, scope = found.node, found.scope
        assert isinstance(node, ast.Dict)
        keys = [item.value if isinstance(item, ast.Constant) else None for item in node.keys]
        names = [key for key in keys if isinstance(key, str)]
        if len(names) < len(keys):
            return {"type": "object"}
        values = [self.of(Expression(value, scope), depth + 1) for value in node.values]
        properties = dict(zip(names, values, strict=True))
        written: JsonObject = {"type": "object", "properties": properties}
        return written | ({"required": list(properties)} if properties else {})

    def _of_call(self, node: ast.Call, found: Expression, depth: int) -> JsonObject | None:
        """Return the schema of what a call gives, if it is known by the function."""
        scope, resolver = found.scope, self._exceptions.resolver
        callee = resolver.resolve(node.func, scope)
        known = callee.it if isinstance(callee, Known) else None
        if known is jsonable_encoder and len(node.args) == 1 and not node.keywords:
            return self.of(Expression(node.args[0], scope), depth + 1)
        if known is dataclasses.asdict and len(node.args) == 1:
            owner = resolver.resolve(node.args[0], scope)
            return self._of_class(getattr(owner, "cls", object), by_alias=False)
        if known is dict and not node.args and all(item.arg for item in node.keywords):
            keys: list[ast.expr | None] = [ast.Constant(item.arg) for item in node.keywords]
            written = ast.Dict(keys, [item.value for item in node.keywords])
            return self._object(Expression(written, scope), depth)
        if isinstance(callee, Bound) and isinstance(callee.owner, Instance):
            return self._of_method(node, callee.name, callee.owner.cls)
        if resolver.resolve(node, scope) is None:
            returned = list(self._exceptions.returned(node, scope))
            return _common([self.of(item, depth + 1) for item in returned])
        return None

    def _of_method(self, node: ast.Call, name: str, cls: type) -> JsonObject | None:
        if name == "errors" and issubclass(cls, ValidationException):
            self._add("ValidationError", validation_error_definition)
            return {"type": "array", "items": {"$ref": f"{REF_PREFIX}ValidationError"}}
        if name not in _DUMPS or not issubclass(cls, BaseModel):
            return None
        given = {item.arg: item.value for item in node.keywords}
        if node.args or given.keys() - {"mode", "by_alias"}:
            return {"type": "object"}  # some fields may be left out
        by_alias = given.get("by_alias")
        return self._of_class(cls, by_alias=getattr(by_alias, "value", False) is True)

    def _of_class(self, cls: type, *, by_alias: bool) -> JsonObject:
        if cls in _KINDS:
            return {"type": _KINDS[cls]}
        if cls is _NOTHING:
            return {"type": "null"}
        is_described = dataclasses.is_dataclass(cls) or is_typeddict(cls)
        if not is_described and not issubclass(cls, BaseModel):
            return {"type": "array", "items": {}} if issubclass(cls, list | tuple | set) else {}
        try:
            adapter: TypeAdapter[Any] = TypeAdapter(_readable(cls))
            schema = adapter.json_schema(
                by_alias=by_alias, mode="serialization", ref_template=f"{REF_PREFIX}{{model}}"
            )
        except (PydanticSchemaGenerationError, PydanticUserError):
            return {}
        for name, definition in schema.pop("$defs", {}).items():
            self._add(name, definition)
        name = self._add(cls.__name__, schema)
        return {"$ref": f"{REF_PREFIX}{name}"}

    def _add(self, title: str, schema: JsonObject) -> str:
        """Add a schema to the components, unless it is there; return its name."""
        components = self._document.setdefault("components", {})
        schemas: JsonObject = components.get("schemas", {})
        name, number = title, 1
        while schemas.get(name, schema) != schema:
            number += 1
            name = f"{title}{number}"
        components["schemas"] = dict(sorted({**schemas, name: schema}.items()))
        return name


def _readable(cls: type) -> Any:
    """Return a class that Pydantic reads: before Python 3.12, it reads no `typing.TypedDict`."""
    if not is_typeddict(cls):
        return cls
    hints = get_type_hints(cls, include_extras=True)
    required: frozenset[str] = getattr(cls, "__required_keys__", frozenset())
    fields = {key: hint if key in required else NotRequired[hint] for key, hint in hints.items()}
    return TypedDict(cls.__name__, fields)  # type: ignore[operator]


def _common(schemas: Iterable[JsonObject]) -> JsonObject:
    """Return the schema that all of these are; open if they differ."""
    found = list(schemas)
    return found[0] if found and all(item == found[0] for item in found) else {}
