"""`rapide new`: names, folders, and what is written to them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from rapide.cli import program
from rapide.cli.new.naming import WrongName, read_name


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(program.app, ["new", *arguments])


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "folder", "package"),
    [
        ("shop", "shop", "shop"),
        ("my-shop", "my-shop", "my_shop"),
        ("My  Shop ", "My-Shop", "my_shop"),
        ("v2.1_shop", "v2.1_shop", "v2_1_shop"),
        ("Bücherei", "Bücherei", "bucherei"),
        ("Smørrebrød Straße", "Smørrebrød-Straße", "smorrebrod_strasse"),
        ("書店", "書店", "app"),
        ("2nd", "2nd", "app_2nd"),
        ("class", "class", "class_app"),
        ("json", "json", "json_app"),
        ("SQLAlchemy", "SQLAlchemy", "sqlalchemy_app"),
        ("click", "click", "click_app"),
        ("PyJWT", "PyJWT", "pyjwt_app"),
        ("tests", "tests", "tests_app"),
        ("rapide", "rapide", "rapide_app"),
    ],
)
def test_folder_and_package_come_from_the_name(name: str, folder: str, package: str) -> None:
    naming = read_name(name)
    assert (naming.folder, naming.package) == (folder, package)
    assert naming.package.isascii()
    assert naming.package.isidentifier()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "has to begin and end with a letter or a digit"),
        ("  ", "has to begin and end with a letter or a digit"),
        (".", "--directory says where"),
        ("..", "--directory says where"),
        ("a/b", "has the character '/'"),
        ("a\\b", "has the character '\\\\'"),
        ('a"b', "has the character '\"'"),
        ("a\0b", "has the character '\\x00'"),
        ("a\u202eb", "has the character '\\u202e'"),
        ("_a", "has to begin and end"),
        ("a.", "has to begin and end"),
        ("a" * 51, "has more than 50 characters"),
        ("ffi" * 20, "has more than 50 characters"),
    ],
)
def test_a_name_that_no_folder_or_package_can_have_is_refused(name: str, said: str) -> None:
    with pytest.raises(WrongName) as failure:
        read_name(name)
    assert said in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_new_application_is_written_and_the_next_steps_are_printed(here: Path) -> None:
    result = invoke("My Shop")
    assert result.exit_code == 0, result.output
    assert "Wrote 5 files to My-Shop: My Shop, from the template minimal" in result.stdout
    assert "  cd My-Shop\n  rapide dev" in result.stdout
    written = files(here / "My-Shop")
    assert set(written) == {
        ".gitignore",
        "README.md",
        "main.py",
        "pyproject.toml",
        "tests/test_main.py",
    }
    assert b'title="My Shop"' in written["main.py"]
    assert tomllib.loads(written["pyproject.toml"].decode())["project"]["name"] == "my-shop"


@pytest.mark.parametrize("template", ["minimal", "api"])
def test_the_same_name_gives_the_same_files(here: Path, template: str) -> None:
    for folder in ("one", "two"):
        assert invoke("Café", "--template", template, "--directory", folder).exit_code == 0
    assert files(here / "one") == files(here / "two")
    for name, content in files(here / "one").items():
        assert b"\r" not in content
        assert content.endswith(b"\n"), name
        assert b"@package@" not in content, name
        assert b"@title@" not in content, name


def test_the_package_of_an_api_has_the_name(here: Path) -> None:
    assert invoke("My Shop", "-t", "api", "-d", "deep/down").exit_code == 0
    settings = tomllib.loads((here / "deep/down/pyproject.toml").read_text())
    assert settings["tool"]["rapide"]["entrypoint"] == "my_shop.main:app"
    assert (here / "deep/down/my_shop/main.py").is_file()
    assert (here / "deep/down/.github/workflows/ci.yml").is_file()
    assert (here / "deep/down/.dockerignore").is_file()


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(here: Path) -> None:
    (here / "shop").mkdir()
    (here / "shop/main.py").write_text("mine")
    result = invoke("shop")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: the folder shop is not empty (main.py): --directory names another one\n"
    )
    assert files(here) == {"shop/main.py": b"mine"}


def test_a_hidden_file_is_a_file(here: Path) -> None:
    (here / ".env").write_text("SECRET=1")
    result = invoke("shop", "--directory", ".")
    assert result.exit_code == 2
    assert "not empty (.env)" in result.stderr


def test_this_folder_may_have_a_repository_and_an_environment(here: Path) -> None:
    (here / ".git").mkdir()
    (here / ".venv").mkdir()
    result = invoke("shop", "--directory", ".")
    assert result.exit_code == 0, result.output
    assert "  cd " not in result.stdout
    assert (here / "main.py").is_file()


def test_a_file_in_the_place_of_the_folder_is_left_alone(here: Path) -> None:
    (here / "shop").write_text("mine")
    result = invoke("shop")
    assert result.exit_code == 2
    assert "shop is there and is not a folder" in result.stderr
    assert files(here) == {"shop": b"mine"}


def test_a_link_that_leads_nowhere_is_left_alone(here: Path) -> None:
    (here / "shop").symlink_to(here / "gone")
    assert invoke("shop").exit_code == 2
    assert os.listdir(here) == ["shop"]


def test_nothing_remains_of_an_application_that_cannot_be_written(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / ".git").mkdir()
    original = Path.open

    def full(path: Path, *arguments: str, **options: str) -> object:
        if path.name == "test_main.py":
            raise OSError(28, "No space left on device", str(path))
        return original(path, *arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    result = invoke("shop", "--directory", "a/b")
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: {Path('a/b/tests/test_main.py')} cannot be written: No space left on device\n"
    )
    assert os.listdir(here) == [".git"]


def test_a_folder_that_cannot_be_made_is_reported_in_one_line(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Permissions do not keep root away, so the folder is made by something that has none.
    def refuse(path: Path, *_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    result = invoke("shop")
    assert result.exit_code == 2
    assert result.stderr == "Error: shop cannot be written: Permission denied\n"
    assert os.listdir(here) == []


def test_a_wrong_name_and_a_wrong_template_are_one_line(here: Path) -> None:
    for arguments in (["a/b"], ["shop", "--template", "huge"], []):
        result = invoke(*arguments)
        assert result.exit_code == 2
        assert result.stderr.startswith("Error: ")
        assert result.stderr.count("\n") == 1
    assert os.listdir(here) == []


def test_no_application_hides_what_it_needs() -> None:
    folder = Path(program.__file__).parent / "new/templates/api"
    project = tomllib.loads((folder / "pyproject.toml.template").read_text())
    needed = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert len(needed) > 8
    for requirement in needed:
        assert read_name(re.split(r"[\[>]", requirement)[0]).package.endswith("_app")
    imported = {
        match[1]
        for file in folder.rglob("*.py.template")
        for match in re.finditer(r"^(?:from|import) (\w+)", file.read_text(), re.M)
    }
    assert {"pydantic", "jwt", "sqlite3"} <= imported
    for name in imported:
        assert read_name(name).package == f"{name}_app"


def test_the_other_commands_do_not_import_it() -> None:
    code = (
        "import sys; from rapide.cli import program; program.command_named('run');"
        "import rapide.cli.serve;"
        "print([name for name in sys.modules if name.startswith(('rapide.cli.new',"
        " 'rapide.cli.shell', 'rapide.testclient', 'starlette.testclient', 'IPython'))])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert finished.stdout == "[]\n"
