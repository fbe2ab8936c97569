"""Write a TypeScript client as one module."""

import json
import re
from importlib.resources import files

from rapide.contracts.clients.api import (
    FILE,
    Answer,
    Api,
    Body,
    Kind,
    Operation,
    Parameter,
    Scheme,
    holds,
)
from rapide.contracts.clients.names import Names, camel, encoded_path, pascal
from rapide.contracts.clients.typescript.types import (
    constant,
    doc_comment,
    key_of,
    typescript_type,
    write_definitions,
)

_MARK = "// --- the copied part begins here ---\n"
_NOT_TYPES = frozenset(
    re.findall(
        r"\w+",
        """
        Any Array AsyncGenerator AsyncIterable Blob BodyInit Boolean Client Credentials Date
        Error Exclude Extract File FormData Function JSON Map Number Object Promise Record
        RequestInit Response Set String Symbol TextDecoder URLSearchParams WebSocket
        """,
    )
)
_KEYWORDS = frozenset({"constructor", "credentials", "sender"})


def reserved_names() -> frozenset[str]:
    """Return the names that no type of a client may have."""
    own = re.findall(r"^(?:export )?(?:class|interface|type) (\w+)", _runtime(), re.M)
    return frozenset(own) | _NOT_TYPES


def _runtime() -> str:
    source = files("rapide.contracts.clients.typescript").joinpath("runtime.ts")
    return source.read_text(encoding="utf-8").partition(_MARK)[2].strip("\n")


def _used_runtime(api: Api) -> str:
    """Return the part that is the same for all, without a function that would be unused."""
    has_segments = any(one.place == "path" for each in api.operations for one in each.parameters)
    unused = "" if has_segments else r"/\*\* Return a value as one segment .*?\n}\n\n"
    return re.sub(unused, "", _runtime(), count=1, flags=re.S) if unused else _runtime()


def write_typescript(api: Api, command: str) -> str:
    """Return the source of a client.

    Args:
        api: What the client sees of the application.
        command: The command that makes it, for the header.
    """
    groups = dict.fromkeys(operation.group for operation in api.operations)
    types = Names([*reserved_names(), *(definition.name for definition in api.definitions)])
    members = Names(_KEYWORDS)
    named = {
        group: (members.give(camel(group)), types.give(f"{pascal(group)}Operations"))
        for group in groups
        if group
    }
    classes = [_group(api, group, class_name) for group, (_, class_name) in named.items()]
    sections = [
        f"// Made by `{command}`. Do not edit: run the command again.",
        *write_definitions(api.definitions),
        _credentials(api.schemes),
        *classes,
        _client(api, named, members),
        _used_runtime(api),
    ]
    return "\n\n".join(sections) + "\n"


def _credentials(schemes: tuple[Scheme, ...]) -> str:
    names = Names()
    lines = ["/** What the client presents, where an operation asks for it. */"]
    lines.append("export interface Credentials {")
    mark = "" if schemes else "_"
    body = [f"function present({mark}request: ApiRequest, {mark}credentials: Credentials): void {{"]
    for scheme in schemes:
        name = names.give(camel(scheme.name))
        lines += doc_comment(scheme.text or f"For {scheme.name}.", "  ")
        type_ = "{ name: string; password: string }" if scheme.kind == "basic" else "string"
        lines.append(f"  {name}?: {type_};")
        body.append(
            f"  if (request.security.includes({constant(scheme.name)}) && "
            f"credentials.{name} !== undefined) {{"
        )
        body += [f"    {_present(scheme, f'credentials.{name}')}", "  }"]
    return "\n".join([*lines, "}", "", *body, "}"])


def _present(scheme: Scheme, value: str) -> str:
    match scheme.kind:
        case "basic":
            words = f"`${{{value}.name}}:${{{value}.password}}`"
            text = f"new TextEncoder().encode({words})"
            coded = f"btoa(String.fromCharCode(...{text}))"
            return f'request.header("Authorization", `Basic ${{{coded}}}`);'
        case "bearer" | "digest":
            return f'request.header("Authorization", `{scheme.kind.title()} ${{{value}}}`);'
    return f"request.{scheme.kind}({constant(scheme.wire_name)}, {value});"


