"""Serve the applications by Ray, ask them, kill a replica under load, and print what was seen."""

import json
import os
import signal
import sys
import tempfile
import time
from typing import Any

import application
import httpx
import ray
from ray import serve
from websockets.sync.client import connect

LITTLE = {"num_cpus": 0.1}


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


def kill_replica(client: httpx.Client) -> dict[str, Any]:
    """Send requests while a replica is killed, until two other processes answer again."""
    victim = client.get("/facts").json()["pid"]
    wrong, failed, right, pids = 0, 0, 0, set()
    end = time.monotonic() + 120
    while time.monotonic() < end and len(pids) < 2:
        if right == 100:
            os.kill(victim, signal.SIGKILL)
            right += 1
        answer = client.get(f"/items/{right}")
        if answer.status_code != 200:
            failed += 1
        elif answer.json() == {"n": 101 + right}:
            right += 1
        else:
            wrong += 1
        if right > 100:
            facts = client.get("/facts")
            if facts.status_code == 200 and facts.json()["pid"] != victim:
                pids.add(facts.json()["pid"])
    return {"wrong": wrong, "failed": failed, "right": right, "replicas": len(pids)}


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
            seen["killed"] = kill_replica(client)
        print("SEEN", json.dumps(seen), flush=True)
    finally:
        serve.shutdown()
        ray.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]))
