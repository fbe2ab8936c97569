"""Changes between two OpenAPI documents."""

import re
from collections.abc import Iterator

from rapide.contracts.diff.changes import Change
from rapide.contracts.diff.operations import OperationComparison, requests_of
from rapide.contracts.diff.reading import Document, Json, mapping
from rapide.contracts.diff.servers import server_changes, servers_of

#: The path item and the operation, and the path as its own document writes it.
Entry = tuple[Json, Json, str]


def compare_documents(old: Document, new: Document) -> list[Change]:
    """Return the changes between two documents, the worst of each operation first.

    Operations are in the order of the old document; those that only the new one has follow.

    Raises:
        UnreadableDocument: A reference in one of them leads nowhere.
    """
    found = [*_operations(old, new), *_webhooks(old, new), *_servers(old, new)]
    order = {change.operation: index for index, change in reversed([*enumerate(found)])}
    return sorted(
        dict.fromkeys(found),
        key=lambda one: (order[one.operation], one.severity, one.place, one.rule, one.detail),
    )


def _operations(old: Document, new: Document) -> Iterator[Change]:
    before, after = _entries(old), _entries(new)
    same_shape = {_shape(name): name for name in after if name not in before}
    for name, entry in before.items():
        other = name if name in after else same_shape.pop(_shape(name), "")
        if not other:
            was_deprecated = entry[1].get("deprecated")
            rule = "deprecated-operation-removed" if was_deprecated else "operation-removed"
            yield Change(rule, name, "", "", "")
            continue
        comparison = OperationComparison(old, new, name)
        found = after[other]
        yield from comparison.changes(
            ({**entry[0], "x-path": entry[2]}, entry[1]),
            ({**found[0], "x-path": found[2]}, found[1]),
        )
    for name in same_shape.values():
        yield Change("operation-added", name, "", "", "")


def _entries(document: Document) -> dict[str, Entry]:
    return {
        f"{method} {path}": (document.resolved(item), operation, path)
        for path, item in mapping(document.content.get("paths")).items()
        for method, operation in requests_of(document, item).items()
    }


def _shape(name: str) -> str:
    """Return an operation's name without those of its path parameters, which no URL shows."""
    return re.sub(r"\{[^}]*\}", "{}", name)


def _webhooks(old: Document, new: Document) -> Iterator[Change]:
    before, after = (
        {
            f"webhook {method} {name}": operation
            for name, item in mapping(document.content.get("webhooks")).items()
            for method, operation in requests_of(document, item).items()
        }
        for document in (old, new)
    )
    for name, operation in before.items():
        if name not in after:
            yield Change("callback-removed", name, "", "", "")
            continue
        comparison = OperationComparison(old, new, name, is_callback=True)
        yield from comparison.changes(({}, operation), ({}, after[name]))
    for name in after:
        if name not in before:
            yield Change("callback-added", name, "", "", "")


def _servers(old: Document, new: Document) -> Iterator[Change]:
    for rule, detail in server_changes(servers_of(old), servers_of(new)):
        yield Change(rule, "", "", "servers", detail)
