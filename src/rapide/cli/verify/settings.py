"""The settings of one run of `rapide verify`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path


class VerifyError(Exception):
    """The comparison could not be made; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of the command, which `options` explains."""

    path: str | None = None
    app: str | None = None
    entrypoint: str | None = None
    factory: bool = False
    app_dir: Path | None = None
    examples: int
    seed: int
    requests: tuple[Path, ...] = ()
    har: tuple[Path, ...] = ()
    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    ignored_headers: frozenset[str] = frozenset({"date"})
    environment: tuple[tuple[str, str], ...] = ()
    baselines: int
    timeout: float
    start_timeout: float
    show_all: bool = False
    json: Path | None = None
    protocol: str = "rapide"

    def takes(self, label: str, method: str, path: str) -> bool:
        """Return whether `only` and `exclude` admit a request.

        The label is that of the operation, `GET /items/{id}`, or empty for a recorded request.
        """
        names = [f"{method} {path}", *([label] if label else [])]
        if self.only and not _matches(self.only, names):
            return False
        return not _matches(self.exclude, names)


def pairs(texts: Iterable[str], separator: str, option: str) -> tuple[tuple[str, str], ...]:
    """Split `Name: value` or `NAME=VALUE`.

    Raises:
        VerifyError: The separator or the name is missing.
    """
    found = []
    for text in texts:
        name, between, value = text.partition(separator)
        if not between or not name.strip():
            raise VerifyError(f"{option} {text!r}: a name and a value are needed, with {separator}")
        found.append((name.strip(), value.strip()))
    return tuple(found)


def _matches(patterns: Iterable[str], names: Iterable[str]) -> bool:
    return any(fnmatchcase(name, _glob(pattern)) for pattern in patterns for name in names)


def _glob(pattern: str) -> str:
    """Return a pattern for `METHOD /path` in which a path parameter matches anything."""
    method, _, path = pattern.strip().rpartition(" ")
    path = re.sub(r"\{[^{}]*\}", "*", path).replace("[", "[[]")
    return f"{method.strip().upper() or '*'} {path}"
