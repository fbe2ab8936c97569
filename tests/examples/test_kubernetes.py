"""The manifests of examples/deployment: their schemas, and what they say to each other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import ValidationError
from redis import Redis

from rapide.cli.program import command_named
from tests.unit.distributed.servers import running_redis

from .deployed import DEPLOYMENT, RAPIDE, client, program, started
from .keda import check_scaled_object
from .server import free_port

Manifest = dict[str, Any]

FILES = sorted(DEPLOYMENT.glob("kubernetes*.yaml"))
#: The oldest version of Kubernetes whose fields the manifests use, and the newest with a schema.
VERSIONS = ("1.31", "1.37")
#: What takes time between SIGTERM and the end of a server.
END = ("shutdown-delay", "timeout-graceful-shutdown")


def manifests() -> dict[tuple[str, str], Manifest]:
    """The objects of all files, by kind and name."""
    found = [each for file in FILES for each in yaml.safe_load_all(file.read_text("utf-8"))]
    by_name = {(each["kind"], each["metadata"]["name"]): each for each in found}
    assert len(by_name) == len(found)
    return by_name


def container_of(deployment: Manifest) -> Manifest:
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert isinstance(container, dict)
    return container


def option(container: Manifest, name: str) -> str:
    [value] = [each.partition("=")[2] for each in container["args"] if each.startswith(f"{name}=")]
    return str(value)


def validate(file: Path, version: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("kubernetes-validate")
    return subprocess.run(
        [command, "--strict", "--kubernetes-version", version, file],
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_manifest_has_the_schema_of_its_kind(file: Path, version: str) -> None:
    done = validate(file, version)
    kinds = re.findall(r"^kind: (\w+)$", file.read_text("utf-8"), re.M)
    of_keda = kinds.count("ScaledObject")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(" passed for resource ") == len(kinds) - of_keda, done.stdout
    assert done.stdout.count("Couldn't find schema") == of_keda


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("failureThreshold: 60", "failureTreshold: 60"),
        ("terminationGracePeriodSeconds: 30", 'terminationGracePeriodSeconds: "30"'),
        ("  selector:\n    matchLabels:\n      app: shop\n  strategy", "  strategy"),
        ("unhealthyPodEvictionPolicy: AlwaysAllow", "unhealthyPodEvictionPolicy: [Always]"),
    ],
)
def test_a_mistake_in_a_manifest_is_found(right: str, wrong: str, tmp_path: Path) -> None:
    text = (DEPLOYMENT / "kubernetes.yaml").read_text("utf-8")
    assert text.count(right) == 1
    broken = tmp_path / "broken.yaml"
    broken.write_text(text.replace(right, wrong))
    assert validate(broken, VERSIONS[-1]).returncode != 0


def test_kedas_object_has_the_fields_of_its_schema() -> None:
    check_scaled_object(manifests()["ScaledObject", "shop-worker"])


@pytest.mark.parametrize("place", ["spec", "trigger", "metadata", "kind"])
def test_a_mistake_in_kedas_object_is_found(place: str) -> None:
    scaled = manifests()["ScaledObject", "shop-worker"]
    trigger = scaled["spec"]["triggers"][0]
    match place:
        case "spec":
            scaled["spec"]["minReplicas"] = 1
        case "trigger":
            trigger["metadata"]["lagCount"] = 10
        case "metadata":
            trigger["metadata"]["lag"] = "10"
        case "kind":
            del scaled["spec"]["scaleTargetRef"]
    with pytest.raises(ValidationError):
        check_scaled_object(scaled)


def test_objects_name_each_other() -> None:
    known = manifests()
    for (kind, name), each in known.items():
        spec = each["spec"]
        target = spec.get("scaleTargetRef")
        if target is not None:
            assert (target.get("kind", "Deployment"), target["name"]) in known
        if kind == "Deployment":
            labels = spec["template"]["metadata"]["labels"]
            assert spec["selector"]["matchLabels"].items() <= labels.items()
        if kind in ("Service", "PodDisruptionBudget"):
            selector = spec["selector"]
            labels = known["Deployment", name]["spec"]["template"]["metadata"]["labels"]
            assert selector.get("matchLabels", selector).items() <= labels.items()
    ports = {each["name"] for each in container_of(known["Deployment", "shop"])["ports"]}
    assert {each["targetPort"] for each in known["Service", "shop"]["spec"]["ports"]} <= ports
    scalers = [name for name, each in known.items() if "scaleTargetRef" in each["spec"]]
    targets = [known[name]["spec"]["scaleTargetRef"]["name"] for name in scalers]
    assert len({*targets}) == len(targets), "two scalers of one Deployment fight"


def test_times_and_numbers_fit_together() -> None:
    known = manifests()
    shop = known["Deployment", "shop"]
    serving = container_of(shop)
    times = [float(option(serving, f"--{name}")) for name in END]
    assert sum(times) < shop["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    probe = serving["readinessProbe"]
    assert times[0] > probe["periodSeconds"] * probe["failureThreshold"]

    worker = known["Deployment", "shop-worker"]
    concurrency = option(container_of(worker), "--concurrency")
    source = (DEPLOYMENT / "jobs.py").read_text("utf-8")
    assert f"CONCURRENCY = {concurrency}\n" in source
    timeout = re.search(r"timeout=(\d+)\)", source)
    assert timeout is not None
    grace = worker["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert grace > 2 * int(timeout[1])
    running = known["ScaledObject", "shop-worker"]["spec"]["triggers"][1]["metadata"]
    assert running["pendingEntriesCount"] == concurrency


def test_the_server_takes_its_arguments_and_answers_its_probes(tmp_path: Path) -> None:
    serving = container_of(manifests()["Deployment", "shop"])
    assert serving["args"][0] == "rapide"
    probes = {serving[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness")}
    probes.add(serving["readinessProbe"]["httpGet"]["path"])
    assert len(probes) == 3
    variables = {each["name"]: each["value"] for each in serving["env"]}
    variables["PORT"] = port = str(free_port())
    with (
        started([*RAPIDE, *serving["args"][1:]], tmp_path, **variables) as server,
        client(f"http://127.0.0.1:{port}") as kubelet,
    ):
        for path in probes:
            server.wait_for(lambda path=path: kubelet.get(path).is_success)
        server.process.terminate()  # the second signal, of `started`, ends the delay


def test_the_worker_takes_its_arguments() -> None:
    words = container_of(manifests()["Deployment", "shop-worker"])["args"]
    assert words[:2] == ["rapide", "worker"]
    command_named("worker").make_context("worker", words[2:])


ENQUEUE = """
import asyncio
from jobs import broker, send_receipt

