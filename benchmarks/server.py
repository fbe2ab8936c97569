"""Serve one application file with uvicorn: `python -m benchmarks.server HTTP PORT`.

The settings are the same for every framework; HTTP is the protocol, by uvicorn's name for it or as
`module:class`. `benchmarks.served` chooses the file and the framework from the environment.
"""

import argparse
import sys
from collections.abc import Sequence

import uvicorn


def main(argv: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=__doc__)
    parser.add_argument("http")
    parser.add_argument("port", type=int)
    parser.add_argument("--keep-alive", type=int, default=5, help="seconds of idle connections")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--access-log", action="store_true", help="uvicorn's own default")
    options = parser.parse_args(argv)
    uvicorn.run(
        "benchmarks.served:app",
        host="127.0.0.1",
        port=options.port,
        loop="uvloop",
        http=options.http,
        workers=options.workers,
        access_log=options.access_log,
        log_level="info" if options.access_log else "warning",
        timeout_keep_alive=options.keep_alive,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
