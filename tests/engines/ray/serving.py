"""Serve the applications by Ray, ask them, kill and replace replicas under load, print it all."""

import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import application
import httpx
import ray
import yaml
from ray import serve
from ray.serve.context import _get_global_client as get_client
from ray.serve.schema import ServeDeploySchema
from websockets.sync.client import connect

LITTLE = {"num_cpus": 0.1}
AUTOSCALING = {"min_replicas": 2, "max_replicas": 3, "target_ongoing_requests": 20}
THREADS = 8
PAGE = Path(__file__).parents[3] / "docs" / "ray.md"


def ask(client: httpx.Client, address: str) -> dict[str, Any]:
    seen: dict[str, Any] = {
        path: (answer := client.get(path)) and [answer.status_code, answer.text]
        for path in ("/items/5?q=2", "/items/x", "/lines", "/chunks")
    }
    seen["/items"] = client.post("/items", json={"n": 1}).json()
    seen["document"] = [*client.get("/openapi.json").json()["paths"]]
    seen["facts"] = {path: client.get(path).json() for path in ("/facts", "/b/facts", "/f/facts")}
    with connect(f"{address.replace('http', 'ws')}/socket?q=7") as socket:
        socket.send("hi")
        seen["socket"] = socket.recv()
    return seen


class Load:
    """Threads that send requests as long as the block runs, and count the answers."""

    def __init__(self, address: str, bases: tuple[int, ...]) -> None:
        self.address = address
        self.bases = bases
        self.counts = {"right": 0, "failed": 0, "wrong": 0}
        #: The answers of each base.
        self.of_base = dict.fromkeys(bases, 0)
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send, args=(n,)) for n in range(THREADS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _send(self, number: int) -> None:
        with httpx.Client(base_url=self.address, timeout=60) as client:
            while not self._end.is_set():
                number += THREADS
                try:
                    answer = client.get(f"/slow/{number}")
                except httpx.TransportError:
                    self._count("failed")
                    continue
                if answer.status_code != 200:
                    self._count("failed")
                    continue
                base = answer.json()["n"] - number
                self._count("right" if base in self.bases else "wrong", base)

    def _count(self, what: str, base: int | None = None) -> None:
        with self._lock:
            self.counts[what] += 1
            if base in self.of_base:
                self.of_base[base] += 1


def processes(client: httpx.Client) -> set[int]:
    """Return the processes that answer several requests."""
    answers = [client.get("/facts") for _ in range(20)]
    return {answer.json()["pid"] for answer in answers if answer.status_code == 200}


def wait_for(is_true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 120
    while not is_true():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)


def kill_replica(client: httpx.Client, address: str) -> dict[str, Any]:
    """Kill a replica under load, and wait until two others than it answer."""
    wait_for(lambda: len(processes(client)) == 2, "there are no two replicas")
    with Load(address, (100,)) as load:
        wait_for(lambda: load.counts["right"] > 100, "nothing is answered")
        victim = min(processes(client))
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: len(processes(client) - {victim}) == 2, "no replica comes back")
    return {**load.counts, "replicas": len(processes(client))}


def configuration(base: int) -> ServeDeploySchema:
    """Return what a configuration file of `serve deploy` would say."""
    deployment = {"name": "Service", "num_replicas": None, "autoscaling_config": AUTOSCALING}
    said = {
        "name": "configured",
        "route_prefix": "/",
        "import_path": "application:service",
        "args": {"base": base},
        "deployments": [deployment],
    }
    return ServeDeploySchema.model_validate({"applications": [said]})


def deploy(base: int) -> None:
    """Deploy a configuration, as `serve deploy` does on a cluster, and wait until it runs."""
    get_client().deploy_apps(configuration(base))
    wait_for(
        lambda: serve.status().applications["configured"].status == "RUNNING",
        "the configuration is not deployed",
    )


def update(client: httpx.Client, address: str) -> dict[str, Any]:
    """Replace all replicas under load by those of another configuration."""
    deploy(100)
    wait_for(lambda: len(processes(client)) == 2, "there are no two replicas")
    before = processes(client)
    with Load(address, (100, 200)) as load:
        wait_for(lambda: load.counts["right"] > 100, "nothing is answered")
        deploy(200)
        wait_for(lambda: load.of_base[200] > 100, "no new replica answers")
        wait_for(lambda: not before & processes(client), "an old replica still answers")
    return {**load.counts, "old": load.of_base[100], "new": load.of_base[200]}


def documented(client: httpx.Client) -> list[Any]:
    """Deploy the configuration and the service of the page, and return what they answer."""
    text = PAGE.read_text(encoding="utf-8").partition("```yaml")[2].partition("```")[0]
    config = ServeDeploySchema.model_validate(yaml.safe_load(text))
    get_client().deploy_apps(config)
    path = "/answers/3"
    wait_for(lambda: client.get(path).status_code == 200, "the service of the page does not serve")
    wait_for(lambda: len(replicas_of("answers")) == 2, "it has not the replicas of its page")
    return [len(replicas_of("answers")), client.get(path).json()]


def replicas_of(name: str) -> list[Any]:
    """Return the replicas of an application that run."""
    (deployment,) = get_client().get_serve_details()["applications"][name]["deployments"].values()
    return [replica for replica in deployment["replicas"] if replica["state"] == "RUNNING"]


def main(port: int) -> None:
    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        object_store_memory=100_000_000,
        _temp_dir=tempfile.mkdtemp(),
    )
    try:
        serve.start(http_options={"host": "127.0.0.1", "port": port})
        serve.run(application.Service.bind(), route_prefix="/", name="class")
        for prefix, style in (("b", application.build), ("f", application.function_style)):
            deployment = serve.deployment(serve.ingress(style)())
            bound = deployment.options(name=prefix, ray_actor_options=LITTLE).bind()
            serve.run(bound, route_prefix=f"/{prefix}", name=prefix)
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=address, timeout=60) as client:
            seen = ask(client, address)
            seen["killed"] = kill_replica(client, address)
            if application.FRAMEWORK == "rapide":
                for name in ("class", "b", "f"):
                    serve.delete(name)
                seen["updated"] = update(client, address)
                seen["documented"] = documented(client)
        print("SEEN", json.dumps(seen), flush=True)
    finally:
        serve.shutdown()
        ray.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]))
