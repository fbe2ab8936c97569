"""What serving needs of a declared cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from rapide.distributed.answers.answers import Answers
from rapide.distributed.answers.keeper import Naming

#: The methods whose answers are kept.
METHODS: Final = frozenset({"GET", "HEAD"})


class DeclaredCache(Protocol):
    """The attributes of `Cache`, which describes them."""

    @property
    def seconds(self) -> float: ...

    @property
    def vary(self) -> Sequence[str]: ...

    @property
    def tags(self) -> Sequence[str]: ...

    @property
    def key(self) -> Naming | None: ...

    @property
    def shared(self) -> bool: ...

    @property
    def statuses(self) -> Sequence[int]: ...

    @property
    def stale(self) -> float: ...

    @property
    def reload(self) -> bool: ...

    @property
    def lease(self) -> float: ...

    @property
    def answers(self) -> Answers: ...

    @property
    def is_for_clients(self) -> int: ...
