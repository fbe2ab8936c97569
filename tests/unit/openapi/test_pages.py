"""The pages are where the application says, and their files are wherever the pages are."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from rapide import APIRouter, Depends, FastAPI, HTTPException, applications
from rapide.openapi.docs import get_swagger_ui_html
from rapide.testclient import TestClient

KINDS = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


def catch_all_route(app: FastAPI, site: Path) -> None:
    app.get("/{path:path}")(lambda path: path)


def every_method(app: FastAPI, site: Path) -> None:
    app.add_route("/{path:path}", lambda request: JSONResponse({}), methods=["GET", "HEAD"])


def mount_at_the_root(app: FastAPI, site: Path) -> None:
    app.mount("/", StaticFiles(directory=site, html=True))


def mounted_application_at_the_root(app: FastAPI, site: Path) -> None:
    app.mount("/", FastAPI(openapi_url=None))


def host_of_all(app: FastAPI, site: Path) -> None:
    app.host("testserver", FastAPI(openapi_url=None))


def frontend_at_the_root(app: FastAPI, site: Path) -> None:
    app.frontend("/", directory=site)


def included_catch_all(app: FastAPI, site: Path) -> None:
    router = APIRouter()
    router.get("/{path:path}")(lambda path: path)
    app.include_router(router)


def mounts_where_files_could_be(app: FastAPI, site: Path) -> None:
    for path in ("/assets", "/docs/assets", "/redoc/assets", "/static"):
        app.mount(path, StaticFiles(directory=site))


def guard_of_exact_paths(app: FastAPI, site: Path) -> None:
    @app.middleware("http")
    async def guard(request: Request, call_next: Any) -> Any:
        if request.url.path in ("/docs", "/redoc", "/", "/openapi.json"):
            return await call_next(request)
        return JSONResponse({"detail": "sign in"}, 401)


def guard_that_redirects(app: FastAPI, site: Path) -> None:
    @app.middleware("http")
    async def guard(request: Request, call_next: Any) -> Any:
        if request.scope["path"] in {"/docs", "/redoc", "/", "/openapi.json"}:
            return await call_next(request)
        return RedirectResponse("/login")


def handler_of_404(app: FastAPI, site: Path) -> None:
    @app.exception_handler(404)
    async def missing(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({}, 200)


def trusted_host(app: FastAPI, site: Path) -> None:
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["testserver"])


SHAPES = [
    catch_all_route,
    every_method,
    mount_at_the_root,
    mounted_application_at_the_root,
    host_of_all,
    frontend_at_the_root,
    included_catch_all,
    mounts_where_files_could_be,
    guard_of_exact_paths,
    guard_that_redirects,
    handler_of_404,
    trusted_host,
]


def assert_complete(client: TestClient, page: str) -> list[str]:
    """Load a page and all of its files, and return their addresses."""
    html = client.get(page)
    assert html.status_code == 200
    assert html.headers["content-type"] == "text/html; charset=utf-8"
    urls = [unescape(url) for url in re.findall(r'(?:src|href)="([^"]*)"', html.text)]
    assert len(urls) >= 2
    for url in urls:
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert answer.headers["content-type"].startswith(KINDS[url.rpartition(".")[2]])
        assert "immutable" in answer.headers["cache-control"]
        assert client.get(url, headers={"if-none-match": answer.headers["etag"]}).status_code == 304
        head = client.head(url)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["etag"] == answer.headers["etag"]
    return urls


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("root", [False, True], ids=["usual", "at the root"])
def test_pages_are_complete(shape: Callable[..., None], root: bool, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>shop</h1>")
    app = FastAPI(docs_url="/") if root else FastAPI()
    shape(app, tmp_path)
    client = TestClient(app)
    for page in ("/" if root else "/docs", "/redoc"):
        for url in assert_complete(client, page):
            assert url.startswith(f"{page}?asset=")


def test_a_page_of_a_mounted_application_has_its_files_below_the_mount() -> None:
    outer = FastAPI(openapi_url=None)
    outer.mount("/a/{tenant}", FastAPI())
    client = TestClient(outer)
    for page in ("/a/one/docs", "/a/two/redoc"):
        assert all(url.startswith(f"{page}?") for url in assert_complete(client, page))


def test_a_page_behind_a_proxy_that_takes_a_prefix_off_names_the_prefix() -> None:
    client = TestClient(FastAPI(), root_path="/api/v1")
    html = client.get("/docs").text
    assert len(re.findall(r'"/api/v1/docs\?asset=', html)) == 3


@pytest.mark.parametrize("docs_url", ["/{tenant}/docs", "/{tenant:int}/docs", "/t/{t:path}/docs"])
def test_a_page_whose_path_has_parameters_is_complete(docs_url: str) -> None:
    app = FastAPI(docs_url=docs_url)
    page = "/t/x/docs" if "path" in docs_url else "/7/docs"
    assert all(url.startswith(f"{page}?") for url in assert_complete(TestClient(app), page))


def test_a_page_stays_complete_when_the_settings_change_later() -> None:
    app = FastAPI()
    app.docs_url = app.redoc_url = None
    for page in ("/docs", "/redoc"):
        assert all(url.startswith(f"{page}?") for url in assert_complete(TestClient(app), page))


def test_a_path_with_parameters_names_no_other_host() -> None:
    client = TestClient(FastAPI(docs_url="/{t:path}/docs"))
    html = client.get('http://testserver//evil.test/"<b>/docs').text
    assert re.findall(r'src="([^"?]*)', html) == ["/evil.test/%22%3Cb%3E/docs"]


def test_a_page_that_needs_a_password_keeps_it_before_its_files() -> None:
    app = FastAPI()

    @app.middleware("http")
    async def guard(request: Request, call_next: Any) -> Any:
        known = request.headers.get("authorization") == "Basic YTpi"
        return await call_next(request) if known else JSONResponse({}, 401)

    client = TestClient(app)
    [url, *_] = assert_complete(TestClient(app, headers={"authorization": "Basic YTpi"}), "/docs")
    assert client.get(url).status_code == 401


def test_without_a_page_there_are_no_files_and_no_routes() -> None:
    app = FastAPI(docs_url=None, redoc_url=None)
    assert [route.path for route in app.routes] == ["/openapi.json"]
    assert TestClient(app).get("/docs?asset=swagger-ui.css").status_code == 404
    assert FastAPI(openapi_url=None).routes == []


def test_a_page_of_the_applications_own_is_left_alone() -> None:
    app = FastAPI(docs_url=None)

    @app.get("/docs", include_in_schema=False)
    def page(asset: str = "none") -> Any:
        if asset != "none":
            raise HTTPException(418)
        return get_swagger_ui_html(openapi_url="/openapi.json", title="own")

    client = TestClient(app)
    assert "cdn.jsdelivr.net" in client.get("/docs").text
    assert client.get("/docs?asset=swagger-ui.css").status_code == 418


def test_a_replaced_page_answers_every_query(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(**options: Any) -> JSONResponse:
        return JSONResponse(sorted(options))

    monkeypatch.setattr(applications, "get_swagger_ui_html", make, raising=False)
    client = TestClient(FastAPI())
    assert client.get("/docs?asset=swagger-ui.css").json() == client.get("/docs").json()


def test_pages_in_starlette_applications_and_behind_dependencies_are_complete() -> None:
    from starlette.applications import Starlette

    def refuse() -> None:
        raise HTTPException(403)

    inner = FastAPI(dependencies=[Depends(refuse)])
    outer = Starlette(
        routes=[
            Mount("/api", inner),
            Route("/{path:path}", lambda request: JSONResponse({})),
        ]
    )
    assert_complete(TestClient(outer), "/api/docs")
    assert_complete(TestClient(outer), "/api/redoc")
