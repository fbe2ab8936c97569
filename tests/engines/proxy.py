"""nginx in front of replicas."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.unit.distributed.servers import Replica, free_port, wait_until

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000;
    map $http_upgrade $kind {{
        default upgrade;
        "" "";  # keeps the connection to the replica
    }}
    upstream replicas {{
        include {folder}/replicas.conf;
        keepalive 64;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://replicas;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $kind;
            proxy_buffering off;
        }}
    }}
}}
"""


class Proxy:
    """A running nginx.

    Attributes:
        address: Where it listens.
        port: The port of that address.
    """

    def __init__(self, folder: Path, replicas: Iterable[Replica]) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._log = folder / "nginx.log"
        written = folder / "nginx.conf"
        written.write_text(CONFIGURATION.format(folder=folder, port=self.port))
        self._write(replicas)
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [program, "-e", "stderr", "-c", str(written)], stdout=subprocess.DEVNULL, stderr=log
            )

    def _write(self, replicas: Iterable[Replica]) -> None:
        lines = (f"server 127.0.0.1:{each.port} max_fails=1 fail_timeout=1s;" for each in replicas)
        (self._folder / "replicas.conf").write_text("\n".join(lines))

    def listens(self) -> bool:
        """Return whether it accepts connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def reload(self, replicas: Iterable[Replica]) -> None:
        """Distribute requests over other replicas. Those under way stay where they are."""
        self._write(replicas)
        self._process.send_signal(signal.SIGHUP)

    def errors(self) -> list[str]:
        """Return the lines of its log that report an error."""
        return [line for line in self._log.read_text().splitlines() if "[error]" in line]

    def stop(self) -> None:
        """End it at once."""
        self._process.terminate()
        self._process.wait()


@contextmanager
def nginx(folder: Path, replicas: Iterable[Replica]) -> Iterator[Proxy]:
    """Distribute requests over replicas."""
    proxy = Proxy(folder, replicas)
    try:
        wait_until(proxy.listens, "nginx does not start")
        yield proxy
    finally:
        proxy.stop()
