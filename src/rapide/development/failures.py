"""From an exception to its frames, with the source and the local variables of each."""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from types import CodeType, FrameType, TracebackType
from typing import Final

from rapide.development.masking import Secrets, is_secret
from rapide.development.origins import is_own, shown_path
from rapide.development.patience import call_all
from rapide.development.report import Failure, Frame, SourceLine
from rapide.development.values import CODE, MOST_CHARACTERS, Describer, own_repr, shortened

#: The number of lines that are shown before and behind the current one.
LINES_BEFORE: Final = 6
LINES_BEHIND: Final = 4
#: The most frames at the beginning and at the end of a traceback.
FIRST_FRAMES: Final = 10
LAST_FRAMES: Final = 40
#: The most local variables of a frame that are shown, and in which secrets are looked for.
MOST_VALUES: Final = 40
MOST_SEARCHED_VALUES: Final = 200
#: The most exceptions in a chain and in a group, and how deep groups may be in each other.
MOST_IN_CHAIN: Final = 10
MOST_IN_GROUP: Final = 10
DEEPEST: Final = 4
#: The longest line of a source, in characters.
LONGEST_LINE: Final = 400

_CAUSED: Final = "This was the direct cause of the exception above:"
_DURING: Final = "The exception above was raised while this one was handled:"
_NAME: Final = re.compile(r"[^\W\d]\w*")


@dataclass
class _Values:
    """The descriptions that are still to be made, and where each belongs."""

    calls: dict[tuple[str, int], Callable[[], str]] = field(default_factory=dict)
    places: list[tuple[tuple[str, int], Callable[[str], None]]] = field(default_factory=list)

    def add(
        self, name: str, value: object, call: Callable[[], str], place: Callable[[str], None]
    ) -> None:
        """Add the call that describes a value. The calls of a chain share frames and values."""
        key = name, id(value)
        self.calls.setdefault(key, call)
        self.places.append((key, place))

    def fill_in(self) -> None:
        """Make the calls, and put each result where it belongs."""
        results = dict(zip(self.calls, call_all([*self.calls.values()]), strict=True))
        for key, place in self.places:
            place(results[key])


