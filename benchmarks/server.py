"""Serve one application file: `python -m benchmarks.server FRAMEWORK FILE[:FACTORY] HTTP`.

The settings are the same for every framework. The port, chosen by the system, is printed.
"""

import sys

import uvicorn

from benchmarks.apps import load_app


def main(framework: str, app: str, http: str) -> None:
    config = uvicorn.Config(
        load_app(framework, app),
        host="127.0.0.1",
        port=0,
        loop="uvloop",
        http=http,
        access_log=False,
        log_level="warning",
    )
    socket = config.bind_socket()
    print(socket.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[socket])


if __name__ == "__main__":
    main(*sys.argv[1:])
