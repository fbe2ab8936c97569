"""The tutorial, executed literally: its files are written, and its commands print what it shows.

Comments say what a block is: `<!-- file: main.py -->`; `<!-- step -->` for commands and their
output; `<!-- step: serve -->` for a server that keeps running. `…` in output stands for any text.
Packages are not installed, but have to be there.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

from tests.examples.server import free_port

from .pages import ROOT, UPDATE, Block, check_made, read_blocks

FOLDER = ROOT / "docs" / "tutorial"
#: Seconds to wait for a server or an answer, on a busy machine.
PATIENCE = 3 if UPDATE else 60
INSTALL = "pip install "
#: What comes before the files of the tutorial are there.
PREPARE = ("python3 -m venv ", ". ../", "cd ../")
END = "\x1e"


def pages() -> list[Path]:
    """The pages in the order of the table of contents."""
    names = re.findall(r"^\| \[[^]]*\]\((.*?)\)", (FOLDER / "index.md").read_text(), re.M)
    return [FOLDER / name for name in names]


def is_same(expected: str, output: str) -> bool:
    """Compare outputs, in which dots stand for any text and times differ."""
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    pattern = re.sub(r"in\\ [\d.\\]+s$", r"in [\\d.]+s", pattern)
    return re.fullmatch(pattern, output.strip(), re.S) is not None


def check_installed(requirements: list[str]) -> None:
    """Find the named packages in this environment; a folder is Rapide's."""
    for requirement in requirements:
        name = requirement.partition("[")[0]
        assert version("rapide" if name == "." else name)


class Reader:
    """Somebody who follows the tutorial in a folder."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.token = ""
        self.log = folder / "server.log"
        self.server: subprocess.Popen[bytes] | None = None
        binaries = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": binaries, "PYTHONPATH": str(ROOT / "src")}
        environment |= {"NO_COLOR": "1", "COLUMNS": "80"}
        self.shell = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.run("curl() { command curl --silent --noproxy '*' \"$@\"; }")

    def run(self, command: str) -> str:
        """Run a command in the shell, and return its output."""
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        command = command.replace(":8000", f":{self.port}").replace("eyJ…", self.token)
        self.shell.stdin.write(f"{command}\nprintf '\\n{END}%s\\n' $?\n")
        self.shell.stdin.flush()
        lines: list[str] = []
        while not (line := self.shell.stdout.readline()).startswith(END):
            assert line, "the shell has ended"
            lines.append(line)
        self.status = int(line.strip(END + "\n"))
        output = "".join(lines).replace(f":{self.port}", ":8000")
        token = re.search(r'"access_token":"([^"]+)"', output)
        self.token = token[1] if token else self.token
        return output

    def follow(self, block: Block) -> None:
        """Do what a block says."""
        if block.marker.startswith("file: "):
            (self.folder / block.marker.removeprefix("file: ")).write_text(block.text)
        elif block.marker == "step: serve":
            self.serve(block)
        elif block.marker.startswith("step"):
            parts = re.split(r"^(?=\$ )", block.text, flags=re.M)
            made = "".join(self.step(block, part) for part in parts)
            check_made(block, made)

    def step(self, block: Block, part: str) -> str:
        """Run one command of a block until it prints what the page shows."""
        head, _, expected = part.partition("\n")
        command = head.removeprefix("$ ")
        if not command or command.startswith((INSTALL, *PREPARE)):
            if command.startswith(INSTALL):
                check_installed(shlex.split(command.removeprefix(INSTALL)))
            return part
        deadline = time.monotonic() + PATIENCE
        output = self.run(command)
        # A server that reloads answers as before for a moment.
        while not is_same(expected, output) and time.monotonic() < deadline:
            if not command.startswith("curl "):
                break
            time.sleep(0.1)
            output = self.run(command)
        assert self.status == int("exits with 1" in block.marker), f"{block}: {output}"
        if is_same(expected, output):
            return part
        return f"{head}\n{output.rstrip()}\n"

    def serve(self, block: Block) -> None:
        """Start the server of a block instead of the one before, and wait for its first lines."""
        self.stop()
        *preparations, command = re.findall(r"^\$ (.*)$", block.text, re.M)
        for each in preparations:
            self.run(each)
        self.run(f"{command} --port {self.port} >{self.log} 2>&1 & echo $! >server.pid")
        expected = "\n".join(re.findall(r"^(?!\$ ).+$", block.text, re.M))
        deadline = time.monotonic() + PATIENCE
        while not is_same(f"{expected}…", self.shown()):
            assert time.monotonic() < deadline, f"{block}: {self.shown()}"
            time.sleep(0.05)

    def shown(self) -> str:
        """What the server has printed."""
        return self.log.read_text().replace(f":{self.port}", ":8000") if self.log.exists() else ""

    def stop(self) -> None:
        """Press Ctrl+C in the terminal of the server."""
        pid = self.folder / "server.pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGTERM)
            self.run("wait")
            self.log.unlink()
            pid.unlink()

    def leave(self) -> None:
        """End everything that was started."""
        self.stop()
        self.shell.communicate("exit\n")


def test_the_tutorial_works_to_its_end(tmp_path: Path) -> None:
    reader = Reader(tmp_path, free_port())
    try:
        for page in pages():
            for block in read_blocks(page):
                reader.follow(block)
    except BaseException:
        print(reader.shown())
        raise
    finally:
        reader.leave()


def test_the_table_of_contents_has_all_pages_in_the_order_of_the_site() -> None:
    assert set(pages()) | {FOLDER / "index.md"} == set(FOLDER.glob("*.md"))
    listed = re.findall(r"^ +- tutorial/(\S+)$", (ROOT / "mkdocs.yml").read_text(), re.M)
    assert listed == ["index.md", *(page.name for page in pages())]
