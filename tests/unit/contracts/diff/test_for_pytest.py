"""The fixture fails if an application is not that of its file, and says what changed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rapide import FastAPI
from rapide.contracts.diff.for_pytest import UPDATE
from rapide.testing import OpenAPISnapshot
from rapide.testing import openapi_snapshot as openapi_snapshot


def application(parameter: type, *, more: bool = False) -> FastAPI:
    app = FastAPI()

    def read(q: parameter) -> None: ...  # type: ignore[valid-type]

    app.get("/items", operation_id="read")(read)
    if more:
        app.get("/more")(lambda: None)
    return app


def test_a_snapshot_is_written_and_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, openapi_snapshot: OpenAPISnapshot
) -> None:
    assert openapi_snapshot.folder == Path(__file__).parent
    compare = OpenAPISnapshot(tmp_path)
    with pytest.raises(pytest.fail.Exception, match=UPDATE):
        compare(application(int))
    monkeypatch.setenv(UPDATE, "1")
    compare(application(int))
    monkeypatch.delenv(UPDATE)
    assert [*json.loads((tmp_path / "openapi.json").read_text())["paths"]] == ["/items"]
    compare(application(int))
    with pytest.raises(pytest.fail.Exception, match=r"breaking  type-changed"):
        compare(application(str))
    compare(application(str), allow=("type-changed GET /items",))
    with pytest.raises(pytest.fail.Exception, match=r"safe      operation-added"):
        compare(application(int, more=True))
    compare(application(int, more=True), accept_safe=True)


def test_serving_in_tests_imports_neither_pytest_nor_the_comparison() -> None:
    code = (
        "import sys, rapide.testing; print({'pytest', 'yaml', 'rapide.contracts'} & {*sys.modules})"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert process.stdout == "set()\n"
