"""RabbitMQ and NATS, each in a process of its own that keeps its files in a folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from signal import SIGKILL

from tests.unit.distributed.servers import free_port, wait_until


def program(name: str, *folders: str) -> str:
    path = os.pathsep.join([*folders, os.environ["PATH"], "/usr/sbin"])
    found = shutil.which(name, path=path)
    assert found, f"install it: apt-get install {name}"
    return found


class Server(ABC):
    """A server that keeps what it has when it is killed and started again."""

    scheme: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = self.run(log.fileno())
        wait_until(self.answers, f"{type(self).__name__} does not start")

    @abstractmethod
    def run(self, log: int) -> subprocess.Popen[bytes]:
        """Start the process."""

    def begin(
        self, command: list[str], log: int, variables: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=variables,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"AMQP\0\0\x09\x01" if self.scheme == "amqp" else b"")
                return bool(connection.recv(1))
        except OSError:
            return False

    def kill(self) -> None:
        os.killpg(self.process.pid, SIGKILL)  # scripts may start the server as their child
        self.process.wait()

    def close(self) -> None:
        """Kill the server and what belongs to it."""
        self.kill()


class NatsServer(Server):
    scheme = "nats"

    def run(self, log: int) -> subprocess.Popen[bytes]:
        where = ("-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self.folder))
        command = [program("nats-server"), *where]
        return self.begin(command, log, os.environ)


class RabbitServer(Server):
    """RabbitMQ with a port mapper of its own."""

    scheme = "amqp"

    def __init__(self, folder: Path) -> None:
        self.mapper_port, self.between_nodes = str(free_port()), str(free_port())
        # Started here, it ends with the server; otherwise the server leaves one behind.
        mapper = [program("epmd"), "-address", "127.0.0.1", "-port", self.mapper_port]
        self.mapper = subprocess.Popen(mapper)
        super().__init__(folder)

    def run(self, log: int) -> subprocess.Popen[bytes]:
        variables = {
            "HOME": str(self.folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": self.mapper_port,
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_DIST_PORT": self.between_nodes,
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_MNESIA_BASE": str(self.folder),
            "RABBITMQ_NODENAME": "rabbit@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
        }
        # Debian's script in /usr/sbin would change the user.
        server = program("rabbitmq-server", "/usr/lib/rabbitmq/bin")
        return self.begin([server], log, os.environ | variables)

    def close(self) -> None:
        super().close()
        self.mapper.kill()
        self.mapper.wait()
