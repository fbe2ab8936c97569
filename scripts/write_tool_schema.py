"""Write the JSON Schema of `[tool.rapide]` in `pyproject.toml`, for editors and checkers.

Usage: scripts/write_tool_schema.py [--check]

The options are declared once, in `rapide.server.options`. With `--check`, nothing is written, and
an outdated file is an error.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, get_args

from rapide.cli.configured import keys_of_commands
from rapide.cli.pyproject import SCHEMA, TABLE_HELP
from rapide.server.options import DEV_DEFAULTS, Declared

ROOT = Path(__file__).parents[1]
PRIMITIVES = {bool: "boolean", int: "integer", float: "number", str: "string", Path: "string"}


def make_schema() -> dict[str, Any]:
    """Return the schema of the table `rapide`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name = Path(str(SCHEMA)).name
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": f"{project['urls']['Documentation']}{name}",
        "title": "Rapide's table in pyproject.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "entrypoint": {
                "type": "string",
                "description": TABLE_HELP["entrypoint"],
                "examples": ["shop.main:app"],
            },
            **{
                command: {
                    "type": "object",
                    "description": TABLE_HELP[command],
                    "additionalProperties": False,
                    "properties": make_properties(
                        options, DEV_DEFAULTS if command == "dev" else {}
                    ),
                }
                for command, options in keys_of_commands().items()
            },
        },
    }


def make_properties(options: list[Declared], defaults: Mapping[str, object]) -> dict[str, Any]:
    """Return a schema for each option, under both spellings of its name."""
    made = {}
    for option in options:
        default = make_default(defaults.get(option.name, option.default))
        described = {**make_type(option), "description": option.about.help, **default}
        made[option.name.replace("_", "-")] = described
        if "_" in option.name:
            made[option.name] = described
    return made


def make_type(option: Declared) -> dict[str, Any]:
    """Return what an option may be."""
    kind = option.type
    if isinstance(kind, UnionType):
        kind = get_args(kind)[0]
    if isinstance(kind, type) and issubclass(kind, Enum):
        # Text that is read is more than the names: "1" is "optional".
        names = [member.value for member in kind]
        return {"type": "string", "examples": names} if option.about.parse else {"enum": names}
    if kind in PRIMITIVES:
        assert isinstance(kind, type)
        made: dict[str, Any] = {"type": PRIMITIVES[kind]}
        if kind in (int, float):
            made |= {"minimum": option.minimum, "maximum": option.maximum}
        if option.about.parse is not None and kind is not str:
            made["type"] = [made["type"], "string"]
        return made
    item = {"type": PRIMITIVES[get_args(kind)[0]]}
    return {"anyOf": [item, {"type": "array", "items": item}]}


def make_default(default: object) -> dict[str, Any]:
    """Return the default of an option, if it has one that can be written."""
    if isinstance(default, Enum):
        return {"default": default.value}
    if isinstance(default, bool | int | float | str):
        return {"default": default}
    return {}


def main() -> None:
    """Write the file, or compare it."""
    made = json.dumps(make_schema(), indent=2, ensure_ascii=False) + "\n"
    if "--check" not in sys.argv:
        SCHEMA.write_text(made, encoding="utf-8")
    elif SCHEMA.read_text(encoding="utf-8") != made:
        sys.exit(f"{SCHEMA} is outdated: run scripts/write_tool_schema.py")


if __name__ == "__main__":
    main()
