"""Prove that one pattern matches everything that another one matches.

A path of a route is a regular expression. The proof makes an automaton of each of the two and walks
through both at once: if the first can end where the second cannot, there is a text that only the
first one matches. Patterns with parts that no automaton has, such as a look-ahead, prove nothing.
A line feed is left out: no path of a client has one, and `.` and `$` treat it in their own ways.
"""

import re
import sys
from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any

#: Ranges of characters, first and last, in order.
Ranges = tuple[tuple[int, int], ...]

_LINE_FEED = 10
_ALL: Ranges = ((0, _LINE_FEED - 1), (_LINE_FEED + 1, sys.maxunicode))
#: The largest automata, and the number of pairs of their states, that are worth the time.
_MOST_STATES = 2_000
_MOST_PAIRS = 20_000

# Python's own parser of regular expressions, so that all of its syntax is read as it reads it.
_parse: Any = import_module("re._parser").parse
_names: Any = import_module("re._constants")


class _UnprovableError(Exception):
    """A pattern has a part that an automaton cannot have."""


class _Automaton:
    """A nondeterministic automaton, by Thompson's construction.

    Attributes:
        edges: For each state, the characters that lead to another one; None for no character.
        end: The state in which a text matches. The state 0 is the beginning.
    """

    def __init__(self, pattern: str) -> None:
        self.edges: list[list[tuple[Ranges | None, int]]] = [[]]
        parsed = _parse(pattern)
        if parsed.state.flags & (re.IGNORECASE | re.MULTILINE | re.VERBOSE):
            raise _UnprovableError
        self.end = self._add_all(parsed, 0)

    def start(self) -> frozenset[int]:
        """Return the states before the first character."""
        return self._closure([0])

    def after(self, states: frozenset[int], character: int) -> frozenset[int]:
        """Return the states after a character."""
        return self._closure(
            target
            for state in states
            for ranges, target in self.edges[state]
            if ranges is not None and any(low <= character <= high for low, high in ranges)
        )

    def borders(self) -> set[int]:
        """Return the first character of each range, and the first one after it."""
        ranges = (found for edges in self.edges for found, _ in edges if found is not None)
        return {border for found in ranges for low, high in found for border in (low, high + 1)}

    def _closure(self, states: Iterable[int]) -> frozenset[int]:
        pending = [*states]
        found = set(pending)
        while pending:
            for ranges, target in self.edges[pending.pop()]:
                if ranges is None and target not in found:
                    found.add(target)
                    pending.append(target)
        return frozenset(found)

    def _state(self) -> int:
        if len(self.edges) >= _MOST_STATES:
            raise _UnprovableError
        self.edges.append([])
        return len(self.edges) - 1

    def _step(self, state: int, ranges: Ranges | None) -> int:
        target = self._state()
        self.edges[state].append((ranges, target))
        return target

    def _add_all(self, items: Any, state: int) -> int:
        for kind, value in items:
            state = self._add(kind, value, state)
        return state

    def _add(self, kind: Any, value: Any, state: int) -> int:
        """Add a part of a pattern after a state, and return the state after it."""
        if kind in (_names.MAX_REPEAT, _names.MIN_REPEAT):
            least, most, repeated = value
            return self._repeat(least, most, repeated, state)
        if kind is _names.SUBPATTERN:
            _, added, removed, items = value
            if added or removed:
                raise _UnprovableError
            return self._add_all(items, state)
        if kind is _names.BRANCH:
            ends = [self._add_all(items, self._step(state, None)) for items in value[1]]
            joined = self._state()
            for end in ends:
                self.edges[end].append((None, joined))
            return joined
        return self._step(state, _characters(kind, value))

    def _repeat(self, least: int, most: Any, items: Any, state: int) -> int:
        for _ in range(least):
            state = self._add_all(items, state)
        if most is _names.MAXREPEAT:
            again = self._step(state, None)
            self.edges[self._add_all(items, again)].append((None, again))
            return self._step(again, None)
        ends = [state]
        for _ in range(most - least):
            ends.append(self._add_all(items, ends[-1]))
        last = self._state()
        for end in ends:
            self.edges[end].append((None, last))
        return last


