"""The differences of errors and warnings that docs/differences.md names, on both frameworks."""

import contextlib
import os
import subprocess
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest

from .frameworks import FASTAPI, RAPIDE, Framework, on_both
from .pages import ROOT

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", r'"\ud800"'])
def test_an_error_that_quotes_an_odd_value_is_a_422(value: str) -> None:
    def observe(fw: Framework) -> int:
        app = fw.FastAPI()

        def endpoint(body: dict[str, int]) -> None: ...

        app.post("/")(endpoint)
        client = fw.client(app, raise_server_exceptions=False)
        status: int = client.post("/", content=f'{{"n": {value}}}', headers=JSON).status_code
        return status

    assert on_both(observe) == (500, 422)


@pytest.mark.parametrize("value", ["NaN", "1e999", "-Infinity", r'"\ud800"'])
def test_an_answer_that_holds_an_odd_value_of_the_request_is_a_422(value: str) -> None:
    def observe(fw: Framework) -> tuple[int, int]:
        app = fw.FastAPI()

        @app.post("/theirs")
        def echo(body: dict[str, Any]):
            return body

        @app.post("/own")
        def own(body: dict[str, int]):
            return body | {"n": float("nan")}

        client = fw.client(app, raise_server_exceptions=False)
        theirs = client.post("/theirs", content=f'{{"n": {value}}}', headers=JSON)
        return theirs.status_code, client.post("/own", json={"n": 1}).status_code

    assert on_both(observe) == ((500, 500), (422, 500))


@pytest.mark.parametrize("value", ["inf", "nan", "1e999"])
def test_an_answer_that_holds_an_odd_number_of_the_query_is_a_422(value: str) -> None:
    def observe(fw: Framework) -> int:
        app = fw.FastAPI()

        @app.get("/")
        def echo(f: float):
            return f

        client = fw.client(app, raise_server_exceptions=False)
        status: int = client.get(f"/?f={value}").status_code
        return status

    assert on_both(observe) == (500, 422)


def path_as_query(fw: Framework) -> Any:
    def endpoint(name: Annotated[str, fw.Query()]) -> None: ...

    return fw.FastAPI().get("/{name}")(endpoint)


def unknown_class(fw: Framework) -> Any:
    def endpoint(lock: threading.Thread) -> None: ...

    return fw.FastAPI().get("/")(endpoint)


@pytest.mark.parametrize("declare", [path_as_query, unknown_class])
def test_declaration_errors_are_subclasses_with_the_place(
    declare: Callable[[Framework], Any],
) -> None:
    with pytest.raises((AssertionError, RuntimeError)) as theirs:
        declare(FASTAPI)
    with pytest.raises((AssertionError, RuntimeError)) as ours:
        declare(RAPIDE)
    assert theirs.type.__name__ in {base.__name__ for base in ours.type.__mro__}
    assert ours.type.__name__ != theirs.type.__name__
    from rapide.signature.errors import DeclarationError

    assert isinstance(ours.value, DeclarationError)
    assert f"{__file__}:" in str(ours.value)
    assert "route: GET /" in str(ours.value)
    assert "GET /" not in str(theirs.value)


def declare_deprecated(fw: Framework) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fw.FastAPI().on_event("startup")(lambda: None)
        with contextlib.suppress(AssertionError):  # orjson is not installed
            fw.module("responses").ORJSONResponse({})
    return caught


def test_deprecation_warnings_point_at_the_line_of_use() -> None:
    theirs, ours = on_both(declare_deprecated)
    assert [w.category.__name__ for w in ours] == [w.category.__name__ for w in theirs]
    # An application warns, and so does its router, which it asks.
    assert [w.filename == __file__ for w in ours] == [True, False, True]
    assert [w.filename == __file__ for w in theirs[:2]] == [True, False]
    assert theirs[2].lineno != ours[2].lineno


def fail(fw: Framework) -> tuple[str, str]:
    app = fw.FastAPI()

    def swallow() -> Any:
        with contextlib.suppress(ValueError):
            yield

    async def endpoint(_: Any = fw.Depends(swallow)) -> None:
        raise ValueError

    app.get("/fail")(endpoint)
    with pytest.raises(fw.exceptions.FastAPIError) as raised:
        fw.client(app).get("/fail")
    files = [frame.filename for frame in traceback.extract_tb(raised.value.__traceback__)]
    return str(raised.value), files[-1]


def test_errors_of_an_application_are_in_our_words_and_show_the_generated_function() -> None:
    theirs, ours = on_both(fail)
    assert theirs[0].startswith("Response not awaited")
    assert ours[0].startswith("Response not awaited")
    assert theirs[0] != ours[0]
    assert theirs[1].endswith("routing.py")
    # A number follows where another application has the same route.
    assert ours[1].removesuffix(">").split(" #")[0] == "<rapide GET /fail"


def test_warnings_about_the_model_of_a_body_come_when_it_is_made() -> None:
    def observe(fw: Framework) -> tuple[int, int]:
        app = fw.FastAPI()

        def endpoint(copy: Annotated[int, fw.Form()], other: Annotated[int, fw.Form()]) -> None: ...

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            app.post("/")(endpoint)
            declared = len(caught)
            app.openapi()
        assert {str(warning.message).split(" shadows")[0] for warning in caught} == {
            'Field name "copy" in "Body_endpoint__post"'
        }
        return declared, len(caught)

    assert on_both(observe) == ((1, 1), (0, 1))


def test_another_of_two_mistakes_may_be_told_first() -> None:
    def observe(fw: Framework) -> str:
        def per_function() -> Any:
            yield

        def per_request(
            _: Annotated[Any, fw.Depends(per_function, scope="function")],
            tags: Annotated[dict[str, str], fw.Query()],
        ) -> Any:
            yield

        with pytest.raises((AssertionError, fw.exceptions.FastAPIError)) as raised:
            fw.FastAPI().get("/")(lambda _=fw.Depends(per_request): None)
        return "scope" if isinstance(raised.value, fw.exceptions.DependencyScopeError) else "query"

    assert on_both(observe) == ("scope", "query")


def test_an_error_of_the_applications_code_is_shown_without_its_traceback(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("1 / 0\n")

    def observe(fw: Framework) -> tuple[int, bool]:
        command = "fastapi_cli.cli" if fw.name == "fastapi" else "rapide.cli"
        run = subprocess.run(
            [sys.executable, "-c", f"from {command} import main; main()", "run", "main.py"],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return run.returncode, "Traceback" in run.stdout + run.stderr

    assert on_both(observe) == ((1, True), (1, False))
