"""How the frontend of a request is found."""

import pytest
from starlette.testclient import TestClient

from rapide import APIRouter, Depends, FastAPI
from rapide.routing.frontend import FrontendGroup, FrontendPlace
from rapide.routing.frontend_files import FrontendFiles, accepts_page
from rapide.routing.frontends import Frontends
from rapide.signature.errors import DeclarationError


@pytest.fixture
def built(tmp_path):
    (tmp_path / "index.html").write_text("index")
    (tmp_path / "a.txt").write_text("a")
    return tmp_path


@pytest.mark.parametrize(
    ("frontend", "requested", "file"),
    [
        ("/", "/", ""),
        ("/", "/a/b", "a/b"),
        ("/", "//a", "a"),
        ("/", "", ""),
        ("/ui", "/ui", ""),
        ("/ui", "/ui/", ""),
        ("/ui", "/ui/a", "a"),
        ("/ui", "/ui//a", "/a"),
        ("/ui", "/uix", None),
        ("/ui", "/", None),
        ("/ui", "ui/a", None),
    ],
)
def test_a_frontend_has_the_paths_below_its_own(frontend, requested, file):
    place = FrontendPlace(frontend, FrontendGroup([], None), None)
    assert place.file_path(requested) == file


def test_frontends_are_ordered_by_the_length_of_their_full_paths(built):
    app, inner = FastAPI(), APIRouter(prefix="/inner")
    app.frontend("/", directory=built)
    app.frontend("/abc", directory=built)
    inner.frontend("/", directory=built)
    inner.frontend("/deep", directory=built)
    app.include_router(inner, prefix="/a")
    TestClient(app).get("/missing")
    paths = [place.path for place in app.router._rapide_frontends._places]
    assert paths == ["/a/inner/deep", "/a/inner", "/abc", "/"]


def test_the_list_is_prepared_once_until_something_changes(built):
    app = FastAPI()
    app.frontend("/", directory=built)
    client = TestClient(app)
    client.get("/a.txt")
    before = app.router._rapide_frontends._places
    client.get("/missing")
    assert app.router._rapide_frontends._places is before
    app.frontend("/x", directory=built)
    client.get("/a.txt")
    assert len(app.router._rapide_frontends._places) == 2


def test_a_request_for_a_route_does_not_ask_for_frontends(built, monkeypatch):
    app = FastAPI()
    app.frontend("/", directory=built)
    app.get("/route")(lambda: "route")

    async def fail(*arguments):
        raise AssertionError("asked")

    monkeypatch.setattr(Frontends, "serve", fail)
    assert TestClient(app).get("/route").json() == "route"


def test_a_frontend_added_to_a_router_names_the_broken_dependency(built):
    def unusable(x: FastAPI):
        """A dependency whose parameter no request can fill."""

    router = APIRouter(dependencies=[Depends(unusable)])
    with pytest.raises(DeclarationError, match="frontend /ui"):
        router.frontend("/ui", directory=built)


def test_only_html_itself_with_a_weight_is_a_page():
    assert accepts_page("text/html")
    assert accepts_page("image/png, application/xhtml+xml;q=0.1")
    assert not accepts_page("text/html;q=0")
    assert not accepts_page("*/*")


def test_a_file_that_must_not_be_read_is_unauthorized(built, monkeypatch):
    def refuse(self, path):
        raise PermissionError(path)

    app = FastAPI()
    app.frontend("/", directory=built)
    monkeypatch.setattr(FrontendFiles, "lookup_path", refuse)
    assert TestClient(app).get("/a.txt").status_code == 401


def test_an_error_of_the_disk_is_a_server_error(built, monkeypatch):
    def fail(self, path):
        raise OSError("disk")

    app = FastAPI()
    app.frontend("/", directory=built)
    monkeypatch.setattr(FrontendFiles, "lookup_path", fail)
    client = TestClient(app, raise_server_exceptions=False)
    assert client.get("/a.txt").status_code == 500
