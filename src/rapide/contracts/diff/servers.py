"""Changes of the servers that a document lists."""

from collections.abc import Iterator
from itertools import product

from rapide.contracts.diff.reading import Document, Json, mapping, sequence
from rapide.contracts.diff.values import Found

#: How many addresses are made of the values of variables at most.
_MOST = 200


def servers_of(document: Document, *holders: Json) -> list[str]:
    """Return the addresses of servers: those of the first holder that lists any, else the root's.

    Args:
        document: The document.
        holders: An operation and its path item; without any, the document's servers are meant.
    """
    stated = next((one["servers"] for one in holders if "servers" in one), None)
    if stated is None:
        stated = document.content.get("servers")
    found = [url for one in sequence(stated) for url in _addresses(mapping(one))]
    return [*dict.fromkeys(found)]


def _addresses(server: Json) -> list[str]:
    """Return the addresses of a server: one for each value that its variables may have."""
    url = str(server.get("url"))
    url = url.rstrip("/") or url
    listed = {
        name: [str(value) for value in sequence(mapping(variable).get("enum"))]
        for name, variable in mapping(server.get("variables")).items()
    }
    listed = {name: values for name, values in listed.items() if values}
    found = []
    for values in product(*listed.values()):
        filled = url
        for name, value in zip(listed, values, strict=True):
            filled = filled.replace(f"{{{name}}}", value)
        found.append(filled)
        if len(found) > _MOST:
            return [url]
    return found


def server_changes(old: list[str], new: list[str]) -> Iterator[Found]:
    """Find servers that were removed or added."""
    if not old and new and "/" not in new:
        yield "server-declared", ", ".join(new)
        return
    for url in old or ["/"]:
        if url not in (new or ["/"]):
            yield "server-removed", url
    for url in new:
        if url not in (old or ["/"]):
            yield "server-added", url
