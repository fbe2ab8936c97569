"""Names for what a document names: identifiers, free of collisions, in the style of a language."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from urllib.parse import quote


def words_of(name: str) -> list[str]:
    """Split a name into words: at what is no letter or digit, and before capitals."""
    plain = (
        unicodedata.normalize("NFKC", name).replace("OAuth", "Oauth").replace("OpenId", "Openid")
    )
    spaced = re.sub(r"(?<=[^\W_])(?=[A-Z][a-z])|(?<=[a-z0-9])(?=[A-Z])", " ", plain)
    return [word for word in re.split(r"[\W_]+", spaced) if word]


def snake(name: str) -> str:
    """Return `order_id` for `orderId`, `Order-Id` and `order id`.

    An identifier that has no capitals is kept as it is.
    """
    if name.isidentifier() and name == name.lower() and name.strip("_"):
        return _started(name.strip("_"), "value_")
    return _started("_".join(words_of(name)).lower(), "value_").rstrip("_")


def pascal(name: str) -> str:
    """Return `OrderId` for `order_id`; capitals stay."""
    return _started("".join(word[0].upper() + word[1:] for word in words_of(name)), "Type")


def camel(name: str) -> str:
    """Return `orderId` for `order_id`."""
    first, *rest = words_of(name) or ["value"]
    first = first.lower() if first.isupper() else first[0].lower() + first[1:]
    return _started(first + "".join(word[0].upper() + word[1:] for word in rest))


def _started(name: str, prefix: str = "value") -> str:
    """Return a name that starts with a letter."""
    return name if name.isidentifier() else f"{prefix}{name}"


def encoded_path(path: str, arguments: Mapping[str, str]) -> str:
    """Return a path for a URL, with the source of an argument in place of each parameter."""
    return "".join(
        arguments.get(part[1:-1], "") if part[:1] == "{" else quote(part, safe="/:@!$&()*+,;=~")
        for part in re.split(r"({[^{}]*})", path)
    )


class Names:
    """Names of one scope, each given once.

    Args:
        reserved: The names that mean something else in this scope.
    """

    def __init__(self, reserved: Collection[str] = ()) -> None:
        self._reserved = frozenset(reserved)
        self._taken: set[str] = set()

    def give(self, name: str, *others: str) -> str:
        """Return the first of some names that is free, or the first one with a mark after it."""
        wanted = f"{name}_" if name in self._reserved else name
        for choice in (wanted, *others):
            if choice not in self._taken and choice not in self._reserved:
                return self._take(choice)
        number = 2
        while f"{name}_{number}" in self._taken:
            number += 1
        return self._take(f"{name}_{number}")

    def _take(self, name: str) -> str:
        self._taken.add(name)
        return name
