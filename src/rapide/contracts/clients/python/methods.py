"""The methods of a Python client."""

import json
import re
from dataclasses import dataclass

from rapide.contracts.clients.api import (
    ANY,
    EVENTS,
    FILE,
    Answer,
    Body,
    Kind,
    Operation,
    Parameter,
    Property,
    holds,
    is_nullable,
)
from rapide.contracts.clients.names import Names, encoded_path, snake
from rapide.contracts.clients.python.models import docstring
from rapide.contracts.clients.python.types import (
    NOT_PARAMETERS,
    optional,
    python_type,
    source_of,
)

FILE_TYPE = "bytes | IO[bytes] | Upload"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a method.

    Attributes:
        name: Its name.
        annotation: Its type.
        default: Its default as source, or "" if it is required.
        statement: What adds it to the request; "" for what the path has.
        text: What it means.
        is_positional: Whether it may be given by position.
    """

    name: str
    annotation: str
    default: str
    statement: str
    text: str
    is_positional: bool = False

    @property
    def declared(self) -> str:
        """The argument as a function declares it."""
        default = f" = {self.default}" if self.default else ""
        return f"{self.name}: {self.annotation}{default}"


def arguments_of(operation: Operation) -> tuple[list[Argument], str]:
    """Return the arguments of an operation, and the source of its path."""
    names = Names(NOT_PARAMETERS)
    found: list[Argument] = []
    segments: dict[str, str] = {}
    for parameter in sorted(operation.parameters, key=lambda one: one.place != "path"):
        name = names.give(snake(parameter.name), f"{snake(parameter.name)}_{parameter.place}")
        if parameter.place == "path":
            segments[parameter.name] = f"{{segment({name})}}"
        found.append(_of_parameter(name, parameter))
    if operation.body is not None:
        found += _of_body(names, operation.body)
    path = encoded_path(operation.path, segments)
    found.sort(key=lambda one: (not one.is_positional, bool(one.default)))
    return found, f'f"{path}"' if "{segment(" in path else f'"{path}"'


def _of_parameter(name: str, parameter: Parameter) -> Argument:
    annotation = python_type(parameter.type)
    is_path = parameter.place == "path"
    between = "" if parameter.style == "repeat" else f", {source_of(parameter.style)}"
    wire = source_of(parameter.name)
    text = parameter.text
    if parameter.default:
        text = f"{text} (default: {parameter.default})".strip()
    return Argument(
        name=name,
        annotation=annotation if parameter.required else optional(annotation, parameter.type),
        default="" if parameter.required else "None",
        statement="" if is_path else f"request.{parameter.place}({wire}, {name}{between})",
        text=text,
        is_positional=is_path,
    )


def _of_body(names: Names, body: Body) -> list[Argument]:
    if body.fields is not None:
        return [_of_field(names.give(snake(one.name)), one, body) for one in body.fields]
    name = names.give("body", "request_body")
    annotation = "str | bytes" if body.kind == "content" else python_type(body.type)
    media_type = "" if body.media_type == "application/json" else source_of(body.media_type)
    if body.kind == "content":
        statement = f"request.raw({name}, {media_type})"
    elif body.kind == "json":
        null = ", null=True" if body.required and is_nullable(body.type) else ""
        media_type = media_type and f", media_type={media_type}"
        statement = f"request.json({name}{null}{media_type})"
    else:
        annotation, statement = "dict[str, Any]", f"request.form_of({name})"
    return [
        Argument(
            name=name,
            annotation=annotation if body.required else _or_none(annotation),
            default="" if body.required else "None",
            statement=statement,
            text="",
            is_positional=True,
        )
    ]


def _or_none(annotation: str) -> str:
    fits = annotation == "Any" or annotation.endswith("| None")
    return annotation if fits else f"{annotation} | None"


def _of_field(name: str, one: Property, body: Body) -> Argument:
    is_file = body.kind != "json" and holds(one.type, FILE)
    annotation = python_type(one.type, FILE_TYPE if is_file else "str")
    wire = source_of(one.name)
    default = "" if one.required else "None"
    text = one.text
    if not one.required and one.default is not None:
        text = f"{text} (default: {json.dumps(one.default, ensure_ascii=False)})".strip()
    if not one.required:
        annotation = optional(annotation, one.type)
    if body.kind == "json":
        null = is_nullable(one.type) and (one.required or one.default is not None)
        if null and not one.required:
            annotation, default = f"{annotation} | Unset", "UNSET"
        statement = f"request.member({wire}, {name}{', null=True' if null else ''})"
    else:
        statement = f"request.{'file' if is_file else 'form'}({wire}, {name})"
    return Argument(name, annotation, default, statement, text)


def answer_type(answer: Answer) -> str:
    """Return the type of an answer's body."""
    if answer.kind in EVENTS:
        return f"Event[{python_type(answer.type)}]"
    if answer.kind in (Kind.JSON, Kind.JSON_LINES):
        return python_type(answer.type)
    return _SIMPLE_TYPES[answer.kind]


