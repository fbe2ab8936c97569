"""The templates: folders of files with names to fill in.

The files end in `.template`, so that no tool takes them for code of this package. `dot_` at the
beginning of a name is a dot, and the folder `package` gets the name of the new package.
"""

import re
from enum import StrEnum
from pathlib import Path, PurePosixPath

from rapide import _own_version
from rapide.cli.new.naming import Naming

_FOLDER = Path(__file__).with_name("templates")
_SUFFIX = ".template"
_PLACE = re.compile("@(title|package|distribution|version)@")


class Template(StrEnum):
    """What is written."""

    MINIMAL = "minimal"
    API = "api"


def render(template: Template, naming: Naming) -> dict[PurePosixPath, str]:
    """Return the texts of a new application by their paths, in alphabetical order."""
    values = {
        "title": naming.title,
        "package": naming.package,
        "distribution": naming.distribution,
        "version": _own_version,
    }
    folder = _FOLDER / template
    texts = {
        _path_of(file.relative_to(folder), naming): file.read_text(encoding="utf-8")
        for file in folder.rglob(f"*{_SUFFIX}")
    }
    return {
        path: _PLACE.sub(lambda place: values[place[1]], text)
        for path, text in sorted(texts.items())
    }


def _path_of(file: Path, naming: Naming) -> PurePosixPath:
    parts = file.as_posix().removesuffix(_SUFFIX).split("/")
    names = (naming.package if part == "package" else part for part in parts)
    return PurePosixPath(*(re.sub("^dot_", ".", name) for name in names))
