"""What serving needs of a declared idempotency."""

from __future__ import annotations

from typing import Final, Protocol

from rapide.distributed.answers.answers import Answers
from rapide.distributed.answers.keeper import Naming

HEADER: Final = "Idempotency-Key"
#: The longest key, in characters.
LONGEST: Final = 255
#: The methods whose requests can be repeated.
METHODS: Final = frozenset({"POST", "PATCH"})


class DeclaredIdempotency(Protocol):
    """The attributes of `Idempotency`, which describes them."""

    @property
    def seconds(self) -> float: ...

    @property
    def required(self) -> bool: ...

    @property
    def wait(self) -> bool: ...

    @property
    def caller(self) -> Naming | None: ...

    @property
    def lease(self) -> float: ...

    @property
    def max_bytes(self) -> int: ...

    @property
    def answers(self) -> Answers: ...
