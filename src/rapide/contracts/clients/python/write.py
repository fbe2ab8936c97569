"""Write a Python client as one module."""

import re
from collections.abc import Iterator
from importlib.resources import files

from rapide.contracts.clients.api import Answer, Api, Kind, Scheme
from rapide.contracts.clients.names import Names, pascal, snake
from rapide.contracts.clients.python.methods import (
    answer_type,
    reader_of,
    result_type,
    write_method,
)
from rapide.contracts.clients.python.models import docstring, wrapped, write_definitions
from rapide.contracts.clients.python.types import (
    NOT_METHODS,
    NOT_PARAMETERS,
    python_type,
    source_of,
)

_MARK = "# --- the copied part begins here ---\n"

#: What the modules of a client may import. Each client imports what it needs of it.
_IMPORTS = {
    "": ("datetime", "json", "re"),
    "base64": ("b64encode",),
    "collections.abc": ("AsyncIterator", "Callable", "Iterator", "Mapping"),
    "contextlib": (
        "AbstractAsyncContextManager",
        "AbstractContextManager",
        "asynccontextmanager",
        "contextmanager",
    ),
    "dataclasses": ("dataclass", "field"),
    "decimal": ("Decimal",),
    "enum": ("Enum",),
    "http.cookies": ("SimpleCookie",),
    "importlib": ("import_module",),
    "types": ("TracebackType",),
    "typing": (
        "IO",
        "Annotated",
        "Any",
        "ClassVar",
        "Generic",
        "Literal",
        "Protocol",
        "TypeAlias",
        "TypeVar",
    ),
    "urllib.parse": ("quote", "urlencode"),
    "uuid": ("UUID",),
}
_PYDANTIC = ("BaseModel", "ConfigDict", "Field", "RootModel", "TypeAdapter", "ValidationError")

_CLIENT = '''\
class {name}:
    """{text}

    Use it in {block} block, or close it.

    Args:
        base_url: Where the application is, as "https://api.example.com".
        credentials: What the client presents. It may be changed later.
        http: An own {http}, for timeouts, proxies, retries or tests.
    """

    def __init__(
        self,
        base_url: str,
        *,
        credentials: Credentials | None = None,
        http: httpx.{http} | None = None,
    ) -> None:
        self.credentials = Credentials() if credentials is None else credentials
        self._http = httpx.{http}() if http is None else http
        self._sender = {sender}(base_url, self.credentials, self._http)
{groups}
    {word}def {close}(self) -> None:
        """Close the connections."""
        {await_}self._http.{close}()

    {word}def __{a}enter__(self) -> {name}:
        return self

    {word}def __{a}exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        {await_}self.{close}()'''


def reserved_names() -> frozenset[str]:
    """Return the names that no type of a client may have."""
    own = re.findall(
        r"^(?:class |def |)(\w+)", _runtime("runtime") + _runtime("websocket_runtime"), re.M
    )
    imported = [name for names in _IMPORTS.values() for name in names]
    return frozenset(
        [
            *own,
            *imported,
            *_PYDANTIC,
            "Client",
            "AsyncClient",
            "Credentials",
            "None",
            "True",
            "False",
        ]
    )


def _runtime(name: str) -> str:
    source = files("rapide.contracts.clients.python").joinpath(f"{name}.py")
    return source.read_text(encoding="utf-8").partition(_MARK)[2].strip("\n")


def write_python(api: Api, command: str) -> str:
    """Return the source of a client.

    Args:
        api: What the client sees of the application.
        command: The command that makes it, for the header.
    """
    client = _Client(api)
    sections = [
        _runtime("runtime"),
        *write_definitions(api.definitions),
        *client.errors(),
        client.answers(),
        client.credentials(),
        *client.groups(),
        *client.clients(),
    ]
    if any(operation.is_websocket for operation in api.operations):
        sections.insert(1, _runtime("websocket_runtime"))
    body = "\n\n\n".join(section for section in sections if section)
    title = f"{api.title} {api.version}".strip().replace('"', "'").replace("\\", "/")
    head = f"# Made by `{command}`. Do not edit: run the command again.\n"
    head += f'"""A client of {title}."""\n\nfrom __future__ import annotations\n\n'
    return f"{head}{_imports(body)}\n\n{body}\n"


