"""The build: the README for indexes, and the transport in machine code, by mypyc, where possible.

The sources stay what they are: Python, which runs as it is from a checkout, in an editable install
and wherever no C compiler is at hand. A wheel that was built with one holds both, and Python takes
the machine code. It also holds a few small extensions that are written in C.

`RAPIDE_MYPYC=0` in the environment builds without it; `RAPIDE_MYPYC=1` fails where it is not
possible, instead of saying so and going on.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

#: What every request of `rapide run` passes.
MODULES = (
    "rapide/_statuses.py",
    "rapide/http11/access_log.py",
    "rapide/http11/connection.py",
    "rapide/http11/contract.py",
    "rapide/http11/deadlines.py",
    "rapide/http11/exchange.py",
    "rapide/http11/flow.py",
    "rapide/http11/framing.py",
    "rapide/http11/heads.py",
    "rapide/http11/lines.py",
    "rapide/http11/outcomes.py",
    "rapide/http11/parser.py",
    "rapide/http11/repeated.py",
    "rapide/http11/request.py",
    "rapide/http11/server.py",
    "rapide/http11/timed.py",
    "rapide/http11/websocket/bounds.py",
    "rapide/http11/websocket/connection.py",
    "rapide/http11/websocket/inbox.py",
    "rapide/http11/websocket/keepalive.py",
    "rapide/routing/table.py",
)
#: The extensions that are written in C. Python imports the modules of their names without them.
EXTENSIONS = (
    "rapide/_glance.c",
    "rapide/_same_class.c",
    "rapide/http11/websocket/frames.c",
    "rapide/runtime/model_json.c",
    "rapide/runtime/plain_json.c",
    "rapide/runtime/query_string.c",
    "rapide/runtime/uncollected.c",
)
SWITCH = "RAPIDE_MYPYC"
#: Types of other packages are not known here: each build compiles the same, whatever is installed.
MYPY_OPTIONS = (
    "--config-file=",
    "--ignore-missing-imports",
    "--no-site-packages",
    "--follow-imports=silent",
    f"--python-version={sys.version_info[0]}.{sys.version_info[1]}",
)


class ReadmeHook(MetadataHookInterface):
    """Show README.md on package indexes, where links cannot be relative."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Make the links that lead into the repository absolute."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        repository = metadata["urls"]["Repository"]
        absolute = re.sub(r"\]\((?!\w+:|#)(?=[^)])", f"]({repository}", text)
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute}


class MypycBuildHook(BuildHookInterface[Any]):
    """Add the compiled modules to a wheel."""

    def dependencies(self) -> list[str]:
        """Return what is installed for the build."""
        return [] if os.environ.get(SWITCH) == "0" else ["mypy>=1.18", "setuptools>=77"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, unless the wheel is an editable one, which is to show the sources."""
        switch = os.environ.get(SWITCH)
        if version == "editable" or switch == "0":
            return
        target = Path(self.root, "build", "mypyc")
        shutil.rmtree(target, ignore_errors=True)
        try:
            compile_modules(Path(self.root, "src"), target)
        except (Exception, SystemExit) as error:  # mypyc exits at an error of types
            if switch == "1":
                raise
            self.app.display_warning(f"The transport stays Python: it cannot be compiled ({error})")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        for file in (target / "lib").rglob("*"):
            if file.is_file():
                build_data["force_include"][str(file)] = str(file.relative_to(target / "lib"))


def compile_modules(sources: Path, target: Path) -> None:
    """Compile the modules under `sources` into `target/lib`."""
    from mypyc.build import mypycify
    from setuptools import Distribution, Extension

    before = Path.cwd()
    os.chdir(sources)  # names of modules begin here
    try:
        extensions = mypycify(
            [*MYPY_OPTIONS, *MODULES],
            opt_level="3",
            debug_level="0",
            group_name="rapide",
            target_dir=str(target / "c"),
        )
        extensions += [
            Extension(file.removesuffix(".c").replace("/", "."), [file]) for file in EXTENSIONS
        ]
        distribution = Distribution({"name": "rapide", "ext_modules": extensions})
        command: Any = distribution.get_command_obj("build_ext")
        command.build_lib, command.build_temp = str(target / "lib"), str(target / "temp")
        command.ensure_finalized()
        command.run()
    finally:
        os.chdir(before)
