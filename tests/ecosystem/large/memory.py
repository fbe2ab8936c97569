"""What earlier answers said: the ids by which later requests find something."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rapide.cli.verify.exchange import Answer, Request

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
#: What an answer may call the id that a path takes.
_NAMES = ("id", "uuid", "uid", "name", "key", "slug", "token")


def placeholder(path: str, parameter: str) -> str:
    """Return what stands in a target for a value from an earlier answer: `${flows__flow_id}`."""
    return f"${{{_word(path.partition(f'{{{parameter}}}')[0])}__{parameter}}}"


class Memory:
    """The ids that one side has answered with."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def fill(self, request: Request, otherwise: str = "0") -> Request:
        """Return the request with ids in the place of its placeholders."""
        names = set(_PLACEHOLDER.findall(request.target))
        return request.filled({name: self._find(name) or otherwise for name in names})

    def learn(self, request: Request, answer: Answer) -> None:
        """Note the ids in an answer to a request that went well."""
        if answer.status is None or not 200 <= answer.status < 300 or not request.label:
            return
        try:
            value = json.loads(answer.body)
        except ValueError:
            return
        collection = _word(request.label.partition(" ")[2].partition("{")[0])
        for key, text in _scalars(value):
            self._known[f"{collection}__{key}"] = text
            self._known[f"__{key}"] = text

    def _find(self, name: str) -> str | None:
        collection, _, parameter = name.rpartition("__")
        for key in (parameter, *_NAMES):
            if found := self._known.get(f"{collection}__{key}"):
                return found
        return self._known.get(f"__{parameter}")


def _scalars(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the fields of an answer's object, or of the first object of the list that it has."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return
    for inner in value.values():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield from ((k, str(v)) for k, v in inner[0].items() if isinstance(v, (str, int)))
    yield from ((key, str(v)) for key, v in value.items() if isinstance(v, (str, int)) and v != "")


def _word(path: str) -> str:
    return re.sub(r"\W+", "_", path).strip("_")
