"""Serve a work with a peer: `python -m benchmarks.peers.serve on_MODULE WORK PORT [by_MODULE]`.

The application is that of the first module; the second serves it, or the first without one.
"""

import sys
from importlib import import_module


def main(name: str, work: str, port: str, server: str = "") -> None:
    module = import_module(f"benchmarks.peers.{name}")
    app = getattr(module, work)()
    served_by = import_module(f"benchmarks.peers.{server}") if server else module
    served_by.serve(app, int(port))


if __name__ == "__main__":
    main(*sys.argv[1:])
