"""Problem documents (RFC 9457) in the document of an application that answers errors with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

from rapide.exceptions import RequestValidationError
from rapide.openapi.constants import REF_PREFIX
from rapide.openapi.operation import describe_validation_error
from rapide.problems import PROBLEM_JSON
from rapide.types import JsonObject

_MEMBERS: Final[JsonObject] = {
    "type": {"title": "Type", "type": "string", "format": "uri-reference"},
    "title": {"title": "Title", "type": "string"},
    "status": {"title": "Status", "type": "integer"},
    "detail": {"title": "Detail", "type": "string"},
    "instance": {"title": "Instance", "type": "string", "format": "uri-reference"},
}
_REQUIRED: Final = ["type", "title", "status"]


class ProblemSchemas:
    """The schemas of problem documents among the components of a document.

    A schema is added when something refers to it, under a name that no other schema has.

    Args:
        document: The document.
    """

    def __init__(self, document: JsonObject) -> None:
        self._document = document

    def problem(self) -> JsonObject:
        """Return the content of a response with a problem document."""
        return self._content("ProblemDetails", _MEMBERS, _REQUIRED)

    def validation(self) -> JsonObject:
        """Return the content of a response to a request that is not valid."""
        item = {"$ref": f"{REF_PREFIX}ValidationError"}
        errors = {"title": "Errors", "type": "array", "items": item}
        return self._content(
            "ValidationProblem", {**_MEMBERS, "errors": errors}, [*_REQUIRED, "errors"]
        )

    def _content(self, title: str, members: JsonObject, required: list[str]) -> JsonObject:
        components = self._document.setdefault("components", {})
        schemas = components.get("schemas", {})
        added: JsonObject = {"title": title, "type": "object", "properties": deepcopy(members)}
        added["required"] = list(required)
        added["additionalProperties"] = True  # SPEC: RFC 9457, section 3.2
        name = next(item for item in _names(title) if schemas.get(item, added) == added)
        components["schemas"] = dict(sorted({**schemas, name: added}.items()))
        return {PROBLEM_JSON: {"schema": {"$ref": f"{REF_PREFIX}{name}"}}}


def _names(title: str) -> Iterator[str]:
    yield title
    yield f"Http{title}"
    number = 2
    while True:
        yield f"Http{title}{number}"
        number += 1


def describe_invalid_requests(document: JsonObject, app: Any) -> None:
    """Describe problem documents where the document has FastAPI's response to invalid requests."""
    if app.exception_handlers.get(RequestValidationError) != app._rapide_problems.answer_invalid:
        return
    schemas = ProblemSchemas(document)
    before: JsonObject = describe_validation_error()["content"]
    for operations in document.get("paths", {}).values():
        for operation in operations.values():
            responses = operation.get("responses", {}) if isinstance(operation, dict) else {}
            content = responses.get("422", {}).get("content", {})
            if before.items() <= content.items():
                del content[next(iter(before))]
                content.update(schemas.validation())
    components = document.get("components", {}).get("schemas", {})
    if f'"{REF_PREFIX}HTTPValidationError"' not in json.dumps(document):
        components.pop("HTTPValidationError", None)
