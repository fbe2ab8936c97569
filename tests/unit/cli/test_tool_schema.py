"""The JSON Schema of `[tool.rapide]` accepts what the commands accept."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rapide.cli.configured import configured_options, keys_of_commands
from rapide.cli.pyproject import SCHEMA, tool_schema
from rapide.server.options import Declared, OptionError

SCRIPT = Path(__file__).parents[3] / "scripts" / "write_tool_schema.py"
VALIDATOR = jsonschema.Draft7Validator(tool_schema())
#: Values of every type that TOML has for options, as TOML writes them.
VALUES = {
    text: json.loads(text)
    for text in (
        *("true", "false", "-1", "0", "1", "443", "70000", "4294967296", "0.5", "1e12"),
        *('""', '"text"', '"660"', '"json"', '"asgi"', '"auto"', '"required"', '"1.3"', '"/shop"'),
        *("[]", '["text"]', '["a", "b"]', "[1]", "{}"),
    )
}
OPTIONS = [
    pytest.param(command, option, id=f"{command}-{option.name}")
    for command, options in keys_of_commands().items()
    for option in options
]


def test_the_file_is_what_the_options_say() -> None:
    checked = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(tool_schema("rapide"))
    assert SCHEMA.parent.name == "cli"


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_an_option_takes_what_the_schema_says(
    command: str, option: Declared, tmp_path: Path
) -> None:
    name = option.name.replace("_", "-")
    file = tmp_path / "pyproject.toml"
    for text, value in VALUES.items():
        file.write_text(f"[tool.rapide.{command}]\n{name} = {text}\n")
        is_accepted = accepts(command, file)
        is_valid = VALIDATOR.is_valid({command: {name: value}})
        # What text means is read by a function, which knows more than a schema can say.
        is_read = option.about.parse is not None and isinstance(value, str)
        assert is_valid == is_accepted or (is_valid and is_read), f"{name} = {text}"
        assert VALIDATOR.is_valid({command: {option.name: value}}) == is_valid


def accepts(command: str, file: Path) -> bool:
    try:
        configured_options(command, file)
    except OptionError:
        return False
    return True


@pytest.mark.parametrize(
    "table",
    [{"prot": 1}, {"run": {"prot": 1}}, {"dev": {"workers": 2}}, {"run": {"entrypoint": "a"}}],
)
def test_other_keys_are_mistakes(table: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(table)


def test_an_entrypoint_is_a_text() -> None:
    assert VALIDATOR.is_valid({"entrypoint": "shop.main:app", "run": {"port": 80}})
    assert not VALIDATOR.is_valid({"entrypoint": 1})
