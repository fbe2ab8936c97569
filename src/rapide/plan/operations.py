"""The operations of a plan: frozen data in the terms of HTTP.

A plan is a tuple of operations in the order of execution. Operations refer to the values that they
produce and use by slots. They contain no Python text. They may contain opaque objects (callables,
validators), which they only pass on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from rapide.plan.described import Operation as Operation
from rapide.plan.described import callable_name as callable_name
from rapide.plan.described import frozen_data as frozen_data

Source = Literal["path", "query", "header", "cookie", "form", "argument"]
CallKind = Literal["async", "sync", "async generator", "generator"]
Provided = Literal[
    "request", "response", "background tasks", "security scopes", "connection", "no credentials"
]
Scope = Literal["file", "request", "function"]
Rendering = Literal["text", "json"]
StreamForm = Literal["json lines", "events", "chunks"]


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a value: `role` is its kind, `name` is the user's name for it."""

    role: Literal["arg", "dep"]
    name: str
    index: int

    def __str__(self) -> str:
        return f"{self.role} {self.name}#{self.index}"


@dataclass(frozen=True, slots=True)
class Default:
    """The value of a parameter that is missing in the request."""

    kind: Literal["required", "constant", "copied", "made"]
    value: object = None

    def __str__(self) -> str:
        if self.kind == "required":
            return "required"
        return f"else {getattr(self.value, '__name__', None) or repr(self.value)}"


Arguments = tuple[tuple[str, Slot], ...]


@frozen_data
class OpenCleanup(Operation):
    """Open the exit stack of a scope, for dependencies with `yield` and files of a form.

    `entered` is the kind of generators that enter the stack; `async generator` if there are both.
    """

    scope: Scope
    entered: CallKind | Literal["form"] | None = None


@frozen_data
class CloseCleanup(Operation):
    """Exit everything that was entered on the exit stack of a scope."""

    scope: Scope


@frozen_data
class ExposeRequest(Operation):
    """Make the Request object.

    If user code gets it, its scope has everything that the code may look for. With `before_body`,
    the query and the cookies follow with `ShowParameters`, because FastAPI reads them after the
    body, and never if the body cannot be read or parsed.
    """

    to_user_code: bool = True
    before_body: bool = False


@frozen_data
class ShowParameters(Operation):
    """Store the query and the cookies in a Request object that was made before the body."""


@frozen_data
class PrepareResponse(Operation):
    """Make the response object that dependencies and the endpoint may fill."""


@frozen_data
class PrepareBackground(Operation):
    """Make the list of background tasks."""


@frozen_data
class ReadValues(Operation):
    """Index one part of the request for the parameters that follow.

    This happens once and early, unless a dependency that gets the request may change that part.
    """

    source: Source
    many: bool = False


@frozen_data
class ReadBody(Operation):
    """Read the body, and parse it if it is JSON.

    With `decode`, the value of the only body parameter is made from the JSON document in one step.
    If that fails, the generic path reads the body again and reports the errors.

    With `validate`, the same is tried first, by a function that runs no code of the application's.
    If that fails, the body is parsed after all.
    """

    strict_content_type: bool = True
    decode: object = field(default=None, repr=False)
    validate: object = field(default=None, repr=False)

    def __str__(self) -> str:
        # `slots=True` makes another class, which `super()` does not know.
        shown = Operation.__str__(self)
        is_parsed = self.decode is None and self.validate is None
        return shown if is_parsed else f"{shown} into the parameter"


@frozen_data
class ReadForm(Operation):
    """Read and parse the form, within its limits."""

    limits: tuple[tuple[str, object], ...] = ()


@frozen_data
class ReadParameter(Operation):
    """Read one parameter from path, query, headers, cookies or a form, and validate it.

    The parameter of a job comes from the job's arguments. Without keys, it always has its default.
    """

    into: Slot
    source: Source
    keys: tuple[str, ...]
    many: bool
    default: Default
    validator: object = field(repr=False)
    #: Whether the parameter needs the bytes of uploaded files instead of the files.
    contents: bool = False
    #: Whether reading it is certain to run no user code.
    is_builtin: bool = field(default=False, repr=False)
    #: Whether its value is certain to be of JSON's own types.
    is_plain: bool = field(default=False, repr=False)


