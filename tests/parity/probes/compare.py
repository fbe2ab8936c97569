"""Run one probed application on FastAPI and on our paths, and list where the journals part."""

from __future__ import annotations

import functools
import linecache
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import CodeType

from ..client import Answer, Req
from ..harness import MODES, ORACLE, SUBJECT, Framework, forget_endpoints, path_of_execution
from .description import Application, Sent
from .driver import HANGS, Call, drive
from .journal import FILENAME, Journal
from .prelude import namespace
from .source import source

FRAMES = re.compile(r"'frames': \[([^]]*)\]")
FOLLOWS = re.compile(r", 'follows': \[[^]]*\]")
FRAME = re.compile(r"\(([^)]*)\)")
STREAM = re.compile(r" ends'|StreamingResponse\(")
#: Of an application with a stream: what runs in tasks that do not wait for each other.
TASKS = ("call_next", "EventSourceResponse", "self.app = app")
PATHS = ("compiled", "generic", "direct")


@dataclass
class Seen:
    """What was seen of an application on one path."""

    refused: str | None = None
    #: Whether streams and middleware run in tasks that do not wait for each other.
    is_unordered: bool = False
    #: Whether functions of middleware are inside of others.
    is_nested: bool = False
    answers: list[Answer] = field(default_factory=list)
    warned: list[list[str]] = field(default_factory=list)


@functools.lru_cache(maxsize=4)
def _compiled(text: str) -> CodeType:
    return compile(text, FILENAME, "exec", dont_inherit=True)


def observe(text: str, calls: Sequence[Call], root: str, mode: str) -> Seen:
    """Build the application on a framework and make the calls."""
    backend, is_generic = MODES[mode]
    fw = Framework(root)
    fw.is_direct = mode == "direct" and root != ORACLE
    journal = Journal(fw.log, root)
    journal.compares_tasks = "call_next" not in text
    forget_endpoints()
    linecache.cache[FILENAME] = (len(text), None, text.splitlines(True), FILENAME)
    seen = Seen(
        is_unordered=STREAM.search(text) is not None and any(word in text for word in TASKS),
        is_nested=text.count("await call_next(") > 1,
    )
    with path_of_execution(root, is_generic), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)
        names = namespace(fw, journal)
        try:
            exec(_compiled(text), names)
        except Exception as error:
            seen.refused = " ".join(base.__name__ for base in type(error).__mro__)
            return seen
        seen.warned.append([w.category.__name__ for w in caught if not _is_chance(w)])
        caught.clear()
        seen.answers = drive(names["app"], calls, fw, journal, backend)
        seen.warned.append(
            [
                f"{w.category.__name__}: {journal.text(w.message)}"
                for w in caught
                if not _is_chance(w)
            ]
        )
    return seen


def _is_chance(warning: warnings.WarningMessage) -> bool:
    """Whether a warning depends on when the garbage collector came by."""
    return "was never awaited" in str(warning.message)


def _call(sent: Sent) -> Call:
    request = Req(sent.method, sent.target, sent.headers, content=list(sent.content) or b"")
    return Call(request, dict(sent.raising))


def parted(expected: Seen, actual: Seen, is_direct: bool) -> list[str]:
    """List in words where two observations part, up to the first request that differs."""
    if expected.refused or actual.refused:
        accepted = expected.refused and actual.refused
        return [] if accepted else [f"refused: {expected.refused!r}, here {actual.refused!r}"]
    for index, (left, right) in enumerate(zip(expected.answers, actual.answers, strict=True)):
        if found := _answers_parted(left, right, is_direct, expected):
            return [f"call {index}: {left.label}", *found]
    if expected.warned != actual.warned:
        return [f"warnings: {expected.warned!r}, here {actual.warned!r}"]
    return []


def _answers_parted(left: Answer, right: Answer, is_direct: bool, seen: Seen) -> list[str]:
    found = []
    if seen.is_unordered and is_direct and left.raised == HANGS:
        return []  # the body came before somebody listened for the client to leave
    if seen.is_unordered:
        left, right = (_without_order(each, is_direct, seen.is_nested) for each in (left, right))
    for index in range(max(len(left.log), len(right.log))):
        one = left.log[index] if index < len(left.log) else "nothing"
        other = right.log[index] if index < len(right.log) else "nothing"
        if one != other and not _same_but_for_lost_frames(str(one), str(other)):
            found.append(f"journal {index}:\n    {ORACLE}: {one!r}\n    here:    {other!r}")
            break
    if b"Exception Group Traceback" in b"".join(left.chunks)[:40]:
        # It tells of the task group of a middleware. The exception itself is compared.
        left, right = (replace(side, chunks=[], headers=[]) for side in (left, right))
    left, right = told_in_debug(left), told_in_debug(right)
    for name in ("status", "raised", "messages", "chunks"):
        one, other = getattr(left, name), getattr(right, name)
        if name == "chunks" and is_direct and left.status in {204, 205, 304}:
            continue
        if one != other and not (
            name == "raised" and _same_but_for_lost_frames(str(one), str(other))
        ):
            found.append(f"{name}:\n    {ORACLE}: {one!r}\n    here:    {other!r}")
    one, other = left.headers, right.headers
    if is_direct:
        one, other = sorted(_sent(one, left.status)), sorted(_sent(other, right.status))
    if one != other:
        found.append(f"headers:\n    {ORACLE}: {one!r}\n    here:    {other!r}")
    return found


