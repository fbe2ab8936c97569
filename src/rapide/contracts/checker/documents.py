"""Operations that the OpenAPI document cannot tell apart."""

from collections.abc import Iterator

from rapide.contracts.checker.rules import finding
from rapide.contracts.checker.subject import CheckedRoute, Subject
from rapide.contracts.findings import Finding


def replaced_operations(subject: Subject) -> Iterator[Finding]:
    """Find operations that a later one with the same path and method replaces in the document.

    The document has one operation for each path without convertors and method: the last one. The
    request is answered by the first route whose path matches.
    """
    shown: dict[tuple[int, str, str], CheckedRoute] = {}
    for item in _documented(subject):
        for method in sorted(item.route.methods or ()):
            key = id(item.app), item.route.path_format or "", method
            earlier, shown[key] = shown.get(key), item
            if earlier is None or earlier.route.endpoint is item.route.endpoint:
                continue
            yield finding(
                "replaced-operation",
                f"the document shows {item.label} under {method} {key[1]}, so it does not show "
                f"{earlier.label} ({earlier.place}), which comes first",
                "give one of them another path, or declare it with include_in_schema=False",
                route=item.label,
                place=item.place,
            )


def shared_operation_ids(subject: Subject) -> Iterator[Finding]:
    """Find operations that have the same `operationId`, which must be unique."""
    used: dict[tuple[int, str], tuple[CheckedRoute, str]] = {}
    for item in _documented(subject):
        identifier = item.route.operation_id or item.route.unique_id
        for method in sorted(item.route.methods or ()):
            earlier, before = used.setdefault((id(item.app), identifier), (item, method))
            if (earlier, before) == (item, method):
                continue
            if earlier is item:
                methods = " and ".join(sorted(item.route.methods or ()))
                message = f"{methods} of this route have the same operation id {identifier}"
                advice = "declare the function once for each method, with an operation_id for each"
            elif (earlier.route.path_format, before) == (item.route.path_format, method):
                continue  # the document has only the later one
            else:
                where = f"{earlier.label} ({earlier.place})"
                message = f"{where} has the same operation id {identifier}"
                advice = "give one of them another operation_id, or its function another name"
            yield finding(
                "shared-operation-id", message, advice, route=item.label, place=item.place
            )
            break


def _documented(subject: Subject) -> Iterator[CheckedRoute]:
    """Yield the routes that a document describes."""
    for item in subject.api_routes:
        if getattr(item.app, "openapi_url", None) and item.route.include_in_schema:
            yield item
