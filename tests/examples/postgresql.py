"""A private PostgreSQL cluster that lives as long as a block."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .server import free_port


def binaries() -> Path | None:
    """The newest installed server's programs: Debian keeps them out of PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    bin: Path
    port: int

    def create_database(self, name: str) -> str:
        """Create an empty database; give its URL."""
        run(self.bin / "createdb", *self.address, name)
        return f"postgresql://shop@127.0.0.1:{self.port}/{name}"

    def drop_database(self, name: str) -> None:
        """Drop a database under the feet of whoever is connected to it."""
        run(self.bin / "dropdb", *self.address, "--force", name)

    @property
    def address(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "shop"]


def run(*command: str | Path) -> None:
    """Run a program as somebody whom PostgreSQL accepts: it refuses to serve root."""
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(
        [str(word) for word in command],
        check=True,
        user=user,
        group=user,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """Make a cluster in a directory of its own and serve it on a free port."""
    with tempfile.TemporaryDirectory(prefix="bookshop-pg-") as directory:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(directory, owner.pw_uid, owner.pw_gid)
        data = Path(directory, "data")
        run(
            programs / "initdb",
            *("-D", data, "-U", "shop", "-A", "trust", "--encoding=UTF8", "--no-locale"),
            "--no-sync",
        )
        port = free_port()
        options = f"-p {port} -k {directory} -c listen_addresses=127.0.0.1 -c fsync=off"
        log = Path(directory, "log")
        run(programs / "pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start")
        try:
            yield Cluster(programs, port)
        finally:
            run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