def _imports(body: str) -> str:
    words = set(re.findall(r"\w+", re.sub(r'"""(?:.|\n)*?"""', "", body)))
    lines = [f"import {name}" for name in _IMPORTS[""] if name in words]
    for module, names in _IMPORTS.items():
        used = [name for name in names if name in words]
        if module and used:
            line = f"from {module} import {', '.join(used)}"
            separated = ",\n    ".join(used)
            lines.append(
                line if len(line) <= 100 else f"from {module} import (\n    {separated},\n)"
            )
    own = [name for name in _PYDANTIC if name in words]
    lines += ["", "import httpx", f"from pydantic import {', '.join(own)}"]
    return "\n".join(lines)


class _Client:
    """The parts of a client that follow from its operations."""

    def __init__(self, api: Api) -> None:
        self._api = api
        taken = [*reserved_names(), *(definition.name for definition in api.definitions)]
        self._types = Names(taken)
        self._constants = Names(taken)
        self._of_status: dict[tuple[str, str], str] = {}
        self._error_sources: list[str] = []
        self._errors: dict[int, list[tuple[str, str]]] = {}
        self._named: dict[int, str] = {}
        groups = dict.fromkeys(operation.group for operation in api.operations)
        members = Names({*NOT_METHODS, "credentials", "close", "aclose"})
        self._members = {group: members.give(snake(group)) for group in groups if group}
        self._names: dict[int, str] = {}
        scopes = {group: Names(NOT_METHODS) for group in groups}
        scopes[""] = members
        for number, operation in enumerate(api.operations):
            name = snake(operation.id)
            method = operation.method.lower()
            self._names[number] = scopes[operation.group].give(name, f"{name}_{method}")
            self._named[number] = self._constants.give(name.upper(), f"{name}_{method}".upper())
            self._errors[number] = [
                (self._error(status, answers), answers[0].text)
                for status, answers in by_status(operation.errors).items()
            ]

    def _error(self, status: str, answers: list[Answer]) -> str:
        types = list(dict.fromkeys(answer_type(answer) for answer in answers))
        body = " | ".join(types)
        reader = reader_of(answers)
        key = (status, reader)
        if key not in self._of_status:
            prefix = pascal(" ".join(re.findall(r"\w+", body))) if body != "Any" else "Status"
            name = self._types.give(f"{prefix}{pascal('x' + status)[1:]}")
            number = f"Literal[{status}]" if status.isdecimal() else "int"
            self._of_status[key] = name
            self._error_sources.append(
                f"class {name}(ApiError[{number}, {body}]):\n"
                f'    """An answer with status {status}."""\n\n'
                f'    answers = "{status}"\n    reads = ({reader},)'
            )
        return self._of_status[key]

    def errors(self) -> list[str]:
        """Return the sources of the exceptions, one for each status and type of body."""
        return sorted(self._error_sources)

    def answers(self) -> str:
        """Return what the answers of each operation are, and the tuples of its exceptions."""
        lines: list[str] = []
        for number, operation in enumerate(self._api.operations):
            if operation.is_websocket:
                continue
            constant = self._named[number]
            errors = [name for name, _ in self._errors[number]]
            lines.append(_assigned_tuple(f"{constant}_ERRORS", errors))
            successes = [
                f'"{status}": {reader_of(answers)}'
                for status, answers in by_status(operation.successes).items()
                if operation.stream not in answers
            ]
            parts = [f"{{{', '.join(successes)}}}", f"{constant}_ERRORS"]
            if operation.stream is not None:
                parts.append(_decoder(operation.stream))
            lines += wrapped(f"{constant} = Answers[{result_type(operation)}](", parts, ")")
        return "\n".join(lines)

    def credentials(self) -> str:
        """Return the class of what a client presents."""
        lines = [
            "@dataclass",
            "class Credentials:",
            '    """What the client presents, where an operation asks for it."""',
        ]
        body = [
            "",
            "    def present(self, request: Request) -> None:",
            '        """Add what a request asks for."""',
        ]
        names = Names({*NOT_PARAMETERS, "present"})
        for scheme in self._api.schemes:
            name = names.give(snake(scheme.name))
            kind = "tuple[str, str]" if scheme.kind == "basic" else "str"
            lines += ["", f"    {name}: {kind} | None = None"]
            lines += docstring(_text_of_scheme(scheme), "    ")
            asked = f"{source_of(scheme.name)} in request.security"
            body.append(f"        if {asked} and self.{name} is not None:")
            body.append(f"            {_present(scheme, name)}")
        return "\n".join([*lines, *body])

    def groups(self) -> list[str]:
        """Return the classes of the operations that have a tag."""
        found = []
        for group in self._members:
            for is_async in (False, True):
                sender = "AsyncSender" if is_async else "Sender"
                name = self._class_of(group, is_async)
                text = self._api.groups.get(group) or f"Operations of {group}."
                found.append(
                    "\n".join(
                        [
                            f"class {name}:",
                            *docstring(text, "    "),
                            "",
                            f"    def __init__(self, sender: {sender}) -> None:",
                            "        self._sender = sender",
                            *(f"\n{method}" for method in self._methods(group, is_async)),
                        ]
                    )
                )
        return found

    def _class_of(self, group: str, is_async: bool) -> str:
        key = (group, str(is_async))
        if key not in self._of_status:
            prefix = "Async" if is_async else ""
            self._of_status[key] = self._types.give(f"{prefix}{pascal(group)}Operations")
        return self._of_status[key]

    def _methods(self, group: str, is_async: bool) -> Iterator[str]:
        for number, operation in enumerate(self._api.operations):
            if operation.group == group:
                yield write_method(
                    operation,
                    self._names[number],
                    self._named[number],
                    self._errors[number],
                    is_async,
                )

    def clients(self) -> Iterator[str]:
        """Yield the two classes that users make."""
        for is_async in (False, True):
            groups = [
                f"        self.{member} = {self._class_of(group, is_async)}(self._sender)"
                for group, member in self._members.items()
            ]
            title = (self._api.title or "the application").replace("\\", "/").replace('"', "'")
            source = _CLIENT.format(
                name="AsyncClient" if is_async else "Client",
                text=f"A client of {title}" + (" for asynchronous code." if is_async else "."),
                block="an `async with`" if is_async else "a `with`",
                http="AsyncClient" if is_async else "Client",
                sender="AsyncSender" if is_async else "Sender",
                groups="".join(f"{line}\n" for line in groups),
                word="async " if is_async else "",
                await_="await " if is_async else "",
                close="aclose" if is_async else "close",
                a="a" if is_async else "",
            )
            yield "\n\n".join([source, *self._methods("", is_async)])


