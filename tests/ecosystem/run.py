"""Run plugins of FastAPI on FastAPI and on Rapide, and compare: `make ecosystem`.

    python tests/ecosystem/run.py [--only-applications] [PLUGIN ...]

Each application answers its scenario in two fresh processes, and every answer has to be equal.
Where a plugin's source package brings tests, they run on both too, and the same have to pass. A run
of everything writes docs/ecosystem.md.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from page import write_page
from plugins import PLUGINS, Plugin, Suite
from private_names import missing_names

HERE = Path(__file__).parent
SOURCES = Path(sys.prefix) / "sources"
#: Coverage, logs and warnings as errors are the business of who develops a plugin.
SUITE_OPTIONS = ("--no-cov", "-o", "log_cli=false", "-o", "filterwarnings=")
FRAMEWORKS = {"fastapi": [sys.executable], "rapide": [sys.executable, "-m", "rapide.as_fastapi"]}


@dataclass
class Result:
    """What became of one plugin."""

    plugin: Plugin
    version: str
    answers: int
    differences: list[str]
    #: How many tests of its own passed, by framework.
    passed: dict[str, int] | None = None
    failed_on_both: int = 0

    @property
    def is_good(self) -> bool:
        return not self.differences


def environment(**more: str) -> dict[str, str]:
    """The surroundings of both runs: no stand-in yet, and hashes that do not change."""
    kept = {key: value for key, value in os.environ.items() if key != "RAPIDE_AS_FASTAPI"}
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**kept, "PYTHONHASHSEED": "0", "PYTHONPATH": path, **more}


def observe(plugin: Plugin, framework: str, folder: Path) -> list[dict[str, Any]]:
    """What a plugin's application answers on a framework."""
    file = folder / f"{framework}.json"
    command = [*FRAMEWORKS[framework], str(HERE / "observe.py"), plugin.application, str(file)]
    subprocess.run(command, check=True, cwd=folder, env=environment(), timeout=300)
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["framework"] == framework, found["framework"]
    return found["seen"]


def compare_answers(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[str]:
    """One text for each answer that differs."""
    if len(ours) != len(theirs):
        return [f"{len(theirs)} answers on FastAPI, {len(ours)} on Rapide"]
    return [
        f"{one.get('request') or one.get('note')}\n" + "\n".join(difference(one, other))
        for one, other in zip(ours, theirs, strict=True)
        if one != other
    ]


def difference(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    def lines(entry: dict[str, Any]) -> list[str]:
        return json.dumps(entry, indent=1).replace("\\n", "\n").splitlines()

    return list(
        difflib.unified_diff(lines(theirs), lines(ours), "fastapi", "rapide", "", "", 1, "")
    )


def source_of(plugin: Plugin) -> Path:
    """Download and unpack a plugin's source package, once."""
    release = f"{plugin.name}=={version(plugin.name)}"
    folder = SOURCES / release
    if not folder.exists():
        SOURCES.mkdir(exist_ok=True)
        # where a plugin has no configuration of pytest, it must not find ours
        (SOURCES / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        with tempfile.TemporaryDirectory() as downloads:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            pip += ["--disable-pip-version-check", "--no-binary", plugin.name, "--dest", downloads]
            subprocess.run([*pip, release], check=True)
            (archive,) = Path(downloads).iterdir()
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")
    (unpacked,) = folder.iterdir()
    return unpacked


def run_suite(plugin: Plugin, suite: Suite, framework: str, folder: Path) -> dict[str, str]:
    """The outcome of each of a plugin's own tests on a framework."""
    file = folder / f"{framework}-tests.json"
    options = ["-q", "-p", "no:cacheprovider", "-p", "ecosystem_outcomes", *SUITE_OPTIONS]
    command = [*FRAMEWORKS[framework], "-m", "pytest", *options, *suite.arguments]
    surroundings = environment(ECOSYSTEM_OUTCOMES=str(file), **suite.environment)
    with (folder / f"{framework}.log").open("w", encoding="utf-8") as log:
        subprocess.run(
            command, cwd=source_of(plugin), env=surroundings, stdout=log, stderr=log, timeout=1200
        )
    if not file.exists():
        raise SystemExit(Path(log.name).read_text(encoding="utf-8"))
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["framework"] == framework, found["framework"]
    return found["outcomes"]


def run(plugin: Plugin, with_suite: bool) -> Result:
    """Run one plugin in every way it can be run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seen = {framework: observe(plugin, framework, folder) for framework in FRAMEWORKS}
        differences = compare_answers(seen["rapide"], seen["fastapi"])
        result = Result(plugin, version(plugin.name), len(seen["fastapi"]), differences)
        if plugin.suite and with_suite:
            tested = {fw: run_suite(plugin, plugin.suite, fw, folder) for fw in FRAMEWORKS}
            compare_suites(result, tested)
    return result


def compare_suites(result: Result, tested: dict[str, dict[str, str]]) -> None:
    """Note how many tests passed, and which did so on one framework only."""
    passed = {
        framework: {test for test, outcome in outcomes.items() if outcome == "passed"}
        for framework, outcomes in tested.items()
    }
    result.passed = {framework: len(tests) for framework, tests in passed.items()}
    failed = [
        {test for test, outcome in outcomes.items() if outcome == "failed"}
        for outcomes in tested.values()
    ]
    result.failed_on_both = len(failed[0] & failed[1])
    if not passed["fastapi"]:
        result.differences.append("no test passed on FastAPI")
    for test in sorted(passed["fastapi"] ^ passed["rapide"]):
        only = "FastAPI" if test in passed["fastapi"] else "Rapide"
        result.differences.append(f"passes on {only} only: {test}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="PLUGIN")
    parser.add_argument("--only-applications", action="store_true")
    options = parser.parse_args()
    known = {plugin.name: plugin for plugin in PLUGINS}
    results = []
    for plugin in [known[name] for name in options.names] or PLUGINS:
        result = run(plugin, with_suite=not options.only_applications)
        results.append(result)
        print(f"{'equal' if result.is_good else 'DIFFERENT':10}{plugin.name} {result.version}")
        print("".join(f"  {text}\n" for text in result.differences), end="", flush=True)
    names = missing_names()
    print("".join(f"MISSING   {name}\n" for name in names), end="")
    if not options.names and not options.only_applications:
        write_page(results)
    bad = sum(not result.is_good for result in results)
    print(f"{len(results) - bad} passed, {bad} failed")
    raise SystemExit(1 if bad or names else 0)


if __name__ == "__main__":
    main()
