"""CONTRIBUTING.md and the files for contributors name what exists."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from .pages import COMMUNITY, ROOT

TEMPLATES = sorted((ROOT / ".github").rglob("*.*"))
HOOKS = ROOT / ".pre-commit-config.yaml"
PAGES = [*COMMUNITY, *TEMPLATES, HOOKS]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def names(pattern: str, text: str) -> set[str]:
    return set(re.findall(pattern, text, re.M))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_targets_of_make_exist(page: Path) -> None:
    targets = names(r"^([\w-]+):", MAKEFILE)
    assert names(r"(?:`|\$ )make ([\w-]+)", page.read_text(encoding="utf-8")) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_and_folders_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    paths = names(r"`(\.?\w[\w.-]*/[\w./-]*)`", text) | names(r"\$ \.venv/bin.* (tests/\S+)", text)
    paths = {path for path in paths if not path.startswith("build/")}  # what the targets make
    kept = {path for path in paths if not path.startswith("build/")}
    assert {path for path in kept if not (ROOT / path).exists()} == set()


def test_each_folder_of_tests_is_in_the_table() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = {f"tests/{path.parent.name}/" for path in (ROOT / "tests").glob("[a-z]*/*.py")}
    assert names(r"^\| `(tests/\w+/)` \|", text) == folders


def test_the_tags_of_the_table_are_those_of_the_sources() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = names(r"^\| `([A-Z]+:)` \|", text)
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    used = {tag for source in sources for tag in names(r"\b([A-Z]{4,}:) ", source)}
    assert told <= used | {"SPEC:"}


def test_the_hooks_are_commands_of_make_lint() -> None:
    linters = names(r"^\t\$\(BIN\)/(.*)", MAKEFILE)
    [repository] = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        command = hook["entry"].removeprefix(".venv/bin/").removesuffix(" --force-exclude")
        assert any(linter.startswith(command) for linter in linters), command


@pytest.mark.parametrize(
    "form", [path for path in TEMPLATES if path.suffix == ".yml"], ids=lambda path: path.name
)
def test_the_forms_of_issues_are_complete(form: Path) -> None:
    content = yaml.safe_load(form.read_text(encoding="utf-8"))
    if form.name == "config.yml":
        assert content == {"blank_issues_enabled": False}
        return
    assert {"name", "description", "body"} <= content.keys()
    fields = [field for field in content["body"] if field["type"] != "markdown"]
    assert all(field["attributes"]["label"] for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)


def ignored_rules() -> Iterator[tuple[str, str]]:
    """The rules that ruff ignores, each with the comment behind it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.partition("[tool.ruff.lint]")[2].partition("\n[")[0].partition("ignore = [")[2]
    yield from re.findall(r'^    "([A-Z]+[0-9]*)",[ ]*(.*)$', section, re.M)


def test_each_rule_that_ruff_ignores_has_a_reason() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    reasons = dict(ignored_rules())
    assert list(reasons) == settings["tool"]["ruff"]["lint"]["ignore"]
    assert [rule for rule, reason in reasons.items() if not reason.startswith("# ")] == []
