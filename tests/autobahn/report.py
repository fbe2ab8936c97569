"""What Autobahn's suite is to run, and what it has found. `scripts/autobahn` calls this."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

#: Behaviours with which a server passes. The others are failures.
PASSES = {"OK", "NON-STRICT", "INFORMATIONAL"}
#: Cases that uvicorn's class over the same library fails, too: it closes with 1002 if more follows
#: the close frame of a client.
FAILS_TOO = frozenset({"7.1.5"})
#: The last cases measure how fast messages of many megabytes are.
LEFT_OUT = ["9.*"]


def write_spec(folder: Path, port: str, cases: list[str]) -> None:
    """Write the specification of a run, once the server answers."""
    server = {"agent": "rapide", "url": f"ws://127.0.0.1:{port}/"}
    spec = {
        "outdir": "report",
        "servers": [server],
        "cases": cases or ["*"],
        "exclude-cases": LEFT_OUT,
        "exclude-agent-cases": {},
    }
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    _wait_for(f"http://127.0.0.1:{port}/", until=time.monotonic() + 60)


def _wait_for(url: str, until: float) -> None:
    while True:
        try:
            urlopen(url).close()
        except HTTPError:
            return  # it answers
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def summarise(folder: Path) -> int:
    """Print how often each behaviour was found; return the status of the process."""
    path = folder / "report" / "index.json"
    found = json.loads(path.read_text(encoding="utf-8"))["rapide"]
    print(dict(Counter(case["behavior"] for case in found.values())))
    failed = [
        f"{name}: {case['behavior']}, close {case['behaviorClose']}"
        for name, case in sorted(found.items())
        if not {case["behavior"], case["behaviorClose"]} <= PASSES and name not in FAILS_TOO
    ]
    print(*failed, sep="\n", end="\n" if failed else "")
    return 1 if failed else 0


if __name__ == "__main__":
    command, folder, *rest = sys.argv[1:]
    if command == "spec":
        write_spec(Path(folder), rest[0], rest[1:])
    else:
        sys.exit(summarise(Path(folder)))