@frozen_data
class ReadModel(Operation):
    """Read a parameter model: a group of parameters of one source, or a whole form."""

    into: Slot
    source: Source
    model: object = field(repr=False)


@frozen_data
class ReadBodyValue(Operation):
    """Validate the whole body (no keys), or one member of it."""

    into: Slot
    keys: tuple[str, ...]
    default: Default
    validator: object = field(repr=False)
    #: The class of the model, if validating it is certain to run no user code.
    model: type | None = field(default=None, repr=False)
    #: The validator for JSON documents, if its values are certain to be those of `validator`.
    validate_document: object = field(default=None, repr=False)


@frozen_data
class Provide(Operation):
    """Provide an object of the framework."""

    into: Slot
    what: Provided
    scopes: tuple[str, ...] = ()


Read = ReadParameter | ReadModel | ReadBodyValue

#: The owner of the group with the parameters of the endpoint, which is the last one.
ENDPOINT: Final = "the endpoint"


@frozen_data
class ValidateGroup(Operation):
    """Read and validate the parameters of one callable together.

    If one of them is wrong, the generic path finishes the request. It gets the values and the error
    so far and continues from there.
    """

    owner: str
    reads: tuple[Read, ...] = field(repr=False)

    def __str__(self) -> str:
        lines = [f"ValidateGroup of {self.owner}", *(f"  {read}" for read in self.reads)]
        return "\n".join(lines)


@frozen_data
class CallDependency(Operation):
    """Call a dependency and keep what it returns."""

    into: Slot
    call: Callable[..., object]
    kind: CallKind
    arguments: Arguments
    limit: object = None
    #: Whether it only builds a value; see `pure.py`.
    is_pure: bool = False


@frozen_data
class ReadCredentials(Operation):
    """Read the credentials for a security scheme of our own, and refuse missing or wrong ones.

    `check` is the scheme's method for a part of the request.
    """

    into: Slot
    scheme: str
    source: Source
    check: Callable[..., object] = field(repr=False)


@frozen_data
class EnterDependency(Operation):
    """Enter a dependency with `yield`, which exits when its scope ends."""

    into: Slot
    call: Callable[..., object]
    kind: CallKind
    arguments: Arguments
    scope: Scope
    limit: object = None


@frozen_data
class ReuseDependency(Operation):
    """Take the result of a dependency that this request has already called.

    Its parameters are validated again first, as in FastAPI. A pass drops this validation if nobody
    can observe it. The parameters then have the values of the first time, which `first` names.
    """

    into: Slot
    owner: str
    first: tuple[Slot, ...] = field(default=(), repr=False)


@frozen_data
class CheckOverrides(Operation):
    """Check whether a dependency has changed the overrides during the request."""


@frozen_data
class RecallAnswer(Operation):
    """Answer the request with a kept response, in place of the endpoint, if there is one."""

    #: What keeps the answers, as text.
    kept: str
    arguments: Arguments

    def __str__(self) -> str:
        return f"RecallAnswer {self.kept}"


@frozen_data
class CallEndpoint(Operation):
    """Call the endpoint. If it is a generator, the result is its items, which are read later."""

    call: Callable[..., object]
    kind: CallKind
    arguments: Arguments
    #: Whether it only builds a value; see `pure.py`.
    is_pure: bool = False


@frozen_data
class ThreadSteps(Operation):
    """Call sync functions in one worker thread, with the small steps between them.

    Each call has its own copy of the handler's context. The generic path does the rest if a
    parameter is wrong, the overrides have changed, or the request was cancelled.
    """

    steps: tuple[Operation, ...]

    def __str__(self) -> str:
        lines = [line for step in self.steps for line in str(step).split("\n")]
        return "\n".join(["ThreadSteps", *(f"  {line}" for line in lines)])


class Serializer(Protocol):
    """The serializer of a model, as generated code calls it."""

    @property
    def to_json(self) -> Callable[..., bytes]:
        """The function that returns JSON."""
        ...

    @property
    def to_python(self) -> Callable[..., object]:
        """The function that returns data."""
        ...


