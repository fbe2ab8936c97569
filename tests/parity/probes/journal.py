"""What user code can see, written down so that two frameworks compare equal.

Objects are numbered in the order in which they appear, so the same number is the same object. Of
exceptions, the journal has class, text, notes, causes and the frames that are user code.
"""

from __future__ import annotations

import asyncio
import enum
import re
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.background import BackgroundTask, BackgroundTasks
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

#: Where the source of the applications claims to be.
FILENAME = "<probes>"
ADDRESS = re.compile(r"\b0x[0-9a-f]+")
PLAIN = (type(None), bool, int, float, str, bytes, bytearray)
#: Private classes, which have another name here.
OWN_NAMES = {
    "_CachedRequest": "Request",
    "ReplayingRequest": "Request",
    "DirectRequest": "Request",
    "EventStream": "StreamingResponse",
}
#: What an exception follows because it went through the tasks and streams of a middleware.
TASKS = ("ExceptionGroup", "EndOfStream", "WouldBlock", "Cancelled")
VARIABLES = tuple(ContextVar[str](f"probe_{n}", default="-") for n in range(2))


#: Exceptions whose texts are the framework's, or name variables of its code.
OF_THE_FRAMEWORK = ("FastAPIError", "DependencyScopeError", "UnboundLocalError", "CancelledError")


class Journal:
    """The journal of one application on one framework."""

    def __init__(self, log: list[Any], root: str) -> None:
        self.log, self.root = log, root
        #: What is raised at the places that ask for it, in the request under way.
        self.raising: dict[str, str] = {}
        #: Who reads the request under way, and how.
        self.reads: dict[str, str] = {}
        self.is_closed = False
        #: Functions around direct answers share their task with what they call, as documented.
        self.compares_tasks = True
        self._numbers: dict[int, tuple[int, Any]] = {}
        self._tasks: dict[int, tuple[int, Any]] = {}
        #: Makes an exception of the framework by its kind.
        self.make: Any = None

    def forget(self) -> None:
        """Number objects and tasks from the beginning again."""
        self._numbers.clear()
        self._tasks.clear()

    # What applications call

    def call(self, name: str, /, **seen: Any) -> None:
        """Write down that a callable runs, where, and what it sees."""
        if not self.is_closed:
            values = {key: self.describe(value) for key, value in seen.items()}
            self.log.append((name, self.place(), values))

    def caught(self, name: str, error: BaseException) -> None:
        """Write down an exception that user code has in its hands."""
        if not self.is_closed:
            self.log.append((name, self.place(), self.describe_error(error)))

    def wants(self, name: str) -> bool:
        """Tell whether the request asks for an exception here."""
        return name in self.raising

    def error(self, name: str) -> BaseException:
        """Make the exception that the request asks for."""
        error: BaseException = self.make(self.raising[name], name)
        return error

    async def read(self, name: str, request: Any, way: str) -> Any:
        """Read a request in some way and write down what came of it."""
        try:
            result = await WAYS[way](request)
        except Exception as error:
            self.caught(f"{name} {way}", error)
            return None
        self.call(f"{name} {way}", result=result)
        return result

    async def at(self, name: str, request: Any) -> None:
        """Write down who has a request, leave a mark on it, and read or raise as asked."""
        self.call(name, request=request)
        setattr(request, f"mark_{name}", True)
        setattr(request.state, name, True)
        if name in self.reads:
            await self.read(name, request, self.reads[name])
        if self.wants(name):
            raise self.error(name)

    # How it is written

    def place(self) -> tuple[Any, ...]:
        variables = [variable.get() for variable in VARIABLES]
        if threading.current_thread() is not threading.main_thread():
            return ("worker", *variables)
        if not self.compares_tasks:
            return ("event loop", *variables)
        task = current_task()
        number = self._tasks.setdefault(id(task), (len(self._tasks), task))[0]
        return (f"task {number}", *variables)

    def number(self, thing: Any) -> int:
        return self._numbers.setdefault(id(thing), (len(self._numbers), thing))[0]

    def describe(self, value: Any) -> Any:
        """Render a value with its exact type, and the identity of what has one."""
        if type(value) in PLAIN:
            return value if isinstance(value, bool | None) else f"{type(value).__name__} {value!r}"
        if isinstance(value, BaseException):
            return self.describe_error(value)
        if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
            return f"{self.module(value)}{value.__qualname__}"
        if isinstance(value, enum.Enum):
            return f"{type(value).__name__}.{value.name}"
        if type(value) is tuple:
            return ("tuple", [self.describe(item) for item in value])
        kind = OWN_NAMES.get(type(value).__name__, type(value).__name__)
        named = f"{kind}#{self.number(value)}"
        for kind, show in SHOWN:
            if isinstance(value, kind):
                return (named, *(self.describe(part) for part in show(value)))
        if isinstance(value, dict):
            return (named, [(self.describe(k), self.describe(v)) for k, v in value.items()])
        if isinstance(value, list | tuple):
            return (named, [self.describe(item) for item in value])
        if isinstance(value, set | frozenset):
            return (named, sorted(str(self.describe(item)) for item in value))
        if type(value).__module__.partition(".")[0] in ("decimal", "datetime", "uuid", "pathlib"):
            return f"{type(value).__name__} {value!r}"
        return named

    def module(self, value: Any) -> str:
        module = str(getattr(value, "__module__", ""))
        return f"{module}:".replace(self.root, "fastapi", 1)

    def text(self, value: Any) -> str:
        return ADDRESS.sub("0x…", str(value)).replace(self.root, "fastapi")

    def describe_error(self, error: BaseException) -> Any:
        """Render an exception, what it carries, what it follows, and the user's frames."""
        told: dict[str, Any] = {"text": self.text(error), "frames": frames(error)}
        # Of a declaration error there is a class for each mistake here, which says where it is.
        name = type(error).__name__.replace("ScopeMismatchError", "DependencyScopeError")
        if name in OF_THE_FRAMEWORK:
            told["text"] = "in the words of the framework"
        if notes := getattr(error, "__notes__", None):
            told["notes"] = [self.text(note) for note in notes]
        followed = [name for name in followed_by(error) if not name.endswith(TASKS)]
        if not self.compares_tasks:
            followed = [name.replace("from", "during") for name in followed]
        if followed:
            told["follows"] = followed
        if isinstance(error, BaseExceptionGroup):
            told["group"] = [self.describe_error(inner) for inner in error.exceptions]
        if isinstance(error, HTTPException):
            carried = (error.status_code, error.detail, error.headers)
            told["carries"] = [self.describe(part) for part in carried]
        elif hasattr(error, "errors") and not isinstance(error, ValidationError):
            told["errors"] = self.describe(error.errors())
            told["body"] = self.describe(getattr(error, "body", None))
        return (f"{name}#{self.number(error)}", told)


