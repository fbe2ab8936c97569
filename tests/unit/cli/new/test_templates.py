"""What `rapide new` writes passes its own checks, as its CI workflow runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from rapide.cli import program

ROOT = Path(__file__).parents[4]
CHECKS = {
    "minimal": ["ruff check", "ruff format --check", "mypy", "rapide check --strict", "pytest"],
    "api": [
        *("ruff check", "ruff format --check", "mypy", "rapide check --strict"),
        *("hadolint Dockerfile", "pytest"),
    ],
}


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of mypy, which both templates use."""
    return tmp_path_factory.mktemp("types")


@pytest.mark.parametrize(
    ("template", "name"), [("minimal", "Hello"), ("api", "Bücher und Straßen 2")]
)
def test_a_new_application_passes_its_own_checks(
    template: str, name: str, tmp_path: Path, types: Path
) -> None:
    folder = tmp_path / "new one"
    arguments = ["new", name, "--template", template, "--directory", str(folder)]
    result = CliRunner().invoke(program.app, arguments)
    assert result.exit_code == 0, result.output
    before = written(folder)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PYTEST")},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MYPY_CACHE_DIR": str(types),
        "RUFF_NO_CACHE": "true",
        "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:schemathesis",
    }
    for check in CHECKS[template]:
        finished = subprocess.run(
            check.split(),
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, f"{check}\n{finished.stdout}{finished.stderr}"
    # Neither the checks nor the tests leave anything, such as a database.
    assert written(folder) == before


def written(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_workflow_of_an_api_runs_these_checks(tmp_path: Path) -> None:
    CliRunner().invoke(program.app, ["new", "shop", "-t", "api", "-d", str(tmp_path / "shop")])
    workflow = yaml.safe_load((tmp_path / "shop/.github/workflows/ci.yml").read_text())
    steps = [step.get("run", "") for step in workflow["jobs"]["check"]["steps"]]
    commands = [step.removesuffix(" --format github") for step in steps]
    assert set(CHECKS["api"]) <= set(commands)
    readme = (tmp_path / "shop/README.md").read_text()
    for check in CHECKS["api"]:
        assert check in readme


def test_the_container_files_name_what_exists(tmp_path: Path) -> None:
    CliRunner().invoke(program.app, ["new", "my-shop", "-t", "api", "-d", str(tmp_path / "shop")])
    compose = yaml.safe_load((tmp_path / "shop/compose.yaml").read_text())
    example = (tmp_path / "shop/.env.example").read_text()
    for variable in ("SECRET_KEY", "TOKEN_MINUTES", "POSTGRES_PASSWORD"):
        assert f"{variable}=" in example
        assert variable in str(compose["services"])
    assert "COPY my_shop my_shop" in (tmp_path / "shop/Dockerfile").read_text()
    assert "!my_shop" in (tmp_path / "shop/.dockerignore").read_text()