_SIMPLE_TYPES = {
    Kind.TEXT: "str",
    Kind.BYTES: "bytes",
    Kind.NOTHING: "None",
    Kind.WHATEVER: "Any",
}
_READERS = {
    Kind.TEXT: "text",
    Kind.BYTES: "content",
    Kind.NOTHING: "nothing",
    Kind.WHATEVER: "whatever",
}


def reader_of(answers: list[Answer]) -> str:
    """Return what reads the body of answers that have one status."""
    if len(answers) == 1:
        return _reader(answers[0])
    readers = (f"{source_of(answer.media_type)}: {_reader(answer)}" for answer in answers)
    return f"by_media_type({{{', '.join(readers)}}})"


def _reader(answer: Answer) -> str:
    if answer.kind is Kind.JSON:
        return "json_as(Any)" if answer.type == ANY else f"json_as({python_type(answer.type)})"
    return _READERS[answer.kind]


def united(types: list[str]) -> str:
    """Return the union of some annotations."""
    found = list(dict.fromkeys(types))
    if "Any" in found:
        return "Any"
    return " | ".join(
        [*(one for one in found if one != "None"), *(["None"] if "None" in found else [])]
    )


def result_type(operation: Operation) -> str:
    """Return the type of what an operation gives if it succeeds."""
    if operation.stream is not None:
        return answer_type(operation.stream)
    return united([answer_type(answer) for answer in operation.successes]) or "Any"


def write_method(
    operation: Operation, name: str, constant: str, errors: list[tuple[str, str]], is_async: bool
) -> str:
    """Return the source of a method, indented.

    Args:
        operation: The operation.
        name: The method's name.
        constant: The name of its answers.
        errors: The names of the exceptions that it may raise, and what they mean.
        is_async: Whether it is the method of the asynchronous client.
    """
    arguments, path = arguments_of(operation)
    result = result_type(operation)
    statements = [argument.statement for argument in arguments if argument.statement]
    security = f", security={_tuple(operation.security)}" if operation.security else ""
    lines = [
        f'request = Request("{_http_method(operation)}", {path}{security})',
        *statements,
    ]
    opened = ""
    if operation.is_websocket:
        wrapper = "AbstractAsyncContextManager" if is_async else "AbstractContextManager"
        result = f"{wrapper}[{'AsyncWebSocket' if is_async else 'WebSocket'}]"
        opened = f"return open_{'async_' if is_async else ''}websocket(self._sender, request)"
    elif operation.stream is not None:
        result = f"{'AsyncIterator' if is_async else 'Iterator'}[{result}]"
        opened = f"return self._sender.stream(request, {constant})"
    else:
        opened = f"return {'await ' if is_async else ''}self._sender.send(request, {constant})"
    is_plain = operation.is_websocket or operation.stream is not None
    word = "async def" if is_async and not is_plain else "def"
    head = _head(f"{word} {name}", arguments, result)
    document = docstring(_text_of(operation), "        ", _sections(operation, arguments, errors))
    return "\n".join([*head, *document, *(f"        {line}" for line in [*lines, opened])])


def _http_method(operation: Operation) -> str:
    return "GET" if operation.is_websocket else operation.method


def _tuple(values: tuple[str, ...]) -> str:
    inner = ", ".join(source_of(value) for value in values)
    return f"({inner},)" if len(values) == 1 else f"({inner})"


def _head(start: str, arguments: list[Argument], result: str) -> list[str]:
    parts = ["self"]
    is_keyword = False
    for argument in arguments:
        if not argument.is_positional and not is_keyword:
            parts.append("*")
            is_keyword = True
        parts.append(argument.declared)
    line = f"    {start}({', '.join(parts)}) -> {result}:"
    if len(line) <= 100:
        return [line]
    return [f"    {start}(", *(f"        {part}," for part in parts), f"    ) -> {result}:"]


def _text_of(operation: Operation) -> str:
    title = operation.id.replace("_", " ").title()
    parts = [operation.summary] if operation.summary and operation.summary != title else []
    if operation.text:
        parts.append(operation.text)
    text = "\n\n".join(parts) or f"{operation.summary or title}."
    return f"{text}\n\nDeprecated." if operation.deprecated else text


def _sections(
    operation: Operation, arguments: list[Argument], errors: list[tuple[str, str]]
) -> list[str]:
    explained = [argument for argument in arguments if argument.text]
    lines: list[str] = []
    if explained:
        lines += ["Args:", *(f"    {one.name}: {_line(one.text)}" for one in explained)]
    if errors:
        lines += [""] if lines else []
        lines += ["Raises:", *(f"    {name}: {_line(text)}" for name, text in errors)]
    return lines


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
