"""Lines of project files and notebooks that name the package, and what to write instead."""

import json
import re
from collections.abc import Iterator

from rapide.cli.migrate.requirements import replaced_requirement
from rapide.cli.migrate.rewriting import Note

_INSTALL = re.compile(r"\b(pip3?|pipx|uv|poetry|pdm|conda) (\S+ )*?(install|add)\b")
#: A line of a list, as in `setup.cfg` and YAML, or of a table, as in a `Pipfile`.
_REQUIREMENT = re.compile(
    r"""\s*(?:-\s+)?["']?(?P<name>\w+)(?:\s*=\s*(?P<value>["'{*].*)|"""
    r"""(?P<rest>\s*(?:\[[^\]]*\])?\s*(?:[<>=!~]=?\s*\d.*)?["']?,?\s*))"""
)
#: A requirement as a word of a command or an item of a list.
_WORD = (
    r"(?P<before>(?:^|[\s\"'=])){name}(?P<extras>\[[^\]]*\])?"
    r"(?P<version>[<>=!~]=?[^\s\"',;]*)?(?=$|[\s\"',;])"
)
_IMPORT = r"^\s*(?:from|import)\s+{name}\b"


def notes_of_project(text: str, old: str, new: str, *, has_requirements: bool) -> Iterator[Note]:
    """Yield what to change in a file that is not Python.

    Args:
        text: The text of the file.
        old: The package whose name is replaced.
        new: The package whose name takes its place.
        has_requirements: Whether lines may be requirements.
    """
    for number, line in enumerate(text.splitlines(), 1):
        requirement = _requirement(line, old, new) if has_requirements else None
        if requirement is not None:
            yield Note(number, f"requires {old}; instead: {requirement}")
            continue
        instead = _command(line, old, new) or _installation(line, old, new)
        if instead is None:
            instead = _server(line) if old == "fastapi" else None
            said = "uvicorn serves Rapide too; its own server is"
        else:
            said = "instead:"
        if instead is not None:
            yield Note(number, f"{said} {instead.strip()}")


def _requirement(line: str, old: str, new: str) -> str | None:
    """Return what a line requires instead, if it is a requirement in a list or a table."""
    found = _REQUIREMENT.fullmatch(line)
    if found is None:
        return None
    if found["value"] is not None:
        return f"{new} = {found['value']}" if found["name"] == old else None
    made = replaced_requirement(found["name"] + found["rest"].rstrip("\"', "), old, new)
    return None if made is None else made[0]


def _command(line: str, old: str, new: str) -> str | None:
    """Return a line with `rapide run` instead of `fastapi run`, or the other way round."""
    pattern = re.compile(rf"""(?<![\w.-]){old}((?:["']\s*,\s*["']|\s+)(?:run|dev)\b)""")
    made = pattern.sub(rf"{new}\1", line)
    return None if made == line else made


def _installation(line: str, old: str, new: str) -> str | None:
    """Return a line that installs one package instead of another."""
    if _INSTALL.search(line) is None:
        return None
    pattern = re.compile(_WORD.format(name=old))

    def replace(found: re.Match[str]) -> str:
        made = replaced_requirement(f"{old}{found['extras'] or ''}", old, new)
        return f"{found['before']}{made[0] if made else new}"

    made = pattern.sub(replace, line)
    return None if made == line else made


def _server(line: str) -> str | None:
    """Return a line in which `rapide run` takes the place of uvicorn."""
    pattern = re.compile(r"""(?<![\w./-])uvicorn(["']\s*,\s*["']|\s+)(?=[\w.]+:\w+)""")
    made = pattern.sub(r"rapide\1run\1", line)
    return None if made == line else made


def notes_of_notebook(text: str, old: str, new: str) -> list[Note]:
    """Return the lines of a notebook that import the package; notebooks are only reported."""
    try:
        cells = json.loads(text).get("cells", [])
    except (ValueError, AttributeError):
        return []
    pattern, found = re.compile(_IMPORT.format(name=old)), []
    for cell in cells if isinstance(cells, list) else ():
        source = cell.get("source", "") if isinstance(cell, dict) else ""
        code = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if cell.get("cell_type") != "code":
            continue
        for line in code.splitlines():
            if pattern.match(line):
                instead = re.sub(rf"\b{old}\b", new, line, count=1).strip()
                written = json.dumps(line, ensure_ascii=False)[1:-1]
                lines = enumerate(text.splitlines(), 1)
                number = next((one for one, whole in lines if written in whole), 1)
                found.append(Note(number, f"a notebook is left alone; instead: {instead}"))
    return found
