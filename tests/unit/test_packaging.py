"""What the package says of itself to those who install it."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path
from urllib.parse import urlsplit

from hatchling.builders.wheel import WheelBuilder
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PACKAGE = ProjectMetadata(str(ROOT), PluginManager())


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=;! ]", text)[0] for text in requirements}


def test_the_extra_of_fastapi_is_met_by_ours() -> None:
    theirs = [
        text.partition(";")[0]
        for text in requires("fastapi") or []
        if re.search(r"extra == ['\"]standard['\"]", text)
    ]
    ours = PROJECT["optional-dependencies"]
    # The command line is our own, and telemetry has an extra; `fastar` packs for a hosting service.
    others = {"fastapi-cli", "fastar", *names(ours["opentelemetry"])}
    assert names(theirs) - others - names(ours["standard"]) == set()


def test_the_test_client_warns_of_nothing() -> None:
    code = "from rapide import FastAPI, testclient; testclient.TestClient(FastAPI()).get('/')"
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert (finished.returncode, finished.stderr) == (0, "")


def test_every_address_that_an_index_shows_is_there_and_nobody_elses() -> None:
    urls = PROJECT["urls"]
    assert set(urls) == {"Homepage", "Documentation", "Repository", "Issues", "Changelog"}
    for url in urls.values():
        parts = urlsplit(url)
        assert parts.scheme == "https"
        assert parts.netloc == "rapide.example"


def test_an_index_shows_the_readme_with_absolute_links() -> None:
    readme = PACKAGE.core.readme
    assert PACKAGE.core.readme_content_type == "text/markdown"
    links = re.findall(r"\]\(([^)]+)\)", readme)
    assert len(links) > 20
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    assert f"]({PROJECT['urls']['Repository']}docs/checking.md)" in readme


def test_the_wheel_contains_what_tools_look_for() -> None:
    builder = WheelBuilder(str(ROOT), metadata=PACKAGE)
    included = {file.distribution_path for file in builder.recurse_included_files()}
    assert included >= {
        "rapide/py.typed",
        "rapide/param_functions.pyi",
        "rapide/cli/tool-rapide.schema.json",
        "rapide/.agents/skills/rapide/SKILL.md",
        "rapide_as_fastapi.pth",
    }


def test_the_wheel_contains_the_templates_of_new_applications() -> None:
    builder = WheelBuilder(str(ROOT), metadata=PACKAGE)
    included = {file.distribution_path for file in builder.recurse_included_files()}
    templates = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src/rapide/cli/new/templates").rglob("*")
        if path.is_file()
    }
    assert templates
    assert templates <= included
