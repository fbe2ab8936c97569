"""When applications are observed, and exporters made from the environment."""

import dataclasses
import os
import subprocess
import sys

import pytest
from opentelemetry import context as otel_context
from opentelemetry import trace

from rapide import APIRouter, FastAPI
from rapide.runtime import instrumentation
from rapide.testclient import TestClient

from ..harness import Framework
from ..observed import Recorder, uninstrumented_after


def test_an_application_without_configuration_loads_nothing_of_opentelemetry() -> None:
    program = """
import sys
from rapide import FastAPI
from rapide.testclient import TestClient
app = FastAPI()
app.get("/")(lambda: 1)
with TestClient(app) as client:
    assert client.get("/").json() == 1
import rapide.telemetry
assert rapide.telemetry.get_telemetry_data() is None
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    path = os.pathsep.join(path for path in sys.path if path)
    run = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert run.stdout == "[]\n", run.stderr


def test_routes_are_not_instrumented_before_a_request_is_observed() -> None:
    with uninstrumented_after():
        app = FastAPI()
        app.get("/")(lambda: 1)
        before = app.routes[-1].source
        assert TestClient(app).get("/").json() == 1  # opentelemetry is loaded, nothing configured
        assert app.routes[-1].source == before
        assert not instrumentation.is_on()


def test_a_global_provider_is_noticed_by_a_running_application(monkeypatch) -> None:
    app = FastAPI()
    app.get("/")(lambda: 1)
    client = TestClient(app)
    with uninstrumented_after():
        assert client.get("/").json() == 1
        recorder = Recorder(Framework("rapide"))
        monkeypatch.setattr(trace, "_TRACER_PROVIDER", recorder.config["tracer_provider"])
        assert client.get("/").json() == 1
        assert [span["name"] for span in recorder.told()["spans"]][-1] == "GET /"
        assert "telemetry.span(" in app.routes[-1].source


def test_an_unobserved_application_runs_instrumented_routes_in_silence() -> None:
    """One application of the process is observed; another shares its routes."""
    recorder = Recorder(Framework("rapide"))
    router = APIRouter()

    @router.get("/{n}")
    async def read(n: int) -> int:
        return n

    seen, unseen = FastAPI(telemetry=recorder.config), FastAPI()
    seen.include_router(router)
    unseen.include_router(router)
    with uninstrumented_after():
        assert TestClient(seen).get("/1").json() == 1
        count = len(recorder.told()["spans"])
        assert TestClient(unseen).get("/1").json() == 1
        assert TestClient(unseen).get("/x").status_code == 422
        assert len(recorder.told()["spans"]) == count


@pytest.mark.parametrize("root", ["fastapi", "rapide"])
def test_an_application_keeps_what_its_configuration_said_at_first(root, monkeypatch) -> None:
    fw = Framework(root)
    recorder = Recorder(fw)
    config = recorder.config
    monkeypatch.setenv("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "BREW")
    with uninstrumented_after():
        enabled = fw.FastAPI(telemetry=config)
        monkeypatch.delenv("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS")
        config["tracing"] = False
        disabled = fw.FastAPI(telemetry=config)
        config["tracing"] = True
        config["exclude"] = lambda scope: True
        TestClient(enabled).request("BREW", "/")
        TestClient(disabled).request("BREW", "/")
        told = recorder.told()
    assert [span["name"] for span in told["spans"]] == ["BREW"]
    with pytest.raises(TypeError):
        fw.FastAPI(telemetry=0)


def test_the_data_of_a_request_ends_with_it() -> None:
    contexts = []
    recorder = Recorder(Framework("rapide"))
    app = FastAPI(telemetry=recorder.config)
    telemetry = Framework("rapide").telemetry

    @app.get("/")
    async def read():
        contexts.append(otel_context.get_current())
        assert telemetry.get_telemetry_data().request.url.path == "/"

    with uninstrumented_after():
        assert TestClient(app).get("/").status_code == 200
    assert telemetry.get_telemetry_data(contexts[0]) is None
    assert telemetry.get_telemetry_data() is None


# Exporters from the environment

COLLECTOR = """
import logging, os, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer

seen = set()

class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        seen.add((self.path, self.headers["content-type"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *text): ...

server = HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
logging.basicConfig(stream=sys.stderr, level="WARNING")

from importlib import import_module
framework = import_module(sys.argv[1])
client = import_module(sys.argv[1] + ".testclient")
app = framework.FastAPI()

@app.get("/{n}")
def read(n: int) -> int:
    return n

for _ in range(2):
    with client.TestClient(app) as requests:
        requests.get("/1"), requests.get("/x")
    print(sorted(seen))
"""


def collect(root: str, **environment: str) -> tuple[str, bool]:
    """What a collector receives from an application, and whether a warning was logged."""
    variables = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    run = subprocess.run(
        [sys.executable, "-c", COLLECTOR, root],
        env={**variables, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout, "automatic telemetry configuration failed" in run.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"FASTAPI_OTEL_AUTO_CONFIGURE": "true"},
        {"FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_METRICS_EXPORTER": "none"},
        {"FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_TRACES_EXPORTER": "zipkin"},
        {"FASTAPI_OTEL_AUTO_CONFIGURE": "true", "OTEL_SDK_DISABLED": "true"},
        {},
    ],
    ids=["all", "no metrics", "unsupported", "disabled", "not asked for"],
)
def test_exporters_are_made_from_the_environment(environment) -> None:
    """`FASTAPI_OTEL_AUTO_CONFIGURE` makes them when the lifespan starts."""
    expected = collect("fastapi", **environment)
    assert collect("rapide", **environment) == expected
    is_exporting = environment.get("FASTAPI_OTEL_AUTO_CONFIGURE") and len(environment) == 1
    assert ("/v1/traces" in expected[0]) == bool(is_exporting or "none" in environment.values())


ENDPOINTS = [
    {},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "https://l/x"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_LOGS_EXPORTER": " NONE "},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_LOGS_EXPORTER": "console"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "c:4318"},
    {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://"},
]


@pytest.mark.parametrize("environment", ENDPOINTS)
def test_the_environment_names_the_same_endpoint(environment, monkeypatch) -> None:
    """The only protocol is `http/protobuf`."""
    from fastapi.telemetry._runtime import _export_endpoint

    from rapide.telemetry.auto import find_endpoint

    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def outcome(find):
        try:
            return find("LOGS")
        except Exception as error:
            return type(error).__name__

    assert outcome(find_endpoint) == outcome(_export_endpoint)


def test_configuration_and_data_have_the_fields_of_fastapi() -> None:
    import fastapi.telemetry

    import rapide.telemetry

    ours, theirs = rapide.telemetry, fastapi.telemetry
    assert list(ours.TelemetryConfig.__annotations__) == list(
        theirs.TelemetryConfig.__annotations__
    )
    assert [f.name for f in dataclasses.fields(ours.TelemetryData)] == [
        f.name for f in dataclasses.fields(theirs.TelemetryData)
    ]
