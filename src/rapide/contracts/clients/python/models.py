"""The models, enumerations and aliases of a Python client."""

import textwrap
from collections.abc import Iterator

from rapide.contracts.clients.api import (
    Alias,
    Choice,
    Definition,
    Literals,
    Model,
    Property,
)
from rapide.contracts.clients.names import Names, snake
from rapide.contracts.clients.python.types import (
    NOT_FIELDS,
    Defaults,
    member_names,
    names_in,
    optional,
    python_type,
    source_of,
)


def write_definitions(definitions: tuple[Definition, ...]) -> Iterator[str]:
    """Yield the source of each type: enumerations first, then models, then what is made of them."""
    defaults = Defaults(definitions)
    for choice in definitions:
        if isinstance(choice, Choice):
            yield _choice(choice)
    for model in definitions:
        if isinstance(model, Model):
            yield _model(model, defaults)
    yield from _aliases([item for item in definitions if isinstance(item, Alias)])


def _choice(choice: Choice) -> str:
    kinds = {type(value) for value in choice.values}
    base = "".join(f"{kind.__name__}, " for kind in (str, int) if kinds == {kind}) + "Enum"
    lines = [f"class {choice.name}({base}):", *docstring(choice.text or "A choice.", "    "), ""]
    for name, value in zip(member_names(choice), choice.values, strict=True):
        lines.append(f"    {name} = {source_of(value)}")
    return "\n".join(lines)


def _model(model: Model, defaults: Defaults) -> str:
    lines = [f"class {model.name}(Model):"]
    if model.text:
        lines += [*docstring(model.text, "    "), ""]
    if model.extra is not None:
        lines += ['    model_config = ConfigDict(extra="allow")', ""]
    names = Names(NOT_FIELDS)
    named = [(names.give(snake(one.name)), one) for one in model.properties]
    if always := [source_of(name) for name, one in named if _is_always_sent(one)]:
        written = f"{', '.join(always)}{',' if len(always) == 1 else ''}"
        lines += [f"    model_always_sent = ({written})", ""]
    for name, one in named:
        lines.append(f"    {_field(name, one, defaults)}")
        if one.text:
            lines += docstring(one.text, "    ")
    if not model.properties and not model.text and model.extra is None:
        lines.append("    pass")
    return "\n".join(lines).rstrip()


def _is_always_sent(one: Property) -> bool:
    """Return whether the server needs a default: it says which one of several types this is."""
    is_constant = isinstance(one.type, Literals) and one.type.values == (one.default,)
    return one.has_default and not one.required and (one.is_tag or is_constant)


def _field(name: str, one: Property, defaults: Defaults) -> str:
    annotation = python_type(one.type)
    default = defaults.source(one.type, one.default) if one.has_default else None
    if not one.required and default is None:
        default = "None"
        annotation = optional(annotation, one.type)
    arguments = []
    if name != one.name:
        wire = source_of(one.name)
        arguments = [f"validation_alias={wire}", f"serialization_alias={wire}"]
    if not arguments:
        return f"{name}: {annotation}" + ("" if one.required else f" = {default}")
    if not one.required:
        is_copied = default is not None and default[0] in "[{"
        first = f"default_factory=lambda: {default}" if is_copied else f"default={default}"
        arguments = [first, *arguments]
    return "\n    ".join(wrapped(f"{name}: {annotation} = Field(", arguments, ")", 96))


def wrapped(start: str, parts: list[str], end: str, width: int = 100) -> list[str]:
    """Return a call or a display on one line, or with each part on a line of its own."""
    line = f"{start}{', '.join(parts)}{end}"
    if len(line) <= width:
        return [line]
    return [start, *(f"    {part}," for part in parts), end]


def _aliases(aliases: list[Alias]) -> Iterator[str]:
    """Yield aliases after those that they are made of; a class stands for one made of itself."""
    waiting = {alias.name: alias for alias in aliases}
    while waiting:
        ready = [alias for alias in waiting.values() if not names_in(alias.type) & waiting.keys()]
        for alias in ready:
            yield f"{alias.name}: TypeAlias = {python_type(alias.type)}{_comment(alias)}"
            del waiting[alias.name]
        if not ready:
            alias = next(iter(waiting.values()))
            yield f'class {alias.name}(RootModel["{python_type(alias.type)}"]):\n' + "\n".join(
                docstring(alias.text or "A value that may have values of its own kind.", "    ")
            )
            del waiting[alias.name]


def _comment(alias: Alias) -> str:
    return "\n" + "\n".join(docstring(alias.text, "")) if alias.text else ""


def docstring(text: str, indent: str, after: list[str] | None = None) -> list[str]:
    """Return the lines of a docstring.

    Args:
        text: Paragraphs of text.
        indent: What stands before each line.
        after: Lines that are kept as they are.
    """
    lines = [*_wrapped(text, indent), *([""] if after else []), *(after or ())]
    safe = [line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') for line in lines]
    if len(safe) == 1 and not safe[0].endswith('"'):
        return [f'{indent}"""{safe[0]}"""']
    return [
        f'{indent}"""{safe[0]}',
        *(f"{indent}{line}".rstrip() for line in safe[1:]),
        f'{indent}"""',
    ]


def _wrapped(text: str, indent: str) -> list[str]:
    width = 96 - len(indent)
    lines: list[str] = []
    for line in text.strip().splitlines():
        wrapped = textwrap.wrap(
            line.rstrip(), width, break_long_words=False, break_on_hyphens=False
        )
        lines += wrapped or [""]
    return lines or [""]
