"""Describe public names in Markdown, from their signatures and docstrings."""

from __future__ import annotations

import dataclasses
import inspect
import re
import warnings
from collections.abc import Iterator
from enum import Enum
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, get_args, get_origin, is_typeddict

from glossary import EXACT, NAMES, PARAMETERS
from pydantic_core import PydanticUndefined
from typing_extensions import Doc

from rapide import FastAPI
from rapide.datastructures import DefaultPlaceholder
from rapide.server.options import declared
from rapide.types import IncEx

SECTION = re.compile(r"^(Args|Keys|Raises|Returns|Yields|Attributes):\n", re.M)
#: Modules that types are shown without.
SHORT = re.compile(
    r"\b(?:typing|typing_extensions|collections\.abc|datetime|enum|re|os|"
    r"(?:rapide|starlette|pydantic|pydantic_core|annotated_types|fastapi)(?:\.\w+)*)\.(?=\w)"
)
#: What the signature has for `IncEx`, which refers to itself.
INCEX = inspect.formatannotation(IncEx)
#: What the options of the server mean, which `rapide.run` takes too.
SERVER_OPTIONS = {option.name: option.about.help for option in declared()}


def describe(path: str) -> str:
    """Return Markdown about a class, a function or a method, such as `rapide.FastAPI.get`."""
    found = resolve(path)
    if inspect.isclass(found):
        return "\n\n".join(describe_class(path, found))
    return "\n\n".join(describe_function(path, found))


def resolve(path: str) -> Any:
    """Return the object that a dotted path names."""
    module, _, rest = path.rpartition(".")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated names are described, too
            found: ModuleType | Any = import_module(module)
    except ModuleNotFoundError:
        found = resolve(module)
    return getattr(found, rest)


def describe_class(path: str, cls: type) -> Iterator[str]:
    """Yield a heading, the signature, and what the docstring says of a class."""
    yield f"## `{path}` {{ #{path} }}"
    if issubclass(cls, Enum):
        yield paragraphs(cls)
        yield ", ".join(f"`{member.name}`" for member in cls)
        return
    yield from signature_and_text(path.rpartition(".")[2], cls, first=0)
    methods = [name for name in own_methods(cls) if name in vars(cls)]
    if methods:
        rows = [(f"`{name}{short_signature(getattr(cls, name))}`", summary(getattr(cls, name)))
                for name in methods]  # fmt: skip
        yield table(("method", "what it does"), rows)


def own_methods(cls: type) -> list[str]:
    """Return the documented public methods that a class defines itself."""
    return [
        name
        for name, value in vars(cls).items()
        if not name.startswith("_") and inspect.isroutine(value) and summary(getattr(cls, name))
    ]


def describe_function(path: str, function: Any) -> Iterator[str]:
    """Yield a heading, the signature, and what the docstring says of a function."""
    yield f"## `{path}` {{ #{path} }}"
    method = len(path.split(".")) > 2 and path.split(".")[-2][:1].isupper()
    yield from signature_and_text(path.rpartition(".")[2], function, first=1 if method else 0)


def signature_and_text(name: str, described: Any, first: int) -> Iterator[str]:
    """Yield the text, a table of the parameters, and a table of the errors."""
    text, sections = split_docstring(described)
    is_ours = described.__module__.startswith("rapide")
    yield NAMES.get(name, text) if not is_ours or not text else text
    entries = (read_entries(sections.get(name, "")) for name in ("Args", "Keys", "Attributes"))
    documented = {name: text for found in entries for name, text in found.items()}
    parameters = parameters_of(described)[first:]
    others = PARAMETERS
    if is_ours:
        serves = any(each.name == "reuse_port" for each in parameters)
        others = PARAMETERS | (SERVER_OPTIONS if serves else shared_sentences())
    rows = [
        (
            f"`{shown_name(each)}`",
            type_of(each),
            default_of(each),
            EXACT.get(f"{name}.{each.name}") or meaning(each, documented, others),
        )
        for each in parameters
    ]
    if rows:
        yield table(
            ("key" if is_typeddict(described) else "parameter", "type", "default", "meaning"), rows
        )
    for title in ("Returns", "Yields"):
        if title in sections:
            yield f"**{title}** " + " ".join(sections[title].split())
    if "Raises" in sections:
        raised = read_entries(sections["Raises"]).items()
        yield table(("raises", "if"), [(f"`{error}`", text) for error, text in raised])


