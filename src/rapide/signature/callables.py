"""Find out how a callable is called and what its signature says.

The rules are FastAPI's. They cover functions, methods, partials, decorated functions
(`functools.wraps`), callable instances and classes. The findings are cached per callable, weakly
and by identity, because the same dependency appears in many routes.
"""

import ast
import inspect
import sys
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
)
from contextlib import suppress
from functools import lru_cache, partial
from operator import is_
from types import FunctionType, ModuleType, SimpleNamespace
from typing import (
    Any,
    ForwardRef,
    NamedTuple,
    get_args,
    get_origin,
    get_type_hints,
)
from weakref import ref

from rapide._replaced import used

if sys.version_info >= (3, 13):
    from inspect import iscoroutinefunction
else:
    # COMPAT: FastAPI 0.165 respects asyncio's `_is_coroutine` mark on Python 3.11 and 3.12.
    from asyncio import iscoroutinefunction

_STREAM_ORIGINS = frozenset(
    (AsyncIterable, AsyncIterator, AsyncGenerator, Iterable, Iterator, Generator)
)


class _Kind(NamedTuple):
    is_generator: bool
    is_async_generator: bool
    is_coroutine: bool


class Notes:
    """What is known about a callable; modules that read it add their own findings."""

    __slots__ = ("kind", "readings", "signature")

    def __init__(self) -> None:
        self.kind: _Kind | None = None
        self.signature: inspect.Signature | None = None
        self.readings: list[Any] = []


class _Known(ref[object]):
    """A weak reference to a callable with notes."""

    __slots__ = ("key",)

    key: int


class CallableCache:
    """Notes per callable, valid as long as the callable lives and does not change.

    Tools assign `__signature__` or change annotations between two registrations of an endpoint.
    So notes are valid only while all objects that make up the signature are the same as before.
    """

    def __init__(self) -> None:
        self._entries: dict[int, tuple[_Known, tuple[object, ...], Notes]] = {}
        # PERF: memory. All references share one function.
        self._forgetting = self._forget

    def __len__(self) -> int:
        return len(self._entries)

    def about(self, call: object) -> Notes:
        """Return the notes about a callable, empty ones if it is new or has changed.

        Nothing is kept about callables whose changes cannot be detected (bound methods, partials).
        """
        parts = signature_parts(call)
        entry = self._entries.get(id(call))
        if entry is not None and parts is not None and entry[0]() is call:
            known = entry[1]
            if len(known) == len(parts) and all(map(is_, known, parts)):
                return entry[2]
        notes = Notes()
        if parts is not None:
            self._keep(call, parts, notes)
        return notes

    def about_known(self, call: object) -> Notes | None:
        """Return the notes about a callable without checking whether its signature has changed."""
        entry = self._entries.get(id(call))
        return entry[2] if entry is not None and entry[0]() is call else None

    def _keep(self, call: object, parts: list[object], notes: Notes) -> None:
        with suppress(TypeError):  # not every object supports weak references
            reference = _Known(call, self._forgetting)
            key = reference.key = id(call)
            self._entries[key] = (reference, tuple(parts), notes)

    def _forget(self, reference: Any) -> None:
        # The id may belong to another callable by now. No name of the module is used: the
        # interpreter drops those first when it ends.
        entry = self._entries.get(reference.key)
        if entry is not None and entry[0] is reference:
            del self._entries[reference.key]


_notes = CallableCache()
notes_about = _notes.about


def forget_signature(call: object) -> None:
    """Release the signature of a callable that has been read; it is made again when needed."""
    notes = _notes.about_known(call)
    if notes is not None:
        notes.signature = None


def signature_parts(call: object) -> list[object] | None:
    """Return the objects that make up a callable's signature, or None if they are not known."""
    if isinstance(call, FunctionType):
        return _function_parts(call)
    attributes = getattr(call, "__dict__", {})
    if "__signature__" in attributes or "__wrapped__" in attributes:
        return None
    maker = _signature_source(call)
    if not isinstance(maker, FunctionType) or hasattr(type(call), "__signature__"):
        return None
    parts = _function_parts(maker)
    return None if parts is None else [maker, *parts]


