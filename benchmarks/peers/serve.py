"""Serve a work with a peer: `python -m benchmarks.peers.serve on_MODULE WORK PORT`."""

import sys
from importlib import import_module


def main(name: str, work: str, port: str) -> None:
    module = import_module(f"benchmarks.peers.{name}")
    module.serve(getattr(module, work)(), int(port))


if __name__ == "__main__":
    main(*sys.argv[1:])
