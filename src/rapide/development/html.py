"""Write HTML whose texts are always escaped."""

from __future__ import annotations

from html import escape
from typing import Final

#: Elements without content.
_VOID: Final = frozenset({"meta", "link", "br"})


class Markup(str):
    """HTML that is not escaped again."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | bool) -> Markup:
    """Return an element. Children are escaped unless they are markup.

    An underscore at the end of an attribute's name is dropped, as in `class_`. One that is `False`
    is left out, and one that is `True` has no value.
    """
    written = [name]
    for key, value in attributes.items():
        named = key.removesuffix("_").replace("_", "-")
        if value is True:
            written.append(named)
        elif value is not False:
            written.append(f'{named}="{escape(value)}"')
    head = f"<{' '.join(written)}>"
    if name in _VOID:
        return Markup(head)
    return Markup(f"{head}{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Return children one after the other, escaped unless they are markup."""
    return Markup(
        "".join(child if isinstance(child, Markup) else escape(child) for child in children)
    )