async def main():
    for number in range(30):
        await send_receipt.enqueue(order_id=number)
    await broker.shutdown()

asyncio.run(main())
"""


def test_kedas_numbers_are_those_of_the_queue(tmp_path: Path) -> None:
    """Nothing of Kubernetes runs here: the test asks Redis as KEDA does."""
    program("redis-server")
    known = manifests()
    waiting, running = (
        each["metadata"] for each in known["ScaledObject", "shop-worker"]["spec"]["triggers"]
    )
    words = container_of(known["Deployment", "shop-worker"])["args"]
    with running_redis() as server, Redis.from_url(server.url) as asking:

        def lag() -> int:
            groups = asking.xinfo_groups(waiting["stream"])
            [mine] = [each for each in groups if each["name"].decode() == waiting["consumerGroup"]]
            return int(mine["lag"])

        def pending() -> int:
            return int(asking.xpending(running["stream"], running["consumerGroup"])["pending"])

        env = {"REDIS_URL": server.url, "PYTHONPATH": str(DEPLOYMENT.parents[1] / "src")}
        subprocess.run(
            [sys.executable, "-c", ENQUEUE], cwd=DEPLOYMENT, env=os.environ | env, check=True
        )
        assert (lag(), pending()) == (30, 0)
        with started([*RAPIDE, *words[1:]], tmp_path, **env) as worker:
            # A worker fetches no more than it can run, so that others get the rest.
            worker.wait_for(lambda: pending() == int(running["pendingEntriesCount"]))
            assert lag() > 0
            worker.wait_for(lambda: (lag(), pending()) == (0, 0))
        assert len(re.findall(r"^receipt \d+$", worker.log.read_text(), re.M)) == 30
        # The entries stay, so the length of the stream is no measure of the work.
        assert asking.xlen(waiting["stream"]) == 30