def current_task() -> Any:
    try:
        return asyncio.current_task()
    except RuntimeError:
        import trio

        return trio.lowlevel.current_task()


def frames(error: BaseException) -> list[tuple[str, int]]:
    """Return the name and the line of each frame of user code."""
    found, entry = [], error.__traceback__
    while entry is not None:
        code = entry.tb_frame.f_code
        if code.co_filename == FILENAME:
            found.append((code.co_name, entry.tb_lineno))
        entry = entry.tb_next
    return found


def followed_by(error: BaseException) -> Iterator[str]:
    """Name the classes of causes and contexts as a traceback would show them."""
    for _ in range(4):
        if error.__cause__ is not None:
            error = error.__cause__
            yield f"from {type(error).__name__}"
        elif error.__context__ is not None and not error.__suppress_context__:
            error = error.__context__
            yield f"during {type(error).__name__}"
        else:
            return


def _model(model: BaseModel) -> Any:
    return dict(model.__dict__), model.model_fields_set, model.__pydantic_extra__


def _connection(connection: HTTPConnection) -> Any:
    marks = {key: value for key, value in vars(connection).items() if key.startswith("mark")}
    state = connection.scope.get("state")
    kept = getattr(state, "_state", state)
    return marks, sorted(f"{key}={value}" for key, value in (kept or {}).items())


def _upload(file: UploadFile) -> Any:
    content = "closed"
    if not file.file.closed:
        place = file.file.tell()
        content = file.file.read()
        file.file.seek(place)
    return file.filename, file.size, file.content_type, list(file.headers.items()), content


SHOWN: tuple[tuple[type, Any], ...] = (
    (BaseModel, _model),
    (HTTPConnection, _connection),
    (UploadFile, _upload),
    (FormData, lambda form: (form.multi_items(),)),
    (BackgroundTasks, lambda tasks: (tasks.tasks,)),
    (BackgroundTask, lambda task: (task.func, task.args, task.kwargs)),
    (Response, lambda r: (r.status_code, r.raw_headers, getattr(r, "background", None))),
)


async def _stream(request: Any) -> list[bytes]:
    return [part async for part in request.stream()]


async def _form(request: Any) -> Any:
    return (await request.form()).multi_items()


WAYS: dict[str, Any] = {
    "body": lambda request: request.body(),
    "json": lambda request: request.json(),
    "form": _form,
    "stream": _stream,
}