def _characters(kind: Any, value: Any) -> Ranges:
    """Return the characters that a part of a pattern matches."""
    if kind is _names.LITERAL:
        return _without_line_feed(((value, value),))
    if kind is _names.NOT_LITERAL:
        return _all_but(((value, value),))
    if kind is _names.ANY:
        return _ALL
    if kind is not _names.IN:
        raise _UnprovableError
    negated = value[0][0] is _names.NEGATE
    ranges: list[tuple[int, int]] = []
    for item, content in value[negated:]:
        if item is _names.LITERAL:
            ranges.append((content, content))
        elif item is _names.RANGE:
            ranges.append(content)
        else:
            ranges += _category(str(content))
    return _all_but(ranges) if negated else _without_line_feed(ranges)


@lru_cache
def _category(name: str) -> Ranges:
    """Return the characters of `\\d`, `\\w`, `\\s` and their opposites."""
    classes = {"DIGIT": r"\d", "WORD": r"\w", "SPACE": r"\s"}
    _, _, kind = name.removeprefix("CATEGORY_").rpartition("NOT_")
    if kind not in classes:
        raise _UnprovableError
    matches = re.compile(classes[kind]).match
    found = []
    # Character by character: one long call would keep the threads of a server from running.
    for code in range(sys.maxunicode + 1):
        if matches(chr(code)):
            found.append((code, code))
    ranges = _all_but(_all_but(found))
    return _all_but(ranges) if "NOT_" in name else ranges


def _all_but(ranges: Iterable[tuple[int, int]]) -> Ranges:
    found = []
    start = 0
    for low, high in sorted([*ranges, (_LINE_FEED, _LINE_FEED)]):
        if low > start:
            found.append((start, low - 1))
        start = max(start, high + 1)
    if start <= sys.maxunicode:
        found.append((start, sys.maxunicode))
    return tuple(found)


def _without_line_feed(ranges: Iterable[tuple[int, int]]) -> Ranges:
    return _all_but(_all_but(ranges))


@lru_cache(maxsize=4096)
def _automaton(pattern: str) -> _Automaton | None:
    """Return the automaton of a pattern; None if it has none."""
    try:
        return _Automaton(pattern)
    except (_UnprovableError, re.error, RecursionError):
        return None


@lru_cache(maxsize=4096)
def sample(pattern: str) -> str | None:
    """Return a shortest text that a pattern matches; None if none is known."""
    automaton = _automaton(pattern)
    if automaton is None:
        return None
    letters = _representatives(automaton)
    start = automaton.start()
    seen = {start}
    queue = deque([(start, "")])
    while queue and len(seen) < _MOST_PAIRS:
        states, text = queue.popleft()
        if automaton.end in states:
            return text
        for letter in letters:
            further = automaton.after(states, letter)
            if further and further not in seen:
                seen.add(further)
                queue.append((further, text + chr(letter)))
    return None


def _representatives(*automata: _Automaton) -> list[int]:
    """Return one character of each kind that the automata treat alike."""
    borders = {0}.union(*(automaton.borders() for automaton in automata))
    return sorted(border for border in borders if border <= sys.maxunicode)


@lru_cache(maxsize=4096)
def includes(outer: str, inner: str) -> bool:
    """Return whether it is certain that a pattern matches all that another one matches.

    Args:
        outer: The pattern that is to match more, or the same; without `^` and `$`.
        inner: The other one.
    """
    if outer == inner:
        return True
    wide, narrow = _automaton(outer), _automaton(inner)
    if wide is None or narrow is None:
        return False
    letters = _representatives(wide, narrow)
    first = narrow.start(), wide.start()
    seen = {first}
    pending = [first]
    while pending:
        here, there = pending.pop()
        if narrow.end in here and wide.end not in there:
            return False
        for letter in letters:
            further = narrow.after(here, letter)
            pair = further, wide.after(there, letter)
            if further and pair not in seen:
                if len(seen) >= _MOST_PAIRS:
                    return False
                seen.add(pair)
                pending.append(pair)
    return True
