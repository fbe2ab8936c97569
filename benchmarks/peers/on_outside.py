"""Servers that are not Python's, as lines to compare with: C, nginx, Go, Node and Fastify.

Each answers `GET /` with the small JSON, in one process on one core. What must be compiled or
installed is kept in `build/outside`.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from benchmarks.apps import FRAMEWORK_VARIABLE
from benchmarks.machine import ROOT

SOURCES = Path(__file__).with_name("outside")
BUILT = ROOT / "build" / "outside"


def hello() -> Callable[[str], list[str]]:
    """Return the function that gives the command of the server that the environment names."""
    return COMMANDS[os.environ[FRAMEWORK_VARIABLE]]


browser = hello


def serve(command: Callable[[str], list[str]], port: int) -> None:
    words = command(str(port))
    # One core is all that it has: Go would else start as many threads as there are cores.
    os.environ["GOMAXPROCS"] = "1"
    os.execvp(words[0], words)


def needed(program: str, package: str) -> str:
    """Return the path of a program, or end with the name of the package that has it."""
    found = shutil.which(program)
    if found is None:
        raise SystemExit(f"{program} is not installed (Debian: {package})")
    return found


def built(name: str, source: Path, command: list[str]) -> str:
    """Return the path of a program that the command makes of its source, if it is out of date."""
    target = BUILT / name
    if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
        BUILT.mkdir(parents=True, exist_ok=True)
        subprocess.run([*command, "-o", str(target), str(source)], check=True)
    return str(target)


def epoll(port: str) -> list[str]:
    source = SOURCES / "epoll.c"
    return [built("epoll", source, [needed("gcc", "gcc"), "-O2"]), port]


def go(port: str) -> list[str]:
    compiler = needed("go", "golang-go")
    return [built("go-server", SOURCES / "server.go", [compiler, "build"]), port]


def nginx(port: str) -> list[str]:
    folder = BUILT / "nginx"
    folder.mkdir(parents=True, exist_ok=True)
    text = (SOURCES / "nginx.conf").read_text()
    path = folder / "nginx.conf"
    path.write_text(text.replace("PORT", port).replace("FOLDER", str(folder)))
    return [needed("nginx", "nginx-light"), "-p", str(folder), "-c", str(path)]


def node(port: str) -> list[str]:
    return [needed("node", "nodejs"), str(SOURCES / "node.mjs"), port]


def fastify(port: str) -> list[str]:
    """Install Fastify beside its script, if that has not been done."""
    BUILT.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "fastify.mjs"):
        shutil.copy(SOURCES / name, BUILT / name)
    if not (BUILT / "node_modules" / "fastify").exists():
        command = [needed("npm", "npm"), "install", "--no-package-lock", "--silent"]
        subprocess.run(command, cwd=BUILT, check=True)
    return [needed("node", "nodejs"), str(BUILT / "fastify.mjs"), port]


COMMANDS: dict[str, Callable[[str], list[str]]] = {
    "epoll": epoll,
    "nginx": nginx,
    "go": go,
    "node": node,
    "fastify": fastify,
}


def version(name: str) -> str:
    """Return the version of a program, for C that of the compiler; empty if not installed."""
    commands = {
        "epoll": ("gcc", "-dumpfullversion"),
        "nginx": ("nginx", "-v"),
        "go": ("go", "version"),
        "node": ("node", "--version"),
        "fastify": ("node", "-p", "require('./node_modules/fastify/package.json').version"),
    }
    try:
        said = subprocess.run(commands[name], cwd=BUILT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    found = re.search(r"\d+(\.\d+)+", said.stdout or said.stderr)
    return found[0] if found else ""
