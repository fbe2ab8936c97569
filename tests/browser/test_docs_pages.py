"""/docs and /redoc of a running application, without internet."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from starlette.staticfiles import StaticFiles

from rapide import Depends, FastAPI, Path, Request
from rapide.responses import FileResponse, JSONResponse
from rapide.security import OAuth2AuthorizationCodeBearer


class Planet(BaseModel):
    """A planet of the solar system."""

    name: str
    moons: int = 0


def observatory(**options: Any) -> FastAPI:
    app = FastAPI(title="Observatory", version="1.2.3", description="All *planets*.", **options)
    planets = {"mars": Planet(name="Mars", moons=2)}

    @app.get("/planets/{name}", tags=["planets"], operation_id="read_planet")
    async def read_planet(name: Annotated[str, Path(min_length=4)]) -> Planet:
        """One planet."""
        return planets[name]

    @app.post("/planets", tags=["planets"], operation_id="add_planet", status_code=201)
    async def add_planet(planet: Planet) -> Planet:
        """Name a planet."""
        return planet

    return app


def assert_stayed_at_home(page: Any, address: str) -> None:
    requested = page.requested()
    # The page asks for its files under its own path.
    path, _, file = next(url for url in requested if url.endswith(".js")).partition("?asset=")
    assert path in requested
    assert file
    assert [url for url in requested if not url.startswith((address, "data:", "blob:"))] == []
    assert page.complaints() == []


def try_out(page: Any, operation: str) -> str:
    """Expand an operation of Swagger UI, press its button, and return how to find its parts."""
    block = f"#operations-planets-{operation}"
    page.click(f"{block} .opblock-summary-control")
    page.click(f"{block} .try-out__btn")
    return block


def test_docs_expands_an_operation_and_executes_it(page, serve):
    address = serve(observatory())
    page.open(f"{address}/docs")
    page.see("Observatory")
    assert page.driver.title == "Observatory - Swagger UI"
    block = try_out(page, "read_planet")
    page.fill(f"{block} tr[data-param-name=name] input", "mars")
    page.click(f"{block} .execute")
    page.see("200", f"{block} .live-responses-table .response-col_status")
    page.see('"moons": 2', f"{block} .live-responses-table .response-col_description")
    page.see(f"{address}/planets/mars", f"{block} .request-url")
    assert_stayed_at_home(page, address)


def test_docs_sends_the_example_of_a_body(page, serve):
    address = serve(observatory())
    page.open(f"{address}/docs")
    block = try_out(page, "add_planet")
    page.click(f"{block} .execute")
    page.see("201", f"{block} .live-responses-table .response-col_status")
    page.see('"name": "string"', f"{block} .live-responses-table .response-col_description")


def test_docs_works_beneath_the_path_that_an_application_is_mounted_at(page, serve):
    outer = FastAPI()
    outer.mount("/sky", observatory())
    address = serve(outer)
    page.open(f"{address}/sky/docs")
    block = try_out(page, "read_planet")
    page.fill(f"{block} tr[data-param-name=name] input", "mars")
    page.click(f"{block} .execute")
    page.see("200", f"{block} .live-responses-table .response-col_status")
    page.see(f"{address}/sky/planets/mars", f"{block} .request-url")
    assert_stayed_at_home(page, address)


def test_docs_follows_the_settings_of_the_application(page, serve):
    settings = {"defaultModelsExpandDepth": -1, "docExpansion": "full"}
    address = serve(observatory(docs_url="/", swagger_ui_parameters=settings))
    page.open(f"{address}/")
    page.find("#operations-planets-read_planet .try-out__btn")
    assert "Schemas" not in page.find("#swagger-ui").text
    assert_stayed_at_home(page, address)


def behind_a_mount(app: FastAPI, site: Any) -> None:
    app.mount("/", StaticFiles(directory=site, html=True))


def behind_a_route_that_matches_everything(app: FastAPI, site: Any) -> None:
    @app.get("/{path:path}", include_in_schema=False)
    async def everything(path: str) -> FileResponse:
        return FileResponse(site / "index.html")


def behind_a_list_of_open_paths(app: FastAPI, site: Any) -> None:
    @app.middleware("http")
    async def guard(request: Request, call_next: Any) -> Any:
        open_paths = {"/docs", "/redoc", "/openapi.json", "/favicon.ico"}
        if request.url.path in open_paths or request.url.path.startswith("/planets"):
            return await call_next(request)
        return JSONResponse({"detail": "sign in"}, 401)


def under_a_policy_for_contents(app: FastAPI, site: Any) -> None:
    @app.middleware("http")
    async def limit(request: Request, call_next: Any) -> Any:
        answer = await call_next(request)
        answer.headers["content-security-policy"] = (
            "default-src 'none'; connect-src 'self'; img-src 'self' data:; worker-src blob:; "
            "script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
        )
        return answer


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<h1>A frontend of one page</h1>")
    return folder


SHAPES = [
    behind_a_mount,
    behind_a_route_that_matches_everything,
    behind_a_list_of_open_paths,
    under_a_policy_for_contents,
]


@pytest.mark.parametrize("shape", SHAPES)
def test_docs_works_in_an_application_that_has_every_path(page, serve, site, shape):
    app = observatory()
    shape(app, site)
    address = serve(app)
    page.open(f"{address}/docs")
    block = try_out(page, "read_planet")
    page.fill(f"{block} tr[data-param-name=name] input", "mars")
    page.click(f"{block} .execute")
    page.see('"moons": 2', f"{block} .live-responses-table .response-col_description")
    color = page.find(f"{block} .execute").value_of_css_property("background-color")
    assert color.startswith("rgba(73, 144, 226")  # its style sheet is there as well
    assert_stayed_at_home(page, address)


@pytest.mark.parametrize("shape", SHAPES)
def test_redoc_works_in_an_application_that_has_every_path(page, serve, site, shape):
    app = observatory()
    shape(app, site)
    address = serve(app)
    page.open(f"{address}/redoc")
    page.see("Observatory", "h1")
    page.see("One planet.", "[data-section-id$=read_planet]")
    assert_stayed_at_home(page, address)


def test_docs_at_the_root_works_beside_a_mount_of_the_applications_own_assets(page, serve, site):
    app = observatory(docs_url="/")
    app.mount("/assets", StaticFiles(directory=site))
    address = serve(app)
    page.open(f"{address}/")
    page.find("#operations-planets-read_planet")
    assert_stayed_at_home(page, address)


def test_docs_is_not_loaded_again_by_a_browser_that_has_been_there(page, serve):
    address = serve(observatory())
    for _ in range(2):
        page.open(f"{address}/docs")
        page.find("#operations-planets-read_planet")
    script = "return performance.getEntriesByType('resource').map(e => [e.name, e.transferSize])"
    sizes = dict(page.driver.execute_script(script))
    files = {url: size for url, size in sizes.items() if "?asset=" in url}
    assert len(files) >= 2
    assert set(files.values()) == {0}


@pytest.mark.parametrize("url", ["/redoc", "/"])
def test_redoc_shows_the_title_and_the_operations(page, serve, url):
    address = serve(observatory(redoc_url=url))
    page.open(f"{address}{url}")
    page.see("Observatory", "h1")
    page.see("1.2.3", "h1")
    page.see("One planet.", "[data-section-id$=read_planet]")
    page.see("Name a planet.", "[data-section-id$=add_planet]")
    assert page.driver.title == "Observatory - ReDoc"
    assert_stayed_at_home(page, address)


def test_the_redirect_page_gives_the_token_to_swagger_ui_and_closes(page, serve):
    app = observatory()
    scheme = OAuth2AuthorizationCodeBearer(authorizationUrl="/authorize", tokenUrl="/token")

    @app.get("/me", dependencies=[Depends(scheme)])
    def me() -> None: ...

    address = serve(app)
    page.open(f"{address}/docs")
    page.see("Authorize", ".auth-wrapper")
    page.driver.execute_script("""
        window.swaggerUIRedirectOauth2 = {
            state: "s1", redirectUrl: "r", callback: answer => { window.answer = answer },
            auth: {name: "a", schema: new Map([["flow", "authorizationCode"]])},
            errCb: error => { window.answer = error },
        }
        window.open("/docs/oauth2-redirect?code=c1&state=s1")
    """)
    answer = page.until(lambda: page.driver.execute_script("return window.answer"))
    assert answer["auth"]["code"] == "c1"
    page.until(lambda: len(page.driver.window_handles) == 1)