def _signature_source(call: object) -> Any:
    """Return the function that defines the parameters of a class or instance, if that is clear."""
    if type(call) is type:
        makes_plainly = getattr(call, "__new__") is object.__new__  # noqa: B009
        return getattr(call, "__init__") if makes_plainly else None  # noqa: B009
    return None if isinstance(call, type) else getattr(type(call), "__call__", None)  # noqa: B004


def _function_parts(function: FunctionType) -> list[object] | None:
    parts: list[object] = []
    while True:
        try:
            annotations = function.__annotations__
        except Exception:  # Python 3.14 evaluates them here, and a name may be missing
            return None
        parts += (
            function.__code__,
            function.__defaults__,
            *(function.__kwdefaults__ or {}).values(),
            *annotations.values(),
            *meanings(annotations.values(), function.__globals__),
            function.__dict__.get("__signature__"),
        )
        if "__wrapped__" not in function.__dict__:
            return parts
        wrapped = function.__dict__["__wrapped__"]
        if not isinstance(wrapped, FunctionType):
            return None
        parts.append(wrapped)
        function = wrapped


_UNKNOWN = object()


def meanings(annotations: Iterable[object], names: dict[str, object]) -> Iterator[object]:
    """Yield the current value of each name that string annotations use.

    A name can refer to another class later: a notebook cell runs again, a module is reloaded, or a
    plugin puts a model into the globals of a function.
    """
    for annotation in annotations:
        if isinstance(annotation, str):
            for first, *others in _names_in(annotation):
                meaning = names.get(first, _UNKNOWN)
                for name in others:
                    meaning = _member(meaning, name)
                yield meaning


@lru_cache(maxsize=4096)
def _names_in(annotation: str) -> tuple[tuple[str, ...], ...]:
    """Return the names that a string annotation uses, each split at its dots."""
    try:
        tree = ast.parse(annotation.strip(), mode="eval")
    except SyntaxError:
        return ()
    found: dict[tuple[str, ...], None] = {}
    for node in ast.walk(tree):
        parts: list[str] = []
        inner: ast.AST = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            found[inner.id, *reversed(parts)] = None
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.update(dict.fromkeys(_names_in(node.value)))
    return tuple(found)


def _member(owner: object, name: str) -> object:
    """Look up a member of a module or class without running its code."""
    if isinstance(owner, ModuleType):
        return vars(owner).get(name, _UNKNOWN)
    if isinstance(owner, type):
        return next((vars(base)[name] for base in owner.__mro__ if name in vars(base)), _UNKNOWN)
    return _UNKNOWN


def without_partials(func: Callable[..., object]) -> Callable[..., object]:
    """Return the function inside of any `functools.partial` objects."""
    while isinstance(func, partial):
        func = func.func
    return func


def _is_coroutine_routine(call: object) -> bool:
    return inspect.isroutine(call) and iscoroutinefunction(call)


def _kind_of(call: Callable[..., object] | None) -> _Kind:
    if call is None:
        return _Kind(False, False, False)
    # PERF: each request calls this for each dependency. A new signature does not change the kind.
    notes = _notes.about_known(call) or _notes.about(call)
    if notes.kind is None and type(call) is FunctionType and not call.__dict__:
        # PERF: startup. A function without attributes wraps nothing, and its code tells all.
        flags = call.__code__.co_flags
        notes.kind = _Kind(
            bool(flags & inspect.CO_GENERATOR),
            bool(flags & inspect.CO_ASYNC_GENERATOR),
            bool(flags & inspect.CO_COROUTINE),
        )
    if notes.kind is None:
        notes.kind = _Kind(
            _matches(call, inspect.isgeneratorfunction),
            _matches(call, inspect.isasyncgenfunction),
            _matches(call, iscoroutinefunction, _is_coroutine_routine),
        )
    return notes.kind