def _group(api: Api, group: str, class_name: str) -> str:
    lines = doc_comment(api.groups.get(group) or f"Operations of {group}.", "")
    lines.append(f"export class {class_name} {{")
    lines.append("  constructor(private readonly sender: Sender) {}")
    names = Names(_KEYWORDS)
    return "\n".join([*lines, *_methods(api, group, names), "}"])


def _client(api: Api, groups: dict[str, tuple[str, str]], members: Names) -> str:
    title = f"{api.title} {api.version}".strip()
    lines = [*doc_comment(f"A client of {title}.", ""), "export class Client {"]
    lines.append("  private readonly sender: Sender;")
    lines += [f"  readonly {member}: {class_name};" for member, class_name in groups.values()]
    lines += [
        "",
        '  /** `baseUrl` is where the application is, as "https://api.example.com". */',
        "  constructor(baseUrl: string, options: ClientOptions = {}) {",
        "    this.sender = new Sender(baseUrl, options);",
    ]
    lines += [
        f"    this.{member} = new {class_name}(this.sender);"
        for member, class_name in groups.values()
    ]
    lines += [
        "  }",
        "",
        "  /** What the client presents; it may be changed. */",
        "  get credentials(): Credentials {",
        "    return this.sender.credentials;",
        "  }",
    ]
    return "\n".join([*lines, *_methods(api, "", members), "}"])


def _methods(api: Api, group: str, names: Names) -> list[str]:
    lines: list[str] = []
    for operation in api.operations:
        if operation.group == group:
            method = operation.method.lower()
            name = names.give(camel(operation.id), camel(f"{operation.id}_{method}"))
            lines += ["", *_method(operation, name)]
    return lines


def _method(operation: Operation, name: str) -> list[str]:
    arguments, statements, path = _arguments(operation)
    title = operation.id.replace("_", " ").title()
    texts = [operation.summary] if operation.summary != title else []
    texts = [*texts, operation.text] if operation.text else texts or [f"{title}."]
    texts += ["@deprecated"] if operation.deprecated else []
    lines = doc_comment("\n\n".join(text for text in texts if text), "  ")
    is_optional = all(
        "?:" in line for line in arguments if not line.lstrip().startswith(("/", "*"))
    )
    given = []
    if arguments:
        lines.append(f"  {name}(")
        given = ["    args: {", *(f"      {line}" for line in arguments)]
        given.append("    } = {}," if is_optional else "    },")
        lines += given
    else:
        lines.append(f"  {name}(")
    result = "WebSocket"
    if not operation.is_websocket:
        lines.append("    init?: RequestInit,")
        result = f"Promise<{_answers(operation)}>"
    lines.append(f"  ): {result} {{")
    security = f", {json.dumps(operation.security)}" if operation.security else ""
    method = "GET" if operation.is_websocket else operation.method
    lines.append(f'    const request = new ApiRequest("{method}", {path}{security});')
    lines += [f"    {statement}" for statement in statements]
    if operation.is_websocket:
        return [*lines, "    return this.sender.open(request);", "  }"]
    successes, errors = _readers(operation.successes), _readers(operation.errors)
    return [*lines, f"    return this.sender.send(request, {successes}, {errors}, init);", "  }"]


def _arguments(operation: Operation) -> tuple[list[str], list[str], str]:
    """Return the lines of the type of a method's argument, statements, and the path."""
    names = Names()
    lines: list[str] = []
    statements: list[str] = []
    segments: dict[str, str] = {}
    for parameter in sorted(operation.parameters, key=lambda one: one.place != "path"):
        name = names.give(parameter.name, f"{parameter.name}_{parameter.place}")
        used = _used(name)
        if parameter.place == "path":
            segments[parameter.name] = f"${{segment({used})}}"
        else:
            style = "" if parameter.style == "repeat" else f", {constant(parameter.style)}"
            wire = constant(parameter.name)
            statements.append(f"request.{parameter.place}({wire}, {used}{style});")
        lines += _argument(name, parameter)
    if operation.body is not None:
        for more, statement in _body(names, operation.body):
            lines += more
            statements.append(statement)
    path = encoded_path(operation.path, segments)
    return lines, statements, f"`{path}`" if "${segment(" in path else json.dumps(path)


