"""Hide the values of passwords, tokens and the like, wherever a page would show them.

A value is hidden because of its name: that of a variable, a key, a field, a header or a parameter.
Its text is then hidden in everything else that the page shows, such as the message of an error.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus

#: What is shown instead of a value.
HIDDEN: Final = "[hidden]"

#: Parts of names whose values are hidden, wherever in the name they are.
_PARTS: Final = (
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "authorization",
    "credential",
    "private",
    "cookie",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "sessionid",
    "bearer",
)
#: Words of names whose values are hidden. They are also parts of harmless words.
_WORDS: Final = frozenset(
    {"auth", "pass", "pwd", "pw", "pin", "otp", "jwt", "csrf", "cvv", "cvc", "ssn"}
)

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")

#: The shortest text that is hidden wherever it occurs: shorter ones occur in ordinary words.
SHORTEST: Final = 6
#: The most texts that are hidden wherever they occur.
MOST: Final = 500

_QUOTED: Final = r"""b?(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
#: A name with its value in a `repr`, in JSON, in a query or in a line of code.
_NAMED: Final = re.compile(
    rf"""(?P<before>(?P<name>[\w.-]{{2,80}})(?P<quote>\\{{0,9}}["']?)\s?(?P<sign>[=:])\s?)"""
    rf"""(?P<value>{_QUOTED}|\\{{1,9}}["'][^"'\\]*\\{{1,9}}["']|["'][^"'\n]*\Z|[^\s,;&)}}\]'"<>(\[{{]+)"""
)
#: In a line of code, only literals are values.
_ASSIGNED: Final = re.compile(
    rf"""(?P<before>(?P<name>\w{{2,80}})["']?\]?\s*(?::[^=\n]{{0,200}}?)?(?:=(?!=)|:|\belse\b)\s*)"""
    rf"""(?P<value>{_QUOTED})"""
)
_LITERAL: Final = re.compile(_QUOTED)
_SCHEME: Final = re.compile(r"\b([Bb]earer|[Bb]asic)\s+(?=\S*[\dA-Z=])[\w.~+/=-]{6,}")
#: A JSON Web Token, whose header begins with a brace.
_WEB_TOKEN: Final = re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")
_USER_INFO: Final = re.compile(r"(://[^\s:/@'\"]*:)[^\s@/'\"]+(?=@)")


def is_secret(name: object) -> bool:
    """Return whether the values with a name are hidden."""
    if isinstance(name, bytes | bytearray):
        name = bytes(name).decode("latin-1")
    if not isinstance(name, str):
        return False
    words = _NO_WORD.sub(" ", _CAMEL.sub(" ", name).lower()).split()
    joined = "".join(words)
    return any(part in joined for part in _PARTS) or not _WORDS.isdisjoint(words)


class Secrets:
    """The texts to hide, which grow while values are described."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def add(self, value: object) -> None:
        """Hide a text wherever it occurs, and so the token or the password of a header in it."""
        if isinstance(value, bytes | bytearray):
            value = bytes(value).decode("utf-8", "replace")
        if not isinstance(value, str):
            return
        self._add(value)
        scheme, _, rest = value.partition(" ")
        if scheme.lower() == "basic":
            self._add(_password_in(rest))
        self._add(rest)

    def _add(self, text: str) -> None:
        text = text.strip()
        if len(text) >= SHORTEST and len(self._texts) < MOST:
            self._texts |= {text, *_other_forms(text)}

    def hide(self, text: str) -> str:
        """Return a text without the secrets that are known, or that a name in it reveals."""
        return self._hide_known(_NAMED.sub(_hide_named, _hide_schemes(text)))

    def hide_in_code(self, line: str) -> str:
        """Return a line of code without the literals that are assigned to secret names.

        The names may also be in a literal, such as that of a connection.
        """
        line = _LITERAL.sub(_hide_in_literal, _ASSIGNED.sub(_hide_assigned, line))
        return self._hide_known(_hide_schemes(line))

    def _hide_known(self, text: str) -> str:
        for secret in sorted(self._texts, key=len, reverse=True):
            if secret in text:
                text = text.replace(secret, HIDDEN)
        return text


def _hide_schemes(text: str) -> str:
    text = _WEB_TOKEN.sub(HIDDEN, _SCHEME.sub(rf"\1 {HIDDEN}", text))
    return _USER_INFO.sub(rf"\1{HIDDEN}", text)


def _hide_named(found: re.Match[str]) -> str:
    value = found["value"]
    shows_nothing = value in {"None", "True", "False", "null", "true", "false", HIDDEN}
    if shows_nothing or not is_secret(found["name"]):
        return found[0]
    return f"{found['before']}{HIDDEN}"


def _hide_assigned(found: re.Match[str]) -> str:
    return f"{found['before']}{HIDDEN}" if is_secret(found["name"]) else found[0]


def _hide_in_literal(found: re.Match[str]) -> str:
    return _NAMED.sub(_hide_written, found[0])


def _hide_written(found: re.Match[str]) -> str:
    is_prose = found["sign"] == ":" and not found["quote"]  # such as "unknown token: log in again"
    return found[0] if is_prose else _hide_named(found)


def _other_forms(text: str) -> Iterator[str]:
    """Yield how a text is written in Python, in JSON and in URLs."""
    yield repr(text)[1:-1]
    for is_ascii in (True, False):
        yield json.dumps(text, ensure_ascii=is_ascii)[1:-1]
    for write in (quote, quote_plus):
        for safe in ("", "/"):
            yield write(text, safe, errors="replace")


def _password_in(encoded: str) -> str:
    """Return the password of basic authentication; an empty text if there is none."""
    try:
        text = base64.b64decode(encoded, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
    return text.partition(":")[2]
