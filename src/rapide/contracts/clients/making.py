"""Make the client of an application, and compare it with the files that are there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from starlette.routing import BaseRoute

from rapide.contracts.clients.api import Api
from rapide.contracts.clients.python.write import reserved_names, write_python
from rapide.contracts.clients.reading import read_api
from rapide.contracts.clients.schemas import Schema, mapping_in
from rapide.contracts.clients.typescript.write import reserved_names as reserved_in_typescript
from rapide.contracts.clients.typescript.write import write_typescript
from rapide.contracts.clients.variants import joined_variants
from rapide.contracts.clients.websockets import describe_websockets
from rapide.schema.definitions import GenerateJsonSchema


class Described(Protocol):
    """An application that has a document."""

    openapi_schema: dict[str, object] | None

    @property
    def routes(self) -> list[BaseRoute]: ...

    def openapi(self) -> dict[str, object]:
        """Return the document."""
        ...


@dataclass(frozen=True, slots=True)
class Language:
    """A language that clients are written in.

    Attributes:
        name: Its name, as in the command.
        suffix: How the names of its files end.
        main: The file of a client in a folder.
        reserved: The names that no type may have.
        write: What writes a client.
        others: Other files in the folder, with their content.
    """

    name: str
    suffix: str
    main: str
    reserved: Callable[[], frozenset[str]]
    write: Callable[[Api, str], str]
    others: tuple[tuple[str, str], ...] = ()


PYTHON = Language("python", ".py", "__init__.py", reserved_names, write_python, (("py.typed", ""),))
TYPESCRIPT = Language("typescript", ".ts", "index.ts", reserved_in_typescript, write_typescript)


def _document(app: Described) -> Schema:
    """Return the document, made anew with the names of formats that only clients need."""
    kept = app.openapi_schema
    GenerateJsonSchema.names_decimals = True
    try:
        app.openapi_schema = None
        return app.openapi()
    finally:
        GenerateJsonSchema.names_decimals = False
        app.openapi_schema = kept


def read_application(app: Described, language: Language) -> Api:
    """Return what a client of an application sees."""
    document = _document(app)
    websockets, schemas, schemes = describe_websockets(app.routes)
    components = mapping_in(document, "components")
    merged: Mapping[str, object] = {
        **components,
        "schemas": {**schemas, **mapping_in(components, "schemas")},
        "securitySchemes": {**schemes, **mapping_in(components, "securitySchemes")},
    }
    return joined_variants(
        read_api({**document, "components": merged}, language.reserved(), websockets)
    )


def make_client(app: Described, language: Language, output: Path) -> dict[Path, str]:
    """Return the files of a client and their content.

    Args:
        app: The application.
        language: The language.
        output: A file if its name ends as those of the language do, else a folder.
    """
    source = language.write(read_application(app, language), f"rapide client {language.name}")
    if output.suffix == language.suffix:
        return {output: source}
    return {output / language.main: source} | {
        output / name: content for name, content in language.others
    }


def changed_files(made: Mapping[Path, str]) -> list[Path]:
    """Return the files that are missing, or whose content is not what would be written."""
    return [
        path
        for path, content in made.items()
        if not path.is_file() or path.read_bytes() != content.encode()
    ]


def write_files(made: Mapping[Path, str]) -> list[Path]:
    """Write the files that change, and return them."""
    changed = changed_files(made)
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made[path].encode())
    return changed