def by_status(answers: tuple[Answer, ...]) -> dict[str, list[Answer]]:
    """Return answers by their status."""
    found: dict[str, list[Answer]] = {}
    for answer in answers:
        found.setdefault(answer.status, []).append(answer)
    return found


def _assigned_tuple(name: str, items: list[str]) -> str:
    written = ", ".join(items) + ("," if len(items) == 1 else "")
    line = f"{name} = ({written})"
    separated = ",\n    ".join(items)
    return line if len(line) <= 100 else f"{name} = (\n    {separated},\n)"


def _decoder(stream: Answer) -> str:
    if stream.kind is Kind.JSON_LINES:
        return f"json_lines({python_type(stream.type)})"
    content = python_type(stream.type) if stream.kind is Kind.EVENTS else ""
    return f"events({content})"


def _text_of_scheme(scheme: Scheme) -> str:
    texts = {
        "basic": "Name and password.",
        "bearer": "The token, without the word Bearer.",
        "digest": "What follows the word Digest.",
    }
    return scheme.text or texts.get(scheme.kind) or f"The {scheme.kind} {scheme.wire_name}."


def _present(scheme: Scheme, name: str) -> str:
    wire = source_of(scheme.wire_name)
    match scheme.kind:
        case "basic":
            return f'request.header("Authorization", basic(*self.{name}))'
        case "bearer" | "digest":
            return f'request.header("Authorization", f"{scheme.kind.title()} {{self.{name}}}")'
    return f"request.{scheme.kind}({wire}, self.{name})"
