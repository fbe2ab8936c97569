"""nginx in front of replicas."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
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
    upstream replicas {{
        {servers}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://replicas;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
        }}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, replicas: Sequence[Replica]) -> Iterator[str]:
    """Distribute requests over replicas, and yield the address."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    port = free_port()
    servers = "\n".join(
        f"server 127.0.0.1:{replica.port} max_fails=1 fail_timeout=1s;" for replica in replicas
    )
    written = folder / "nginx.conf"
    written.write_text(CONFIGURATION.format(folder=folder, port=port, servers=servers))
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-e", "stderr", "-c", str(written)], stdout=subprocess.DEVNULL, stderr=log
        )

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(listens, "nginx does not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
