"""The leaf modules load nothing heavy."""

import subprocess
import sys

LEAF_MODULES = """
background concurrency datastructures encoders exception_handlers exceptions logger
middleware.cors param_functions params requests responses security.http security.oauth2
security.api_key security.open_id_connect_url sse staticfiles types websockets
_body_limit _form_limits
"""

HEAVY = """
rapide.openapi.models rapide._sse_event
fastapi httpx httpx2 jinja2 typer email_validator opentelemetry pydantic.v1 pydantic.networks
"""


def test_leaf_modules_load_no_models_and_no_optional_packages() -> None:
    imports = "; ".join(f"import rapide.{name}" for name in LEAF_MODULES.split())
    loaded = f"import sys; {imports}; print(*sorted(set({HEAVY.split()!r}) & set(sys.modules)))"
    process = subprocess.run(
        [sys.executable, "-c", loaded],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(path for path in sys.path if path)},
    )
    assert process.stdout.split() == []


SERVE_A_REQUEST = """
import sys
from rapide import FastAPI
from rapide.testclient import TestClient

app = FastAPI()

@app.get("/")
def read(): ...

with TestClient(app) as client:
    assert client.get("/").status_code == 200
print(*sorted(name for name in sys.modules if "job" in name or name.startswith("taskiq")))
"""


def test_an_application_without_jobs_loads_nothing_of_jobs_but_their_method() -> None:
    process = subprocess.run(
        [sys.executable, "-c", SERVE_A_REQUEST],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(path for path in sys.path if path)},
    )
    assert process.stdout.split() == ["rapide._job_methods"]


def test_names_made_on_demand_are_importable() -> None:
    from rapide.security import HTTPBasic
    from rapide.security.http import HTTPBasic as HTTPBasicOfModule
    from rapide.sse import ServerSentEvent
    from rapide.types import IncEx, ModelNameMap

    assert HTTPBasic is HTTPBasicOfModule
    assert ServerSentEvent.__module__ == "rapide.sse"
    assert IncEx is not None
    assert ModelNameMap is not None


def test_what_a_script_leaves_open_is_closed_at_its_end(tmp_path):
    script = f"""
import rapide

def function(): ...  # it refers to the script's names, and they to it

left_open = open({str(tmp_path / "file")!r}, "w")
left_open.write("written")
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert (tmp_path / "file").read_text() == "written"
