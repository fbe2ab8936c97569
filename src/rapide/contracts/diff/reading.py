"""Documents and their references, and files in JSON and YAML."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

Json = Mapping[str, object]
NOTHING: Json = {}


class UnreadableDocument(Exception):
    """A document, or one of its references, cannot be read. The message is one line."""


def mapping(value: object) -> Json:
    """Return a value if it is an object of JSON, else an empty one."""
    return value if isinstance(value, Mapping) else NOTHING


def sequence(value: object) -> list[object]:
    """Return a value if it is a list of JSON, else an empty one."""
    return value if isinstance(value, list) else []


class Document:
    """An OpenAPI document whose references can be followed.

    Args:
        content: The document.
        name: What errors call it.

    Raises:
        UnreadableDocument: It is not a document of OpenAPI 3.
    """

    def __init__(self, content: object, name: str) -> None:
        self.content = mapping(content)
        self.name = name
        version = str(self.content.get("openapi", ""))
        if not version.startswith("3."):
            raise UnreadableDocument(
                f"{name} is not a document of OpenAPI 3: its `openapi` is {version or 'missing'}"
            )
        #: In OpenAPI 3.0, what stands beside a reference has no meaning.
        self.ignores_siblings = version.startswith("3.0")

    def find(self, reference: str) -> object:
        """Return what a reference leads to.

        Raises:
            UnreadableDocument: There is nothing, or it is in a document that is not in a file.
        """
        if not reference.startswith("#"):
            raise UnreadableDocument(
                f"{self.name} refers to {reference}, and only documents in files can refer to "
                "other files"
            )
        pointer = unquote(reference[1:])
        if pointer and not pointer.startswith("/"):
            raise UnreadableDocument(
                f"{self.name} refers to {reference} by a name, not by its place"
            )
        found: Any = self.content
        for part in pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            elif isinstance(found, Mapping) and key in found:
                found = found[key]
            else:
                raise UnreadableDocument(f"{self.name} has no {reference}, which it refers to")
        return found

    def resolved(self, value: object) -> Json:
        """Return an object after its references, for all objects that are not schemas.

        Raises:
            UnreadableDocument: The references lead nowhere.
        """
        seen = set()
        found = mapping(value)
        while isinstance(reference := found.get("$ref"), str):
            if reference in seen:
                raise UnreadableDocument(f"{self.name}: {reference} refers to itself")
            seen.add(reference)
            found = mapping(self.find(reference))
        return found


def read_file(path: Path) -> object:
    """Read a file in JSON or YAML.

    Raises:
        UnreadableDocument: There is no such file, or it is neither.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableDocument(f"{path} cannot be read: {reason}") from error
    try:
        return (
            _from_yaml(text, path) if path.suffix.lower() in (".yaml", ".yml") else json.loads(text)
        )
    except RecursionError:
        raise UnreadableDocument(f"{path} is nested too deeply") from None
    except ValueError as error:
        raise UnreadableDocument(f"{path} is not JSON: {error}") from error


def written(document: object, *, as_yaml: bool) -> str:
    """Return a document as text, in its own order and with a newline at the end."""
    if not as_yaml:
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    yaml = _yaml()

    class Dumper(yaml.SafeDumper):  # type: ignore[misc, name-defined]
        def ignore_aliases(self, data: object) -> bool:
            return True

    # What other objects mean, such as tuples, JSON decides.
    plain = json.loads(json.dumps(document))
    text: str = yaml.dump(
        plain, Dumper=Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False
    )
    return text


def _yaml() -> Any:
    try:
        import yaml  # type: ignore[import-untyped]
    except ImportError:
        raise UnreadableDocument('YAML needs PyYAML: pip install "rapide[openapi]"') from None
    return yaml


def _from_yaml(text: str, path: Path) -> object:
    """Read YAML as OpenAPI asks for: numbers and dates as in JSON, names of fields as strings."""
    yaml = _yaml()

    class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined]
        pass

    Loader.yaml_implicit_resolvers = {
        first: [one for one in resolvers if not one[0].endswith((":timestamp", ":bool"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    # SPEC: OpenAPI 3.1, 4.1: the JSON schema of YAML 1.2, where `no` is a string.
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), "tf")
    try:
        return _with_string_keys(yaml.load(text, Loader=Loader))
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise UnreadableDocument(f"{path} is not YAML: {said}") from error


def _with_string_keys(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _with_string_keys(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_string_keys(inner) for inner in value]
    return value
