"""The machine: its description for the reports, and the cores that the measured processes get."""

import os
import platform
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: The name of Rapide as it was: the package under the folder that `BENCH_BEFORE` names.
BEFORE = "before"
PACKAGES = (
    "fastapi",
    "rapide",
    "starlette",
    "pydantic",
    "pydantic-core",
    "anyio",
    "uvicorn",
    "httptools",
    "uvloop",
    "websockets",
    "msgspec",
    "asyncpg",
    "sqlalchemy",
)


def cores() -> tuple[int, int]:
    """The core of the measured process and the core of the load generator."""
    usable = sorted(os.sched_getaffinity(0))
    # Interrupts tend to arrive at the first core: the measured process gets the last.
    return usable[-1], usable[0]


def pinned(core: int | str, *command: str) -> list[str]:
    """Return the command line that runs `command` on one core only, or on a list of cores."""
    return ["taskset", "--cpu-list", str(core), *command]


def module_of(framework: str) -> str:
    """The package to import for a framework of a table."""
    return "rapide" if framework == BEFORE else framework


@cache
def package(python: str = sys.executable, framework: str = "rapide") -> Path:
    """Where this interpreter finds Rapide: as it is installed, else the source tree.

    `make` installs it, with the compiled transport, under the folder that `BENCH_INSTALLED` names.
    """
    installed = os.environ.get("BENCH_BEFORE" if framework == BEFORE else "BENCH_INSTALLED")
    if not installed:
        return ROOT / "src"
    code = "import sys; print(sys.implementation.cache_tag)"
    tag = subprocess.check_output([python, "-c", code], text=True).strip()
    return ROOT / installed / tag


def transport() -> str:
    """What the measured transport is."""
    compiled = any(package().glob("rapide/http11/connection.*.*"))
    return "machine code" if compiled else "Python"


def environment(framework: str = "rapide") -> dict[str, str]:
    """The environment of measured processes: this package, bytecode cached, the same hashes in all.

    With hashes of its own, each process lays out its dictionaries differently, which alone makes
    it some per cent faster or slower than the next.
    """
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    path = str(package(framework=framework))
    return {**kept, "PYTHONHASHSEED": "0", "PYTHONPATH": path}


def description() -> dict[str, str]:
    """Processor, cores, kernel, Python and load, as they are now."""
    return {
        "processor": processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load average": f"{os.getloadavg()[0]:.2f} before the run",
        "transport": transport(),
        "commit": commit(),
    }


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def commit() -> str:
    """The checked-out revision, marked when the package differs from it."""
    git = ["git", "-C", str(ROOT)]
    try:
        revision, changes = (
            subprocess.check_output([*git, *words], text=True, stderr=subprocess.DEVNULL)
            for words in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "src"])
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return revision.strip() + (" with local changes" if changes.strip() else "")


def versions() -> dict[str, str]:
    """The versions of everything that takes part."""
    found = {name: package_version(name) for name in PACKAGES}
    found = {name: version for name, version in found.items() if version}
    if wrk := shutil.which("wrk"):
        # wrk prints its version with the usage, and exits with 1.
        usage = subprocess.run([wrk, "--version"], capture_output=True, text=True, check=False)
        found["wrk"] = usage.stdout.removeprefix("wrk ").split(" [")[0]
    return found


def package_version(name: str) -> str:
    """Return the version of an installed package, or an empty text."""
    try:
        return version(name)
    except PackageNotFoundError:
        if name != "rapide":
            return ""
        return str(getattr(sys.modules.get(name), "__version__", "source tree"))