@dataclass(frozen=True, slots=True)
class WrittenType:
    """A type whose values need no Pydantic if their classes are exactly those that are declared.

    `nodes` describes the type to the encoder.
    """

    nodes: tuple[tuple[object, ...], ...] = field(repr=False)
    options: tuple[tuple[str, bool], ...]
    #: Whether these values need no validation, too.
    is_valid: bool

    @property
    def model(self) -> object:
        """The class of the model that the type is, if it is one."""
        kind, *parts = self.nodes[0]
        return parts[0] if kind == "model" else None


@frozen_data
class SerializeModel(Operation):
    """Validate the result against the response model, then serialize it.

    `to_bytes` says whether the result is JSON bytes or data for the response class.
    """

    validator: object = field(repr=False)
    serializer: Serializer = field(repr=False)
    options: tuple[tuple[str, object], ...]
    to_bytes: bool
    in_thread: bool
    written: WrittenType | None = field(default=None, repr=False)
    #: Whether the validation is certain to run no user code.
    is_builtin: bool = field(default=False, repr=False)


@frozen_data
class SerializeJson(Operation):
    """Encode a result without a model as JSON bytes."""


@frozen_data
class SerializeData(Operation):
    """Turn a result without a model into JSON-native data for the response class."""


@frozen_data
class RenderContent(Operation):
    """Turn text or data into bytes, with the same result as the response class."""

    form: Rendering


@frozen_data
class PrepareHead(Operation):
    """Decide the status and headers of the content; the injected response may change them."""

    status: int
    media_type: str


@frozen_data
class SendContent(Operation):
    """Send the prepared head, then the content."""

    status: int


@frozen_data
class BuildResponse(Operation):
    """Make a response of the declared class from the content."""

    response_class: object
    status: int | None
    media_type: str | None = None


@frozen_data
class StreamItems(Operation):
    """Make a response from the items of a generator endpoint.

    Items are validated and serialized one by one; without a validator they may be of any type.
    A response class of the user's gets the items unchanged, as chunks.
    """

    form: StreamForm
    is_async: bool
    status: int | None
    response_class: object = None
    validator: object = field(default=None, repr=False)
    serializer: Any = field(default=None, repr=False)
    options: tuple[tuple[str, object], ...] = ()


@frozen_data
class SendResponse(Operation):
    """Send the response that was built."""


@frozen_data
class ExposeConnection(Operation):
    """Make the object with which the dependencies of a job reach the application and its state."""


@frozen_data
class RunBackground(Operation):
    """Run the background tasks of a job."""


@frozen_data
class ReturnResult(Operation):
    """Return what the function of a job has returned."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a request to one route needs, in order."""

    label: str
    endpoint: str
    operations: tuple[Operation, ...]
    #: The lane of the calls in worker threads, for people; None for the default lane.
    lane: str | None = None

    def __str__(self) -> str:
        return self.describe()

    def describe(self) -> str:
        """Return the plan as text, one operation per line."""
        lines = [f"{self.label} -> {self.endpoint}"]
        if self.lane is not None:
            lines.append(f"     threads: {self.lane}")
        for number, operation in enumerate(self.operations, start=1):
            first, *rest = str(operation).split("\n")
            lines.append(f"{number:>3}. {first}")
            lines.extend(f"     {line}" for line in rest)
        return "\n".join(lines)

    @property
    def every(self) -> Iterator[Operation]:
        """Yield all operations, joined ones one by one."""
        for operation in self.operations:
            yield from operation.steps if isinstance(operation, ThreadSteps) else (operation,)

    @property
    def uses_threads(self) -> bool:
        """Whether a request makes calls in worker threads."""
        return any(
            isinstance(operation, CallDependency | CallEndpoint | EnterDependency)
            and operation.kind in ("sync", "generator")
            and not getattr(operation, "is_pure", False)
            for operation in self.every
        )

    def has(self, *kinds: type[Operation]) -> bool:
        """Return whether an operation of one of these kinds is in the plan."""
        return any(isinstance(operation, kinds) for operation in self.every)
