"""The options of `rapide run` and `rapide dev` that `pyproject.toml` contains."""

from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from rapide.cli.failures import DiscoveryError
from rapide.cli.pyproject import PYPROJECT, TABLE_HELP, is_table, tool_tables
from rapide.server.options import Declared, Option, OptionError, declared
from rapide.server.values import check_values

#: The keys of `[tool.rapide]`.
_KEYS = tuple(
    Declared(name, str | None, None, Option(help=text)) for name, text in TABLE_HELP.items()
)
#: Options of the commands that are not those of the server.
_OF_COMMANDS = (
    Declared("as_fastapi", bool, False, Option(help="Let Rapide stand in for FastAPI.")),
    Declared("verbose", bool, False, Option(help="Print how the application was found.")),
)


def taken(command: str) -> list[Declared]:
    """Return the options of the server that a command takes."""
    return [option for option in declared() if option.about.is_for_dev or command != "dev"]


def keys_of_commands() -> dict[str, list[Declared]]:
    """Return what the tables `[tool.rapide.run]` and `[tool.rapide.dev]` may contain."""
    return {command: [*taken(command), *_OF_COMMANDS] for command in ("run", "dev")}


def configured_options(command: str, pyproject: Path = PYPROJECT) -> dict[str, object]:
    """Return the options of a command from its table, as the command line takes them.

    Raises:
        OptionError: The file cannot be read, or it contains something that is not an option.
    """
    try:
        section = tool_tables(pyproject).get("rapide", {})
    except DiscoveryError as error:
        raise OptionError(str(error)) from error
    _check_keys(section, f"{pyproject}: [tool.rapide]")
    table = section.get(command, {})
    source = f"{pyproject}: [tool.rapide.{command}]"
    if not is_table(table):
        raise OptionError(f"{source} has to be a table")
    if "entrypoint" in table:
        raise OptionError(f"{source} has no option entrypoint; it belongs to [tool.rapide]")
    checked = check_values(table, keys_of_commands()[command], source)
    return {name: _as_text(value) for name, value in checked.items()}


def _as_text(value: object) -> object:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    return (
        value.value if isinstance(value, Enum) else str(value) if isinstance(value, Path) else value
    )


def _check_keys(section: Iterable[str], source: str) -> None:
    check_values(dict.fromkeys(section), _KEYS, source)