class FailureReader:
    """Reads exceptions.

    Args:
        secrets: What is hidden.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._describer = Describer(secrets)
        self._values = _Values()

    def read(self, error: BaseException) -> list[Failure]:
        """Return an exception, followed by those that it came from."""
        chain = self._chain(error, {id(error)}, 0)
        self._values.fill_in()
        for failure in chain:
            self._hide_in(failure)
        return chain

    def _chain(self, error: BaseException, seen: set[int], depth: int) -> list[Failure]:
        chain = [self._failure(error, "", seen, depth)]
        current = error
        while len(chain) < MOST_IN_CHAIN:
            if current.__cause__ is not None:
                current, relation = current.__cause__, _CAUSED
            elif current.__context__ is not None and not current.__suppress_context__:
                current, relation = current.__context__, _DURING
            else:
                break
            if id(current) in seen:
                break
            seen.add(id(current))
            chain.append(self._failure(current, relation, seen, depth))
        return chain

    def _failure(self, error: BaseException, relation: str, seen: set[int], depth: int) -> Failure:
        cls = type(error)
        kind = cls.__qualname__
        if cls.__module__ not in ("builtins", "__main__"):
            kind = f"{cls.__module__}.{kind}"
        frames, left_out = self._frames(error.__traceback__)
        failure = Failure(kind, "", [], relation, frames, left_out)
        if isinstance(error, SyntaxError) and error.filename is not None:
            failure.message = f"{error.msg}"
            frames.append(self._frame_of_syntax(error))
        else:
            read = partial(self._describer.message_of, error)
            self._values.add("", error, read, partial(setattr, failure, "message"))
        notes = getattr(error, "__notes__", None)
        if isinstance(notes, list | tuple):
            failure.notes = [
                note if isinstance(note, str) else own_repr(note) for note in notes[:MOST_IN_GROUP]
            ]
        if isinstance(error, BaseExceptionGroup) and depth < DEEPEST:
            more = len(error.exceptions) - MOST_IN_GROUP
            if more > 0:
                failure.notes.append(f"[{more:,} more exceptions of the group are not shown]")
            for member in error.exceptions[:MOST_IN_GROUP]:
                if id(member) not in seen:
                    seen.add(id(member))
                    failure.members.append(self._chain(member, seen, depth + 1))
        return failure

    def _frames(self, traceback: TracebackType | None) -> tuple[list[Frame], int]:
        found = [*_walk(traceback)]
        left_out = max(0, len(found) - FIRST_FRAMES - LAST_FRAMES)
        if left_out:
            found[FIRST_FRAMES : FIRST_FRAMES + left_out] = []
        return [self._frame(*item) for item in found], left_out

    def _frame(self, frame: FrameType, line: int, instruction: int) -> Frame:
        code = frame.f_code
        is_users = is_own(code.co_filename)
        lines = lines_around(
            code.co_filename, line, _columns(code, instruction, line), frame.f_globals
        )
        shown = Frame(shown_path(code.co_filename), line, code.co_name, is_users, lines)
        if is_users:
            self._add_values(frame, shown)
        else:
            self._note_secrets(frame)
        return shown

    def _add_values(self, frame: FrameType, shown: Frame) -> None:
        found = dict(frame.f_locals)
        current = " ".join(line.text for line in shown.lines if line.is_current)
        named = dict.fromkeys(_NAME.findall(current))
        for name in named:
            if name in frame.f_globals and not isinstance(frame.f_globals[name], CODE):
                found.setdefault(name, frame.f_globals[name])
        names = [name for name in named if name in found]
        if frame.f_code.co_name == "<module>":  # whose variables are all of its functions, too
            names = [name for name in names if not isinstance(found[name], CODE)]
        else:
            names += [name for name in found if name not in named]
        names = [name for name in names if not name.startswith(("__", "."))]
        shown.values = dict.fromkeys(names[:MOST_VALUES], "")
        for name in names[:MOST_SEARCHED_VALUES]:
            describe = partial(self._describer.describe, name, found[name])
            self._values.add(name, found[name], describe, partial(_put, shown.values, name))

    def _note_secrets(self, frame: FrameType) -> None:
        """Hide what has the name of a secret in a library, which may be in its messages."""
        for name, value in [*frame.f_locals.items()]:
            if is_secret(name) and isinstance(value, str | bytes):
                self._secrets.add(value)

    def _frame_of_syntax(self, error: SyntaxError) -> Frame:
        file, line = error.filename or "<unknown>", error.lineno or 1
        start = (error.offset or 1) - 1
        is_on_line = error.end_lineno == error.lineno and (error.end_offset or 0) > start + 1
        end = (error.end_offset or 0) - 1 if is_on_line else start + 1
        lines = lines_around(file, line, (start, max(end, start + 1)))
        if not lines and error.text:
            lines = [SourceLine(line, error.text.rstrip("\n"), True, (start, end))]
        return Frame(shown_path(file), line, "", is_own(file), lines)

    def _hide_in(self, failure: Failure) -> None:
        secrets = self._secrets
        failure.message = self._hidden(failure.message)
        failure.notes = [self._hidden(note) for note in failure.notes]
        for frame in failure.frames:
            for line in frame.lines:
                _hide_in_line(secrets, line)
            frame.values = {name: self._hidden(text) for name, text in frame.values.items()}
        for chain in failure.members:
            for member in chain:
                self._hide_in(member)

    def _hidden(self, text: str) -> str:
        return shortened(self._secrets.hide(text), MOST_CHARACTERS)


def _put(values: dict[str, str], name: str, text: str) -> None:
    """Keep the description of a value that is shown."""
    if name in values:
        values[name] = text


def _hide_in_line(secrets: Secrets, line: SourceLine) -> None:
    """Hide secrets in a line of code. Its mark is dropped if the line changes."""
    text = secrets.hide_in_code(line.text)
    if text != line.text:
        line.text, line.marked = text, None


def lines_around(
    file: str,
    line: int,
    marked: tuple[int, int] | None = None,
    module_globals: dict[str, object] | None = None,
) -> list[SourceLine]:
    """Return the lines of a source around one of them."""
    lines = linecache.getlines(file, module_globals)
    first = max(1, line - LINES_BEFORE)
    return [
        SourceLine(
            number,
            lines[number - 1].rstrip("\r\n")[:LONGEST_LINE],
            number == line,
            marked if number == line else None,
        )
        for number in range(first, min(len(lines), line + LINES_BEHIND) + 1)
    ]


def _walk(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno, traceback.tb_lasti
        traceback = traceback.tb_next


def _columns(code: CodeType, instruction: int, line: int) -> tuple[int, int] | None:
    """Return the columns of an instruction, in characters, if all of it is on this line."""
    if instruction < 0:
        return None
    positions = [*code.co_positions()]
    if instruction // 2 >= len(positions):
        return None
    first, last, start, end = positions[instruction // 2]
    if first != line or last != line or start is None or end is None:
        return None
    text = linecache.getline(code.co_filename, line).encode()
    return len(text[:start].decode(errors="replace")), len(text[:end].decode(errors="replace"))