def _matches(
    call: Callable[..., object],
    is_kind: Callable[[object], bool],
    is_kind_itself: Callable[[object], bool] | None = None,
) -> bool:
    outer = without_partials(call)
    inner = inspect.unwrap(outer)
    if any(map(is_kind_itself or is_kind, (outer, inner))):
        return True
    if inspect.isclass(inner):
        return False
    methods = (getattr(one, "__call__", None) for one in (outer, inner))  # noqa: B004
    return any(
        is_kind(without_partials(method)) or is_kind(inspect.unwrap(without_partials(method)))
        for method in methods
        if method is not None
    )


def is_gen_callable(call: Callable[..., object] | None) -> bool:
    """Return whether a call returns a generator."""
    return _kind_of(call).is_generator


def is_async_gen_callable(call: Callable[..., object] | None) -> bool:
    """Return whether a call returns an asynchronous generator."""
    return _kind_of(call).is_async_generator


def is_coroutine_callable(call: Callable[..., object] | None) -> bool:
    """Return whether a call returns a coroutine."""
    return _kind_of(call).is_coroutine


def _get_signature(call: Callable[..., object]) -> inspect.Signature:
    notes = notes_about(call)
    if notes.signature is None:
        try:
            notes.signature = inspect.signature(call, eval_str=True)
        except NameError:
            # The name is imported under TYPE_CHECKING only. It may be defined later: keep nothing.
            return _get_unevaluated_signature(call)
    return notes.signature


def _get_unevaluated_signature(call: Callable[..., object]) -> inspect.Signature:
    if sys.version_info >= (3, 14):
        from annotationlib import Format

        return inspect.signature(call, annotation_format=Format.FORWARDREF)
    return inspect.signature(call)


def _get_globals(call: Callable[..., object]) -> dict[str, object]:
    found: dict[str, object] = getattr(inspect.unwrap(call), "__globals__", {})
    return found


def get_typed_signature(call: Callable[..., object]) -> inspect.Signature:
    """Return the signature of a callable, with those annotations evaluated that can be."""
    parameters = _get_signature(call).parameters.values()
    globalns = _get_globals(call)
    evaluate = used("dependencies.utils.get_typed_annotation", get_typed_annotation)
    return inspect.Signature(
        [
            parameter.replace(annotation=evaluate(parameter.annotation, globalns))
            if isinstance(parameter.annotation, str) or evaluate is not get_typed_annotation
            else parameter
            for parameter in parameters
        ]
    )


def get_typed_annotation(annotation: object, globalns: dict[str, object]) -> object:
    """Evaluate a string annotation; return a `ForwardRef` if it uses an unknown name."""
    if not isinstance(annotation, str):
        return annotation
    holder = SimpleNamespace(__annotations__={"it": ForwardRef(annotation)})
    try:
        evaluated = get_type_hints(holder, globalns, globalns, include_extras=True)["it"]
    except NameError:
        return ForwardRef(annotation)
    return None if evaluated is type(None) else evaluated


def get_typed_return_annotation(call: Callable[..., object]) -> object:
    """Return the evaluated return annotation, or None if there is none."""
    annotation = _get_signature(call).return_annotation
    if annotation is inspect.Signature.empty:
        return None
    evaluate = used("dependencies.utils.get_typed_annotation", get_typed_annotation)
    return evaluate(annotation, _get_globals(call))


def get_stream_item_type(annotation: object) -> object:
    """Return the item type of an (async) iterable, iterator or generator, else None."""
    if get_origin(annotation) not in _STREAM_ORIGINS:
        return None
    arguments = get_args(annotation)
    return arguments[0] if arguments else Any


def describe_callable(call: Any) -> tuple[str, str]:
    """Return the name of a callable and the `file:line` of its definition ("" if unknown)."""
    target = inspect.unwrap(without_partials(call))
    name = getattr(target, "__qualname__", None) or type(target).__qualname__
    function = target if inspect.isroutine(target) else inspect.unwrap(_signature_source(target))
    code = getattr(function, "__code__", None)
    place = f"{code.co_filename}:{code.co_firstlineno}" if code is not None else ""
    return name.rpartition("<locals>.")[2], place
