"""The operations of a plan: frozen data that speaks HTTP.

A plan is a tuple of operations in the order of execution. Operations name the values they
produce and use by slots; they hold no Python text, and of the framework's objects only opaque ones
(callables, validators) which they pass on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Literal

Source = Literal["path", "query", "header", "cookie", "form"]
CallKind = Literal["async", "sync", "async generator", "generator"]
Provided = Literal["request", "response", "background tasks", "security scopes"]
Scope = Literal["file", "request", "function"]
Rendering = Literal["text", "json"]
StreamForm = Literal["json lines", "events", "chunks"]


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a value: `role` says what it is, `name` what the user calls it."""

    role: Literal["arg", "dep"]
    name: str
    index: int

    def __str__(self) -> str:
        return f"{self.role} {self.name}#{self.index}"


@dataclass(frozen=True, slots=True)
class Default:
    """What a parameter is when the request does not have it."""

    kind: Literal["required", "constant", "copied", "made"]
    value: Any = None

    def __str__(self) -> str:
        if self.kind == "required":
            return "required"
        return f"else {getattr(self.value, '__name__', None) or repr(self.value)}"


Arguments = tuple[tuple[str, Slot], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a plan."""

    def __str__(self) -> str:
        shown = (_show(item.name, getattr(self, item.name)) for item in fields(self) if item.repr)
        return " ".join([type(self).__name__, *(text for text in shown if text)])


@dataclass(frozen=True, slots=True)
class OpenCleanup(Operation):
    """Open the exit stack of a scope, for dependencies with `yield` and files of a form.

    `entered` says what kind of generators enters it; `async generator` if there are both.
    """

    scope: Scope
    entered: CallKind | Literal["form"] | None = None


@dataclass(frozen=True, slots=True)
class CloseCleanup(Operation):
    """Leave what was entered on the exit stack of a scope."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class ExposeRequest(Operation):
    """Make the Request object.

    When it is shown to code of users, its scope has everything that they may look for.
    """

    to_user_code: bool = True


@dataclass(frozen=True, slots=True)
class PrepareResponse(Operation):
    """Make the response object that dependencies and the endpoint may fill."""


@dataclass(frozen=True, slots=True)
class PrepareBackground(Operation):
    """Make the list of background tasks."""


@dataclass(frozen=True, slots=True)
class ReadValues(Operation):
    """Index what one part of the request carries, for the parameters that follow.

    It is done once and early, unless a dependency that gets the request may change that part.
    """

    source: Source
    many: bool = False


@dataclass(frozen=True, slots=True)
class ReadBody(Operation):
    """Read the body; parse it when it is JSON."""

    strict_content_type: bool = True


@dataclass(frozen=True, slots=True)
class ReadForm(Operation):
    """Read and parse the form, within limits."""

    limits: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadParameter(Operation):
    """Read one parameter from path, query, headers, cookies or a form, and validate it."""

    into: Slot
    source: Source
    keys: tuple[str, ...]
    many: bool
    default: Default
    validator: Any = field(repr=False)
    #: Whether the bytes of uploaded files are wanted, not the files.
    contents: bool = False
    #: Whether reading it certainly runs no code of users.
    is_builtin: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class ReadModel(Operation):
    """Read a parameter model: a group of parameters of one source, or all of a form."""

    into: Slot
    source: Source
    model: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReadBodyValue(Operation):
    """Validate the whole body (no keys), or one member of it."""

    into: Slot
    keys: tuple[str, ...]
    default: Default
    validator: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Provide(Operation):
    """Hand over what the framework provides."""

    into: Slot
    what: Provided
    scopes: tuple[str, ...] = ()


Read = ReadParameter | ReadModel | ReadBodyValue


@dataclass(frozen=True, slots=True)
class ValidateGroup(Operation):
    """The parameters of one callable, read and validated together.

    If one of them is wrong, the request is finished on the generic path, which gets the values and
    the error so far and goes on from there.
    """

    owner: str
    reads: tuple[Read, ...] = field(repr=False)

    def __str__(self) -> str:
        lines = [f"ValidateGroup of {self.owner}", *(f"  {read}" for read in self.reads)]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class CallDependency(Operation):
    """Call a dependency and keep what it returns."""

    into: Slot
    call: Callable[..., Any]
    kind: CallKind
    arguments: Arguments
    limit: Any = None


@dataclass(frozen=True, slots=True)
class EnterDependency(Operation):
    """Enter a dependency with `yield`; it is left when its scope ends."""

    into: Slot
    call: Callable[..., Any]
    kind: CallKind
    arguments: Arguments
    scope: Scope
    limit: Any = None


@dataclass(frozen=True, slots=True)
class ReuseDependency(Operation):
    """Take the result of a dependency that this request has already called.

    Its parameters are validated once more before, as FastAPI does. A pass drops that where nobody
    can notice it; their values are then those of the first time, which `first` names.
    """

    into: Slot
    owner: str
    first: tuple[Slot, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class CheckOverrides(Operation):
    """Notice that a dependency changed the overrides under way."""


@dataclass(frozen=True, slots=True)
class CallEndpoint(Operation):
    """Call the endpoint; one of a kind of generator gives items, which are not asked for yet."""

    call: Callable[..., Any]
    kind: CallKind
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class ThreadSteps(Operation):
    """Calls of sync functions in one worker thread, with the small steps between them.

    Each call has a copy of the handler's context of its own. The rest is the generic path's if a
    parameter is wrong, the overrides have changed, or the request was cancelled.
    """

    steps: tuple[Operation, ...]

    def __str__(self) -> str:
        lines = [line for step in self.steps for line in str(step).split("\n")]
        return "\n".join(["ThreadSteps", *(f"  {line}" for line in lines)])


@dataclass(frozen=True, slots=True)
class SerializeModel(Operation):
    """Validate the result against the response model, then serialize it.

    `to_bytes` says whether it becomes JSON at once, or data for the response class.
    """

    validator: Any = field(repr=False)
    serializer: Any = field(repr=False)
    options: tuple[tuple[str, Any], ...]
    to_bytes: bool
    in_thread: bool


@dataclass(frozen=True, slots=True)
class SerializeJson(Operation):
    """Encode a result without a model as JSON bytes."""


@dataclass(frozen=True, slots=True)
class SerializeData(Operation):
    """Turn a result without a model into JSON-native data for the response class."""


@dataclass(frozen=True, slots=True)
class RenderContent(Operation):
    """Turn text or data into bytes, as the response class would."""

    form: Rendering


@dataclass(frozen=True, slots=True)
class PrepareHead(Operation):
    """Decide status and headers of bytes; the injected response may change them."""

    status: int
    media_type: str


@dataclass(frozen=True, slots=True)
class SendContent(Operation):
    """Send the prepared head, then the bytes."""

    status: int


@dataclass(frozen=True, slots=True)
class BuildResponse(Operation):
    """Make a response of a class out of the content."""

    response_class: Any
    status: int | None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class StreamItems(Operation):
    """Make a response out of the items of a generator endpoint.

    Items are validated and serialized one by one; without a validator they are of any type. Chunks
    are for a response class, which gets them as they are.
    """

    form: StreamForm
    is_async: bool
    status: int | None
    response_class: Any = None
    validator: Any = field(default=None, repr=False)
    serializer: Any = field(default=None, repr=False)
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class SendResponse(Operation):
    """Send the response that was built."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a request to one route needs, in order."""

    label: str
    endpoint: str
    operations: tuple[Operation, ...]

    def __str__(self) -> str:
        return self.describe()

    def describe(self) -> str:
        """The plan as text, one operation a line."""
        lines = [f"{self.label} -> {self.endpoint}"]
        for number, operation in enumerate(self.operations, start=1):
            first, *rest = str(operation).split("\n")
            lines.append(f"{number:>3}. {first}")
            lines.extend(f"     {line}" for line in rest)
        return "\n".join(lines)

    @property
    def every(self) -> Iterator[Operation]:
        """The operations; in the place of joined ones, each of them."""
        for operation in self.operations:
            yield from operation.steps if isinstance(operation, ThreadSteps) else (operation,)

    def has(self, *kinds: type[Operation]) -> bool:
        """Whether an operation of one of these kinds is in the plan."""
        return any(isinstance(operation, kinds) for operation in self.every)


def callable_name(call: Any) -> str:
    """`module.qualified_name` of a callable, for labels and docstrings."""
    # Nothing but dunder names: a proxy may record, or make, the attributes that it is asked for.
    named = call.func if isinstance(call, partial) else call
    named = named if hasattr(named, "__qualname__") else type(named)
    module = getattr(named, "__module__", None) or "?"
    return f"{module}.{getattr(named, '__qualname__', type(call).__qualname__)}"


def _show(name: str, value: Any) -> str:
    if value is None or value is False or value == ():
        return ""
    if value is True:
        return name.replace("_", " ")
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return " or ".join(value)
    if isinstance(value, tuple) and all(isinstance(item, tuple) for item in value):
        return "(" + ", ".join(f"{name}={item}" for name, item in value) + ")"
    if isinstance(value, type):
        return value.__name__
    return callable_name(value) if callable(value) else str(value)