def _same_but_for_lost_frames(expected: str, actual: str) -> bool:
    """Whether only frames are missing, which FastAPI loses between the tasks of middleware.

    The last contexts may be missing, too: CPython forgets which exceptions a coroutine handles when
    a task group inside of it was cancelled.
    """
    actual = FOLLOWS.sub(
        functools.partial(_without_lost_contexts, FOLLOWS.search(expected)), actual
    )
    if FRAMES.sub("", expected) != FRAMES.sub("", actual):
        return False
    pairs = zip(FRAMES.findall(expected), FRAMES.findall(actual), strict=True)
    return all(_is_part_of(FRAME.findall(one), FRAME.findall(other)) for one, other in pairs)


def _without_lost_contexts(expected: re.Match[str] | None, actual: re.Match[str]) -> str:
    """Return what an exception follows as FastAPI tells it, if ours begins with that."""
    told = "" if expected is None else expected[0]
    return told if actual[0].startswith(told.removesuffix("]")) else actual[0]


def _is_part_of(some: list[str], others: list[str]) -> bool:
    remaining = iter(others)
    return all(frame in remaining for frame in some)


def _without_order(answer: Answer, is_direct: bool, is_nested: bool) -> Answer:
    """Keep what happened, but not when, nor the numbers that depend on it.

    Over a connection, a body comes later, and nobody may have taken it when the stream ends. Behind
    a function that has answered otherwise, a stream that runs in threads goes on until it is
    stopped: how far depends on which of them is quicker, under FastAPI too. Inside of several
    functions, how far any stream goes on depends on the turns that each of them takes.
    """
    is_replaced = answer.status == REPLACED

    def is_left_out(entry: str) -> bool:
        is_raced = is_replaced and (is_nested or "('worker', " in entry)
        is_late = is_raced and re.search(r" (tells|ends)'", entry)
        return bool(is_late) or (is_direct and " heard'" in entry)

    entries = [re.sub(r"#\d+", "#", str(entry)) for entry in answer.log]
    kept = [entry for entry in entries if not is_left_out(entry)]
    raised = answer.raised and re.sub(r"#\d+", "#", str(answer.raised))
    return replace(answer, log=sorted(kept), raised=raised)


def told_in_debug(answer: Answer) -> Answer:
    """Keep of a page with a traceback only what it says of user code; leave our own words out."""
    if b"Response not awaited." in b"".join(answer.chunks):
        headers = [pair for pair in answer.headers if pair[0] != b"content-length"]
        answer = replace(answer, chunks=[b"Response not awaited."], headers=headers)
    body = b"".join(answer.chunks)
    if b"cannot access local variable" in body:
        # A handler has told the error of a route whose dependency has swallowed an exception.
        headers = [pair for pair in answer.headers if pair[0] != b"content-length"]
        words = re.sub(rb"local variable '\w+'", b"local variable", body)
        answer = replace(answer, chunks=[words], headers=headers)
    if not body.startswith(b"Traceback (most recent call last)"):
        return answer
    page = b"".join(answer.chunks).decode().replace(f"{SUBJECT}.", f"{ORACLE}.")
    page = re.sub(
        r"((?:FastAPIError|UnboundLocalError): ).*", r"\1in the words of the framework", page
    )
    # Ours is a subclass, raised where the route is prepared, and goes on with advice.
    scopes = r"(?s).*(?:ScopeMismatch|DependencyScope)Error: ([^\n]*).*"
    page = re.sub(scopes, r"DependencyScopeError: \1", page)
    kept = re.findall(rf'File "{FILENAME}".*', page) + page.rstrip().splitlines()[-1:]
    headers = [pair for pair in answer.headers if pair[0] != b"content-length"]
    return replace(answer, chunks=[line.encode() for line in kept], headers=headers)


def _sent(headers: list[tuple[bytes, bytes]], status: int | None) -> list[tuple[bytes, bytes]]:
    """Leave out what a server does not send."""
    is_bodiless = status in {204, 205, 304}
    return [pair for pair in headers if not (is_bodiless and pair[0] == b"content-length")]


#: The status of functions that answer in the place of the application.
REPLACED = 299
#: How often an application must differ to count.
TRIES = 3


def differences(app: Application, paths: Sequence[str] = PATHS) -> dict[str, list[str]]:
    """List the differences of an application for each path that has some."""
    text, calls = source(app), [_call(sent) for sent in app.calls]
    expected: dict[str, Seen] = {}
    found = {}
    for mode in paths:
        backend = MODES[mode][0]
        if backend not in expected:
            expected[backend] = observe(text, calls, ORACLE, mode)
        actual = observe(text, calls, SUBJECT, mode)
        said = parted(expected[backend], actual, mode == "direct")
        for _ in range(TRIES - 1):
            # A worker thread and the event loop may each be first, under FastAPI too.
            if said:
                once_more = [observe(text, calls, which, mode) for which in (ORACLE, SUBJECT)]
                said = parted(once_more[0], once_more[1], mode == "direct")
        if said:
            found[mode] = said
    return found
