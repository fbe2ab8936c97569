"""Make a description smaller for as long as the two frameworks still part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from itertools import islice
from typing import Any

from .compare import differences
from .description import Application


def signature(found: list[str]) -> str:
    """Say of which sort a difference is, so that shrinking does not slip to another."""
    sorts = []
    for line in found[1:3]:
        sorts.append(re.split(r"[ :]", line.strip(), maxsplit=1)[0])
        sorts += [re.sub(r"\d", "", name) for name in re.findall(r": +\(?'([^']*)'", line)]
    return " ".join(sorts)


def shrunk(app: Application, mode: str, most: int = 600) -> Application:
    """Return a smaller application that differs on the same path in the same sort of place."""
    wanted = signature(differences(app, [mode]).get(mode, []))
    if not wanted:
        return app  # it does not always differ

    def differs(candidate: Application) -> bool:
        try:
            found = differences(candidate, [mode])
        except Exception:  # a description that is no longer an application
            return False
        return mode in found and signature(found[mode]) == wanted

    for call in app.calls:
        if differs(replace(app, calls=(call,))):
            app = replace(app, calls=(call,))
            break
    return smallest(app, differs, most)


def smallest(app: Any, differs: Callable[[Any], bool], most: int) -> Any:
    """Take parts away, largest first, until none can be."""
    tried, again = 0, True
    while again:
        again, position = False, 0
        while (candidate := next(islice(candidates(app), position, None), None)) is not None:
            tried += 1
            if tried > most:
                return app
            if differs(candidate):
                app, again = candidate, True
            else:
                position += 1
    return app


def candidates(thing: Any) -> Iterator[Any]:
    """Yield versions of a description with a part less: whole groups first, then the members."""
    named = [(item, getattr(thing, item.name)) for item in fields(thing)]
    for item, value in named:
        if item.default is not MISSING and value != item.default:
            yield replace(thing, **{item.name: item.default})
    for item, value in named:
        if isinstance(value, tuple) and len(value) > 1:
            for index in range(len(value)):
                yield replace(thing, **{item.name: value[:index] + value[index + 1 :]})
    for item, value in named:
        if is_dataclass(value):
            for smaller in candidates(value):
                yield replace(thing, **{item.name: smaller})
        elif isinstance(value, tuple):
            for index, member in enumerate(value):
                for smaller in candidates(member) if is_dataclass(member) else ():
                    changed = (*value[:index], smaller, *value[index + 1 :])
                    yield replace(thing, **{item.name: changed})
