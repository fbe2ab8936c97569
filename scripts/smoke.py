"""Serve an application, ask for a book, and stop the server: `scripts/release` calls this.

python scripts/smoke.py RAPIDE MAIN.PY
"""

import re
import subprocess
import sys
import urllib.request


def main(rapide: str, path: str) -> None:
    command = [rapide, "run", path, "--host", "127.0.0.1", "--port", "0", "--log-level", "info"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        try:
            for line in server.stdout:
                if found := re.search(r"running on (http://\S+)", line):
                    break
            else:
                sys.exit(f"{rapide} ended with {server.wait()} and never listened")
            with urllib.request.urlopen(f"{found[1]}/books/7", timeout=30) as answer:
                body = answer.read()
        finally:
            server.terminate()
    if body != b'{"book_id":7}':
        sys.exit(f"an unexpected answer: {body!r}")


if __name__ == "__main__":
    main(*sys.argv[1:])
