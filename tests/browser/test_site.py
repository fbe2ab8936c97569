"""The site of the documentation in a browser without a network, from a server and as files."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.unit.docs.building import build_site

from .conftest import Page

SEARCHED = "OAuth2PasswordBearer"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    build_site(folder)
    return folder


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    """The address of a server of the site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def search(page: Page) -> None:
    """Search the site, and follow the first hit."""
    page.find(".md-search__input").click()
    page.find(".md-search__input").send_keys(SEARCHED)
    page.see("Security", ".md-search-result__list h1")
    page.click("a.md-search-result__link")
    page.see(SEARCHED, ".md-content")


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_the_search_works_without_a_network(
    page: Page, served: str, folder: Path, scheme: str
) -> None:
    address = served if scheme == "http" else folder.as_uri()
    page.open(f"{address}/index.html")
    page.see("Rapide is a web framework", ".md-content")
    search(page)
    # Frames of the search are documents without an address; favicons may be data.
    assert [
        url for url in page.requested() if not url.startswith((address, "about:", "data:"))
    ] == []
    assert page.complaints() == []


def test_readers_choose_between_light_and_dark(page: Page, served: str) -> None:
    page.open(f"{served}/index.html")

    def scheme() -> str:
        return page.find("body").get_attribute("data-md-color-scheme") or ""

    seen = {scheme()}
    for _ in range(2):
        page.click("form.md-header__option label:not([hidden])")
        page.until(lambda: page.find("body").get_attribute("data-md-color-media"))
        seen.add(scheme())
    assert seen == {"default", "slate"}
