"""`[tool.rapide]` and `[tool.fastapi]` in `pyproject.toml`."""

import tomllib
from pathlib import Path
from typing import Any, Final, TypeGuard

from rapide.cli.failures import DiscoveryError

PYPROJECT = Path("pyproject.toml")
#: The JSON Schema of `[tool.rapide]`, which a script writes.
SCHEMA: Final = Path(__file__).with_name("tool-rapide.schema.json")
#: What the keys of `[tool.rapide]` are for.
TABLE_HELP: Final = {
    "entrypoint": "The application, as module:object.",
    "run": "Options of `rapide run`.",
    "dev": "Options of `rapide dev`.",
}


def tool_schema(tool_name: str = "rapide") -> dict[str, Any]:
    """Return the JSON Schema of `[tool.rapide]`. `validate-pyproject` calls this with the name.

    Args:
        tool_name: The name of the table; always `rapide`.
    """
    import json

    schema: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return schema


def tool_tables(pyproject: Path) -> dict[str, dict[str, object]]:
    """Return the tables `rapide` and `fastapi`; they are empty if they are not there.

    Raises:
        DiscoveryError: The file cannot be read.
    """
    try:
        tools = tomllib.loads(pyproject.read_text(encoding="utf-8")).get("tool", {})
    except FileNotFoundError:
        tools = {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DiscoveryError(f"{pyproject} is not valid TOML: {error}") from error
    except OSError as error:
        raise DiscoveryError(f"{pyproject} cannot be read: {error.strerror}") from error
    found = {name: tools.get(name) for name in ("rapide", "fastapi")} if is_table(tools) else {}
    return {name: table if is_table(table) else {} for name, table in found.items()}


def is_table(value: object) -> TypeGuard[dict[str, object]]:
    """Return whether a value of a TOML file is a table."""
    return isinstance(value, dict)


def configured_entrypoint(pyproject: Path) -> tuple[str | None, str]:
    """Return `entrypoint` of `[tool.rapide]` or `[tool.fastapi]`, and the name of the table."""
    for table, section in tool_tables(pyproject).items():
        entrypoint = section.get("entrypoint")
        if entrypoint is None:
            continue
        if not isinstance(entrypoint, str):
            kind = type(entrypoint).__name__
            raise DiscoveryError(
                f"{pyproject}: [tool.{table}] entrypoint has to be a string, not {kind}"
            )
        return entrypoint, f"tool.{table}"
    return None, ""
