"""Show the sentences of a docstring's `Args` where tools look for them at runtime.

Editors read docstrings. Tools that inspect a running program read annotations, such as
`Annotated[T, Doc("…")]`. So `documented` makes these from the docstring.
"""

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, cast

from typing_extensions import Doc

_T = TypeVar("_T", bound=Callable[..., Any])


def documented(target: _T) -> _T:
    """Add to the annotations of a function, or of a class's `__init__`, what its docstring says."""
    described: object = target
    function = vars(described)["__init__"] if isinstance(described, type) else target
    inner = inspect.unwrap(function)
    plain, docstring, module = inner.__annotations__, target.__doc__, inner.__module__

    def make() -> dict[str, Any]:
        documentation = {name: Doc(text) for name, text in read_arguments(docstring).items()}
        return {
            name: annotate(annotation, module, *filter(None, [documentation.get(name)]))
            for name, annotation in plain.items()
        }

    # Since Python 3.14, a wrapper has a copy of the annotations.
    function.__annotations__ = inner.__annotations__ = LaterAnnotations(plain, make)
    return target


def annotate(annotation: object, module: str, *metadata: object) -> object:
    """Return an annotation of a module with metadata, and with the type that a text names."""
    if isinstance(annotation, str):
        annotation = eval(annotation, vars(sys.modules[module]), _LateNames(module))
    return cast(Any, Annotated)[(annotation, *metadata)] if metadata else annotation


class _LateNames(dict[str, Any]):
    """The names that a module imports when they are first used."""

    def __init__(self, module: str) -> None:
        super().__init__()
        self._module = sys.modules[module]

    def __missing__(self, name: str) -> Any:
        try:
            return getattr(self._module, name)
        except AttributeError:
            raise KeyError(name) from None  # it may be a built-in name


def read_arguments(docstring: str | None) -> dict[str, str]:
    """Return the text of each argument in the section `Args` of a docstring in Google's style."""
    section = (docstring or "").partition("Args:\n")[2].partition("\n\n")[0].rstrip()
    lines = section.split("\n")
    indentation = len(lines[0]) - len(lines[0].lstrip())
    found: dict[str, str] = {}
    name = ""
    for line in lines if section else ():
        content = line[indentation:]
        if content[0] == " ":
            found[name] += f" {content.lstrip()}"
        else:
            name, _, found[name] = content.partition(": ")
    return found


class LaterAnnotations(dict[str, Any]):
    """The annotations of a function, which are made when they are first read.

    PERF: startup. Making hundreds of `Annotated[…]` takes longer than importing many modules, and
    programs that serve requests do not read them.
    """

    def __init__(self, plain: Mapping[str, Any], make: Callable[[], dict[str, Any]]) -> None:
        super().__init__(plain)
        self._make: Callable[[], dict[str, Any]] | None = make

    def _fill(self) -> None:
        if self._make is not None:
            made = self._make()
            for name in set(dict.keys(self)) - made.keys():
                dict.pop(self, name, None)
            dict.update(self, made)
            self._make = None


def _filled_before(name: str) -> Callable[..., Any]:
    method = getattr(dict, name)

    def read(self: LaterAnnotations, *args: Any) -> Any:
        self._fill()
        return method(self, *args)

    return read


for _name in (
    *("__contains__", "__delitem__", "__eq__", "__getitem__", "__iter__", "__len__", "__ne__"),
    *("__or__", "__repr__", "__reversed__", "__ror__", "__setitem__"),
    *("copy", "get", "items", "keys", "pop", "setdefault", "update", "values"),
):
    setattr(LaterAnnotations, _name, _filled_before(_name))


class LaterSignature(inspect.Signature):
    """A signature that is made when it is first read, likewise."""

    __slots__ = ("_make",)

    _make: Callable[[], inspect.Signature]

    @classmethod
    def made_by(cls, make: Callable[[], inspect.Signature]) -> "LaterSignature":
        """Return a signature that `make` makes."""
        later: LaterSignature = object.__new__(cls)
        later._make = make
        return later

    def __getattr__(self, name: str) -> Any:
        # Python calls this as long as an attribute of the signature has no value.
        if name == "_make":
            raise AttributeError(name)
        made = self._make()
        for slot in inspect.Signature.__slots__:
            setattr(self, slot, getattr(made, slot))
        return object.__getattribute__(self, name)
