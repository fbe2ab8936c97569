"""Serve one application file with uvicorn: `python -m benchmarks.server HTTP PORT [KEEP_ALIVE]`.

The settings are the same for every framework; HTTP is the protocol, by uvicorn's name for it or as
`module:class`. `benchmarks.served` tells which file for which framework. Idle connections are kept
for KEEP_ALIVE seconds, uvicorn's default without it.
"""

import sys

import uvicorn

from benchmarks.served import app


def main(http: str, port: str, keep_alive: str = "5") -> None:
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http=http,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=int(keep_alive),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
