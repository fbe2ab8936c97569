"""Watches the states of the wire: a change that its table does not allow raises.

The states are attributes of plain Python classes here. In machine code they cannot be watched, and
nothing is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import rapide.http11.contract as contract
from rapide.http11.connection import Http11Protocol
from rapide.http11.contract import Exchange
from rapide.http11.parser import RequestParser
from rapide.http11.states import CONNECTION, PARSER, PLACE, REQUEST, RESPONSE, VERDICT, Transitions
from rapide.http11.websocket.connection import WebSocketConnection
from rapide.http11.websocket.states import SOCKET

TABLES: tuple[tuple[type, Transitions], ...] = (
    (Exchange, REQUEST),
    (Exchange, RESPONSE),
    (Exchange, VERDICT),
    (Exchange, PLACE),
    (RequestParser, PARSER),
    (Http11Protocol, CONNECTION),
)
SOCKETS: tuple[tuple[type, Transitions], ...] = ((WebSocketConnection, SOCKET),)
IS_MACHINE_CODE = not str(contract.__file__).endswith(".py")


class Step(NamedTuple):
    """A change of a state, and the method that made it."""

    kind: str
    before: str
    after: str
    method: str


class IllegalTransition(AssertionError):
    """A state was changed in a way, or by a method, that its table does not have."""


def steps_of(owner: type, table: Transitions) -> set[Step]:
    """Every step that a table allows."""
    return {
        Step(kind_of(owner, table), table.names[before], table.names[after], method)
        for (before, after), methods in table.rows.items()
        for method in methods
    }


def kind_of(owner: type, table: Transitions) -> str:
    return f"{owner.__name__}.{table.attribute}"


class Watch:
    """The steps that were made, and those that were illegal."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.illegal: list[Step] = []


class WatchedState:
    """Stands for the attribute of a state. Each state's table begins with the first state."""

    def __init__(self, owner: type, table: Transitions, watch: Watch) -> None:
        self.table, self.watch, self.kind = table, watch, kind_of(owner, table)

    def __get__(self, instance: Any, owner: type) -> Any:
        return 0 if instance is None else instance.__dict__.get(self.table.attribute, 0)

    def __set__(self, instance: Any, state: int) -> None:
        before = self.__get__(instance, type(instance))
        instance.__dict__[self.table.attribute] = state
        if state == before:
            return
        names, method = self.table.names, sys._getframe(1).f_code.co_name
        step = Step(self.kind, names[before], names[state], method)
        self.watch.steps.append(step)
        if method not in self.table.rows.get((before, state), ()):
            # The parser's callbacks do not let an exception through, so it is kept as well.
            self.watch.illegal.append(step)
            raise IllegalTransition(str(step))


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch all states for the length of a block."""
    watch = Watch()
    if IS_MACHINE_CODE:
        yield watch
        return
    missing = object()
    watched = TABLES + SOCKETS
    kept = [(owner, table, vars(owner).get(table.attribute, missing)) for owner, table in watched]
    for owner, table in watched:
        setattr(owner, table.attribute, WatchedState(owner, table, watch))
    try:
        yield watch
    finally:
        for owner, table, before in kept:
            if before is missing:
                delattr(owner, table.attribute)
            else:
                setattr(owner, table.attribute, before)
