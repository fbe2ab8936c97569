"""Ray Serve serves applications of Rapide in all of its styles, and a killed replica is replaced.

Ray has an environment of its own, which `make engines` makes; `RAY_PYTHON` names its Python.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.engines.results import record
from tests.unit.distributed.servers import ROOT, free_port
from tests.unit.docs.pages import read_blocks

FOLDER = Path(__file__).parent / "ray"
PAGE = ROOT / "docs" / "ray.md"


def serving(framework: str, folder: Path) -> dict[str, Any]:
    """Serve the applications by Ray, and return what was seen."""
    (page,) = (block for block in read_blocks(PAGE) if block.marker == "file: service.py")
    (folder / "service.py").write_text(page.text, encoding="utf-8")
    python = os.environ.get("RAY_PYTHON")
    if python is None:
        pytest.skip("RAY_PYTHON does not name a Python that has Ray: make engines does that")
    env = {
        **os.environ,
        "FRAMEWORK": framework,
        "PYTHONPATH": os.pathsep.join([str(FOLDER), str(folder)]),
        "RAPIDE_AS_FASTAPI": "1" if framework == "fastapi" else "0",
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    command = [python, "serving.py", str(free_port())]
    done = subprocess.run(command, cwd=FOLDER, env=env, capture_output=True, text=True, timeout=400)
    line = next((x for x in done.stdout.splitlines() if x.startswith("SEEN ")), None)
    assert line is not None, done.stdout + done.stderr
    seen: dict[str, Any] = json.loads(line.removeprefix("SEEN "))
    return seen


@pytest.mark.parametrize("framework", ["rapide", "fastapi"])
def test_ray_serves_an_application(framework: str, tmp_path: Path) -> None:
    seen = serving(framework, tmp_path)
    assert seen["/items/5?q=2"] == [200, '{"n":107}']
    assert seen["/items/x"][0] == 422
    assert '"loc":["path","number"]' in seen["/items/x"][1]
    assert seen["/lines"] == [200, '{"n":100}\n{"n":101}\n{"n":102}\n']
    assert seen["/chunks"] == [200, "01234"]
    assert seen["/items"] == {"n": 101}
    assert sorted(seen["document"]) == [
        *("/chunks", "/facts", "/items", "/items/{number}", "/lines", "/slow/{number}"),
    ]
    assert seen["socket"] == "107 hi"
    for facts in seen["facts"].values():
        facts.pop("pid")
        assert facts == {
            "own lifespan": True,
            "route": "rapide.routing.route",
            "not compiled because": None,
        }
    killed = seen["killed"]
    assert killed["wrong"] == 0
    assert killed["replicas"] == 2
    if framework == "rapide":
        record("ray", {"what": "Ray Serve, a replica is killed", "killed replicas": 1, **killed})
        check_update(seen)


def check_update(seen: dict[str, Any]) -> None:
    updated = seen["updated"]
    assert updated["wrong"] == updated["failed"] == 0
    assert seen["documented"] == [2, "loaded once in each replica: 3"]
    record("ray-update", {"what": "Ray Serve, an update", "replaced replicas": 2, **updated})