def _used(name: str) -> str:
    key = key_of(name)
    return f"args.{name}" if key == name else f"args[{key}]"


def _argument(name: str, parameter: Parameter) -> list[str]:
    text = parameter.text
    if parameter.default:
        text = f"{text} (default: {parameter.default})".strip()
    mark = "" if parameter.required else "?"
    type_ = typescript_type(parameter.type)
    return [*doc_comment(text, ""), f"{key_of(name)}{mark}: {type_};"]


def _body(names: Names, body: Body) -> list[tuple[list[str], str]]:
    if body.fields is None:
        name = names.give("body", "requestBody")
        type_ = "BodyInit" if body.kind == "content" else typescript_type(body.type)
        if body.kind in ("form", "multipart"):
            type_ = "URLSearchParams" if body.kind == "form" else "FormData"
            statement = f"request.body = {_used(name)};"
        else:
            how = "raw" if body.kind == "content" else "json"
            is_usual = body.kind == "json" and body.media_type == "application/json"
            media_type = "" if is_usual else f", {constant(body.media_type)}"
            statement = f"request.{how}({_used(name)}{media_type});"
        mark = "" if body.required else "?"
        return [([f"{key_of(name)}{mark}: {type_};"], statement)]
    how = {"json": "member", "form": "form", "multipart": "part"}[body.kind]
    found = []
    for one in body.fields:
        name = names.give(one.name, f"{one.name}_body")
        is_file = body.kind != "json" and holds(one.type, FILE)
        type_ = typescript_type(one.type, "Blob" if is_file else "string")
        text = one.text
        if one.default is not None:
            text = f"{text} (default: {constant(one.default)})".strip()
        mark = "" if one.required else "?"
        lines = [*doc_comment(text, ""), f"{key_of(name)}{mark}: {type_};"]
        found.append((lines, f"request.{how}({constant(one.name)}, {_used(name)});"))
    return found


def _answers(operation: Operation) -> str:
    """Return the union of the answers, by status."""
    parts: dict[tuple[str, str], list[str]] = {}
    exact = [answer.status for answer in operation.answers if answer.status.isdecimal()]
    for answer in operation.answers:
        kind = "Failure" if answer.is_error else "Success"
        key = (kind, _status(answer.status, exact, operation))
        parts.setdefault(key, []).append(_answer_type(answer))
    lines = [
        f"{kind}<{status}, {' | '.join(dict.fromkeys(types))}>"
        for (kind, status), types in parts.items()
    ]
    if not lines:
        return "never"
    return "\n    | " + "\n    | ".join(lines) + "\n  " if len(lines) > 1 else lines[0]


def _status(status: str, exact: list[str], operation: Operation) -> str:
    if status.isdecimal():
        return status
    others = [one for one in exact if status == "default" or one[0] == status[0]]
    name = "OtherStatus" if status == "default" else f"Status{status}"
    if status == "default":
        ranges = [one.status for one in operation.answers if one.status[1:] == "XX"]
        others += [f"Status{one}" for one in ranges]
    return f"Exclude<{name}, {' | '.join(others)}>" if others else name


def _answer_type(answer: Answer) -> str:
    match answer.kind:
        case Kind.JSON:
            return typescript_type(answer.type)
        case Kind.JSON_LINES:
            return f"AsyncIterable<{typescript_type(answer.type)}>"
        case Kind.EVENTS | Kind.TEXT_EVENTS:
            return f"AsyncIterable<ServerEvent<{typescript_type(answer.type)}>>"
    return {Kind.TEXT: "string", Kind.BYTES: "Blob", Kind.NOTHING: "undefined"}.get(
        answer.kind, "unknown"
    )


def _readers(answers: tuple[Answer, ...]) -> str:
    by_status: dict[str, dict[str, str]] = {}
    for answer in answers:
        by_status.setdefault(answer.status, {})[answer.media_type] = answer.kind.value
    written = {
        status: next(iter(readers.values())) if len(readers) == 1 else readers
        for status, readers in by_status.items()
    }
    inner = ", ".join(f"{key_of(key)}: {_reader(value)}" for key, value in written.items())
    return f"{{ {inner} }}" if inner else "{}"


def _reader(value: str | dict[str, str]) -> str:
    return json.dumps(value)
