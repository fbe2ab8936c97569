"""A PostgreSQL of the bench: in a temporary directory, on a socket there, on the load's core.

Debian's package `postgresql` brings the programs. `running` starts a cluster with a table of books,
and names it in the environment, which the measured servers inherit.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.machine import cores, pinned
from benchmarks.processes import BrokenMeasurement

URL_VARIABLE = "BENCH_DATABASE"
USER = "bench"
TABLE = """
CREATE TABLE books (
    id integer PRIMARY KEY,
    title varchar NOT NULL,
    author varchar NOT NULL,
    year integer NOT NULL,
    price double precision NOT NULL,
    in_print boolean NOT NULL
);
INSERT INTO books
SELECT n, 'Title ' || n, 'Author ' || n % 100, 1900 + n % 120, n * 0.25, n % 3 = 0
FROM generate_series(1, 1000) AS n;
ANALYZE books;
"""


def programs() -> Path | None:
    """Return the folder of the newest installed PostgreSQL; Debian keeps it out of PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    initdb = str(found[-1]) if found else shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def version() -> str:
    """Return the version of the server, or an empty text without one."""
    folder = programs()
    if folder is None:
        return ""
    said = subprocess.check_output([folder / "postgres", "--version"], text=True)
    return said.split(maxsplit=2)[2].strip()


def is_running() -> bool:
    """Return whether a cluster serves the bench."""
    return URL_VARIABLE in os.environ


def run(*command: str | Path, text: str = "") -> None:
    """Run a program as a user that PostgreSQL accepts: it refuses to serve root."""
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(
        [str(word) for word in command],
        check=True,
        user=user,
        group=user,
        cwd="/",
        input=text,
        text=True,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def running() -> Iterator[None]:
    """Serve the table of books while the block runs.

    Raises:
        BrokenMeasurement: PostgreSQL is not installed.
    """
    folder = programs()
    if folder is None:
        raise BrokenMeasurement("PostgreSQL is not installed: no initdb")
    with tempfile.TemporaryDirectory(prefix="bench-pg-") as directory:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(directory, owner.pw_uid, owner.pw_gid)
        data, log = Path(directory, "data"), Path(directory, "log")
        run(folder / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {directory} -c listen_addresses='' -c fsync=off"
        control = (folder / "pg_ctl", "-D", data, "-w", "-l", log)
        # The backends inherit the core of the process that starts them.
        run(*pinned(cores()[1], *map(str, control)), "-o", options, "start")
        try:
            run(folder / "psql", "-q", "-h", directory, "-U", USER, "-d", "postgres", text=TABLE)
            os.environ[URL_VARIABLE] = f"postgresql://{USER}@/postgres?host={directory}"
            yield
        finally:
            os.environ.pop(URL_VARIABLE, None)
            run(folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