@cache
def shared_sentences() -> dict[str, str]:
    """Return what the application and its routes say about options that others have, too."""
    application = split_docstring(FastAPI)[1]["Args"]
    options = inspect.signature(FastAPI.get).parameters.values()
    return read_entries(application) | {each.name: plain_annotation(each)[1] for each in options}


def parameters_of(described: Any) -> list[inspect.Parameter]:
    """Return the parameters of a callable, or the keys of a `TypedDict`."""
    if is_typeddict(described):
        kind = inspect.Parameter.KEYWORD_ONLY
        keys = described.__annotations__.items()
        required = described.__required_keys__
        return [
            inspect.Parameter(
                name,
                kind,
                annotation=type_,
                default=inspect.Parameter.empty if name in required else PydanticUndefined,
            )
            for name, type_ in keys
        ]
    try:
        return list(inspect.signature(described).parameters.values())
    except ValueError:  # a class that is written in C has none
        return []


def paragraphs(described: Any) -> str:
    """Return the text of a docstring before its sections."""
    return split_docstring(described)[0]


def split_docstring(described: Any) -> tuple[str, dict[str, str]]:
    """Return the text of a docstring, and its sections by their titles."""
    own = vars(described).get("__doc__") if inspect.isclass(described) else described.__doc__
    if dataclasses.is_dataclass(described) and (own or "").startswith(described.__name__ + "("):
        own = ""  # made by `dataclass`
    text, *rest = SECTION.split(inspect.cleandoc(own or ""))
    return text.strip(), dict(zip(rest[::2], rest[1::2], strict=True))


def read_entries(section: str) -> dict[str, str]:
    """Return the texts of a section in Google's style by their names."""
    entries = re.findall(r"^ {4}(\S[^:\n]*): (.*(?:\n {5,}.*)*)", section, re.M)
    return {name: " ".join(text.split()) for name, text in entries}


def summary(described: Any) -> str:
    """Return the first sentence of a docstring."""
    return " ".join(split_docstring(described)[0].partition("\n\n")[0].split())


def short_signature(function: Any) -> str:
    """Return the names of the parameters, or dots if there are many."""
    names = [shown_name(each) for each in list(inspect.signature(function).parameters.values())[1:]]
    return f"({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"


def shown_name(parameter: inspect.Parameter) -> str:
    """Return a parameter's name, with the stars of Python's syntax."""
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return stars.get(parameter.kind, "") + parameter.name


def plain_annotation(parameter: inspect.Parameter) -> tuple[Any, str]:
    """Return an annotation without its documentation, and that."""
    annotation, text = parameter.annotation, ""
    while get_origin(annotation) is Annotated:
        annotation, *metadata = get_args(annotation)
        text = next((each.documentation for each in metadata if isinstance(each, Doc)), text)
    return annotation, text


def type_of(parameter: inspect.Parameter) -> str:
    """Return the type of a parameter as code."""
    annotation, _ = plain_annotation(parameter)
    if annotation is inspect.Parameter.empty:
        return ""
    shown = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    shown = re.sub(r"^(?:Not)?Required\[(.*)\]$", r"\1", shown)
    shown = shown.replace(INCEX, "IncEx")
    shown = re.sub(r"ForwardRef\('([^']*)'[^)]*\)", r"\1", shown)
    return f"`{SHORT.sub('', shown)}`".replace("|", "\\|")


def default_of(parameter: inspect.Parameter) -> str:
    """Return the default of a parameter as code."""
    default = parameter.default
    if default is inspect.Parameter.empty:
        return "" if shown_name(parameter).startswith("*") else "required"
    if isinstance(default, DefaultPlaceholder):
        default = default.value
    if default is PydanticUndefined:
        return "not set"
    if default is ...:
        return "`...`"
    value = default.value if isinstance(default, Enum) else default
    shown = getattr(default, "__name__", None) or repr(value)
    return f"`{shown}`".replace("|", "\\|")


def meaning(
    parameter: inspect.Parameter, documented: dict[str, str], others: dict[str, str]
) -> str:
    """Return the sentence about a parameter."""
    text = documented.get(parameter.name) or plain_annotation(parameter)[1]
    return text or others.get(parameter.name, "")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table; columns in which nothing stands are left out."""
    kept = [number for number in range(len(head)) if any(row[number] for row in rows)]
    lines = [[head[number] for number in kept], ["---"] * len(kept)]
    lines += [[row[number].replace("\n", " ") for number in kept] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
