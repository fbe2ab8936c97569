"""The command from end to end: both sides, their state, and everything that can go wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rapide.cli.verify import sides

from .conftest import environment, verify, write_requests

ON = """
import fastapi
ON = "rapide" if fastapi.APIRouter.__module__.startswith("rapide") else "fastapi"
"""
PLAIN = """
from fastapi import FastAPI
app = FastAPI()
@app.get("/items/{item_id}")
def read_item(item_id: int):
    return {"item_id": item_id}
"""
RECORDED = ("--examples", "0", "--requests", "requests.jsonl")


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_no_difference_is_exit_status_0(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PLAIN)
    write_requests(tmp_path, {"path": "/items/1"}, {"path": "/items/x"}, {"path": "/"})
    found = verify(tmp_path, "main:app", *RECORDED)
    assert (found.status, found.output.splitlines()[-1]) == (0, "No difference")
    assert found.report["statuses"] == {"200": 1, "422": 1, "404": 1}


def test_an_application_that_imports_rapide_runs_on_fastapi(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import fastapi, rapide, rapide.routing, fastapi.routing\n"
        "from rapide.responses import JSONResponse\n"
        "from rapide import FastAPI\n"
        "app = FastAPI()\n"
        "@app.get('/')\n"
        "def read():\n"
        "    return [rapide is fastapi, rapide.routing is fastapi.routing, rapide.__spec__.name,\n"
        "            FastAPI.__module__, rapide.routing.__file__.split('/')[-2:]]\n"
    )
    write_requests(tmp_path, {"path": "/"})
    found = verify(tmp_path, *RECORDED, "--baselines", "1")
    (answer,) = found.report["answers"]
    assert json.loads(answer["fastapi"]["body"]) == [
        *(True, True, "fastapi", "fastapi.applications", ["fastapi", "routing.py"])
    ]
    assert json.loads(answer["rapide"]["body"])[:4] == [True, True, "rapide", "rapide.applications"]


def test_each_side_has_a_store_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import os, pathlib\n"
        "from fastapi import FastAPI\n"
        "app = FastAPI()\n"
        "store = pathlib.Path(os.environ['STORE'])\n"
        "pathlib.Path(os.environ['LEFT']).write_text(os.environ['STORE'])\n"
        "@app.post('/')\n"
        "def add():\n"
        "    store.open('a').write('x')\n"
        "    return len(store.read_text())\n"
    )
    write_requests(tmp_path, *[{"method": "POST", "path": "/"}] * 3)
    options = ("--env", "STORE={tmp}/store", "--env", "LEFT=of-{side}")
    assert verify(tmp_path, *RECORDED, *options).status == 0
    left = [
        Path((tmp_path / f"of-{side}").read_text()) for side in ("fastapi", "fastapi2", "rapide")
    ]
    assert len(set(left)) == 3
    assert not any(store.exists() for store in left)


def test_later_requests_take_values_from_earlier_answers_of_their_side(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import uuid\n"
        "from fastapi import FastAPI, Header, HTTPException\n"
        "app = FastAPI()\n"
        "token = str(uuid.uuid4())\n"
        "@app.post('/login')\n"
        "def login():\n"
        "    return {'tokens': [{'value': token}]}\n"
        "@app.get('/mine/{given}')\n"
        "def read(given: str, authorization: str = Header()):\n"
        "    if authorization != f'Bearer {token}':\n"
        "        raise HTTPException(401)\n"
        "    return given == token\n"
    )
    write_requests(
        tmp_path,
        {"method": "POST", "path": "/login", "keep": {"token": "tokens.0.value", "no": "x"}},
        {"path": "/mine/${token}"},
    )
    options = ("--header", "Authorization: Bearer ${token}")
    found = verify(tmp_path, *RECORDED, *options)
    assert found.status == 0
    assert found.report["statuses"].keys() == {"200"}
    assert "Note: line 1 of requests.jsonl: Rapide answered without x, so ${no} has" in found.output


def test_without_a_second_run_on_fastapi_chance_is_a_difference(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        PLAIN + "import os\n@app.get('/chance')\ndef chance():\n    return os.getpid()\n"
    )
    write_requests(tmp_path, {"path": "/chance"})
    assert verify(tmp_path, *RECORDED, "--baselines", "1").status == 1


def test_an_application_without_a_document_is_compared_by_recorded_requests(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "from starlette.responses import PlainTextResponse as app_type\napp = app_type('hello')\n"
    )
    write_requests(tmp_path, {"path": "/"})
    found = verify(tmp_path, "main:app", *RECORDED[2:], "--baselines", "1")
    assert (found.status, found.report["statuses"]) == (0, {"200": 1})
    found = verify(tmp_path, "main:app", "--baselines", "1")
    assert found.status == 2
    assert "Error: there is nothing to compare: the application has no OpenAPI" in found.errors


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        (
            "import no_such_module",
            ["Error: importing main failed at main.py:1: ModuleNotFoundError"],
        ),
        (
            f"{ON}{PLAIN}\nif ON == 'rapide': raise SystemExit('not here')",
            ["Error: Rapide ended before it served, with exit status 1; its log", "not here"],
        ),
        (
            f"{ON}{PLAIN}\nimport os, signal\nif ON == 'fastapi': os.kill(0, signal.SIGKILL)",
            ["Error: FastAPI ended before it served, with signal SIGKILL; its log ends with:\n(no"],
        ),
        (
            f"{PLAIN}\n@app.on_event('startup')\ndef fail(): raise ValueError('no database')",
            ["ended before it served, with exit status 3", "ValueError: no database"],
        ),
    ],
    ids=["import", "exit", "signal", "startup"],
)
def test_a_side_that_does_not_start_says_why(
    tmp_path: Path, source: str, messages: list[str]
) -> None:
    (tmp_path / "main.py").write_text(source)
    found = verify(tmp_path, "main.py", "--baselines", "1")
    assert found.status == 2
    for message in messages:
        assert message in found.errors


def test_a_side_that_ends_meanwhile_is_named_with_the_request_and_its_log(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        f"{ON}{PLAIN}\n"
        "import os\n"
        "@app.get('/end')\n"
        "def end():\n"
        "    print('the last word')\n"
        "    if ON == 'rapide': os._exit(7)\n"
    )
    write_requests(tmp_path, {"path": "/items/1"}, {"path": "/end"})
    found = verify(tmp_path, *RECORDED, "--baselines", "1")
    assert found.status == 2
    assert "Rapide ended during GET /end (line 2 of requests.jsonl), with exit" in found.errors
    assert "exit status 7; its log ends with:\n" in found.errors
    assert "the last word\n" in found.errors


def test_a_side_that_hangs_is_left_after_a_time_and_nothing_stays_behind(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        f"{ON}{PLAIN}\n"
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "with open('processes', 'a') as file: file.write(f'{os.getpid()} {child.pid} ')\n"
        "@app.get('/hang')\n"
        "async def hang():\n"
        "    if ON == 'rapide': time.sleep(600)\n"
    )
    write_requests(tmp_path, {"path": "/hang"})
    found = verify(tmp_path, *RECORDED, "--timeout", "0.5", "--baselines", "1")
    (answer,) = found.report["answers"]
    assert (found.status, answer["rapide"]["failure"]) == (1, "no answer within 0.5 s")
    processes = (tmp_path / "processes").read_text().split()
    assert len(processes) == 4
    assert not any(is_running(int(process)) for process in processes)


def test_a_side_that_never_starts_is_left(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("print('waiting')\nimport time\ntime.sleep(600)\n")
    found = verify(tmp_path, "main.py", "--start-timeout", "3", "--baselines", "1")
    assert found.status == 2
    assert (
        "FastAPI did not start in time (--start-timeout); its log ends with:\nwaiting"
        in found.errors
    )


def test_answers_without_an_end_are_not_awaited_for_each_example(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        f"{PLAIN}\nimport asyncio\n"
        "@app.get('/wait/{n}')\n"
        "async def wait(n: int):\n"
        "    await asyncio.sleep(600)\n"
    )
    options = ("--only", "/wait/{n}", "--examples", "12", "--timeout", "0.2", "--baselines", "1")
    found = verify(tmp_path, *options)
    assert found.status == 0
    assert found.report["statuses"]["no answer within 0.2 s"] == 3
    assert (
        "Note: GET /wait/{n}: 3 answers did not end in time, so the rest was left" in found.output
    )


def test_a_side_ends_when_the_process_that_started_it_does(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PLAIN)
    asked = {"framework": "rapide", "path": "main.py", "app": None, "entrypoint": None}
    asked |= {"protocol": "rapide", "ready": "ready"}
    side = subprocess.Popen(
        [sys.executable, "-P", str(sides.PROGRAM), json.dumps(asked)],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with side:
        assert side.stdin is not None
        while not (tmp_path / "ready").exists():
            assert side.poll() is None
        side.stdin.close()
        assert side.wait(60) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--requests", "none.jsonl"), "Error: cannot read none.jsonl: "),
        (("--har", "main.py"), "Error: main.py is not an HTTP archive: "),
        (("--header", "x"), "Error: --header 'x': a name and a value are needed, with :"),
        (("--env", "x"), "Error: --env 'x': a name and a value are needed, with ="),
        (("--json", "none/report.json"), "Error: cannot write the report: "),
    ],
)
def test_what_cannot_be_done_is_exit_status_2(
    tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "main.py").write_text(PLAIN)
    found = verify(tmp_path, "main.py", "--examples", "0", "--baselines", "1", *options)
    assert found.status == 2
    assert message in found.errors


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("schemathesis", 'is needed: pip install "rapide[verify]"; recorded ones do without'),
        ("fastapi", "FastAPI is not installed beside Rapide: pip install fastapi"),
    ],
)
def test_a_missing_package_is_named_with_its_remedy(
    tmp_path: Path, missing: str, message: str
) -> None:
    (tmp_path / "main.py").write_text(PLAIN)
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(f"import sys\nsys.modules[{missing!r}] = None\n")
    paths = os.pathsep.join([str(hidden), environment()["PYTHONPATH"]])
    found = verify(tmp_path, "main.py", "--baselines", "1", PYTHONPATH=paths)
    assert found.status == 2
    assert message in found.errors


def test_nothing_of_it_is_loaded_by_other_commands() -> None:
    code = (
        "import sys, rapide.cli.commands.run\n"
        "print(sorted(name for name in sys.modules if name.startswith('rapide.cli.verify.')\n"
        "             or name in {'schemathesis', 'hypothesis'}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
