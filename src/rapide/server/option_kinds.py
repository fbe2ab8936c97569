"""What options of the server are made of: descriptions, and the types of their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: The largest number that options can have: what system calls take, or 68 years.
LARGEST: Final = 2**31 - 1


class Protocol(StrEnum):
    """The implementation of HTTP/1.1."""

    RAPIDE = "rapide"
    ASGI = "asgi"


class LogFormat(StrEnum):
    """How lines of the log look."""

    TEXT = "text"
    JSON = "json"


class ClientCertificates(StrEnum):
    """Whether clients have to have a certificate."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class TlsVersion(StrEnum):
    """A version of TLS."""

    V1_2 = "1.2"
    V1_3 = "1.3"


class Lifespan(StrEnum):
    """Whether the application has a lifespan: `auto` tries it."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


class OptionError(ValueError):
    """An option has a value that the server cannot use; the message names it, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What the command line says about a field of `Options`, and checks.

    Args:
        help: A sentence for `--help`.
        minimum: The smallest number that is allowed, 0 without it.
        maximum: The largest number that is allowed.
        variables: Environment variables that are read beside `RAPIDE_` and the name, after it.
        is_for_dev: Whether `rapide dev` has the option, too.
        is_folder: Whether the value is a folder that has to be there.
        parse: Reads the value from the command line or the environment.
        metavar: What `--help` calls the value.
        shown: The default, as users write it.
    """

    help: str
    minimum: float | None = None
    maximum: float | None = None
    variables: tuple[str, ...] = ()
    is_for_dev: bool = False
    is_folder: bool = False
    parse: Callable[[str], object] | None = None
    metavar: str | None = None
    shown: str | None = None


def read_permissions(text: str) -> int:
    """Read permissions as chmod does."""
    if not re.fullmatch(r"0?o?[0-7]{3}", text):
        raise OptionError(f"{text!r} are not permissions such as 660")
    return int(text.removeprefix("0o"), 8)


def read_client_certificates(text: str) -> ClientCertificates:
    """Read a name, or the number that uvicorn has for it."""
    names = [member.value for member in ClientCertificates]
    name = dict(zip("012", names, strict=True)).get(text, text)
    if name not in names:
        raise OptionError(f"{text!r} is not {', '.join(names[:-1])} or {names[-1]}")
    return ClientCertificates(name)


def read_root_path(text: str) -> str:
    """Read a prefix of paths. A slash at its end is dropped, as paths begin with one."""
    path = text.rstrip("/")
    if (path and re.fullmatch(r"/[!-~]*", path) is None) or re.search(r"[?#]|//", path):
        raise OptionError(f"{text!r} is not the beginning of a path, such as /shop")
    return path


@dataclass(frozen=True, slots=True)
class Declared:
    """A field of `Options`: its name, type, default, and what is said about it."""

    name: str
    type: object
    default: object
    about: Option

    @property
    def flag(self) -> str:
        """The name on the command line."""
        return f"--{self.name.replace('_', '-')}"

    @property
    def minimum(self) -> float:
        """The smallest number that is allowed."""
        return 0 if self.about.minimum is None else self.about.minimum

    @property
    def maximum(self) -> float:
        """The largest number that is allowed."""
        return LARGEST if self.about.maximum is None else self.about.maximum

    def check_range(self, number: float) -> None:
        """Check that a number is not too small, too large, infinite, or none at all.

        Raises:
            OptionError: It is; the name of the option is missing at the beginning of the message.
        """
        if not self.minimum <= number <= self.maximum:
            low, high = self.minimum, self.maximum
            raise OptionError(f"has to be from {low:g} to {high:.12g}, not {number!r}")

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that are read, the first first."""
        return (f"RAPIDE_{self.name.upper()}", *self.about.variables)
