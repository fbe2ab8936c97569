"""The pages of `rapide dev` when something goes wrong, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.unit.docs.pages import ROOT, read_blocks
from tests.unit.server.conftest import Command

from .conftest import Page

BROKEN = """

@app.get("/broken")
async def read_broken(token: str = "abcdefgh") -> None:
    markup = "<script>document.title = 'run'</script>"
    raise ExceptionGroup(markup, [ValueError("first"), KeyError("second")])


app.openapi = lambda: undefined_name
"""


def source_of_the_page() -> str:
    blocks = read_blocks(ROOT / "docs" / "development.md")
    return next(block.text for block in blocks if block.marker == "file: main.py")


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    folder = tmp_path_factory.mktemp("development")
    (folder / "main.py").write_text(source_of_the_page() + BROKEN)
    command = Command(folder, "main.py", command="dev")
    command.wait_for(lambda: command.answer("/books/emma/words-per-page")[0] == 200)
    yield command
    command.kill()


def address(dev: Command, path: str) -> str:
    return f"http://127.0.0.1:{dev.port}{path}"


def shows_all(page: Page) -> bool:
    """Check that nothing is wider than the window."""
    root = page.find("html")
    return bool(root.get_property("scrollWidth") <= root.get_property("clientWidth"))  # type: ignore[operator]


def test_an_error_is_explained(dev: Command, page: Page) -> None:
    page.open(address(dev, "/books/walden/words-per-page"))
    page.see("ZeroDivisionError", "h1")
    page.see("return words / PAGES[book]", ".own .current")
    assert page.find(".own mark").text == "words / PAGES[book]"
    page.see("{'emma': 474, 'walden': 0}", ".own .values td")
    assert "CallEndpoint" in page.find(".plan .failed").text
    assert not page.find("details .frame").is_displayed()
    page.click("details.folded summary")
    page.see("starlette", "details .frame .place")
    hosts = {httpx.URL(url).host for url in page.requested() if url.startswith("http")}
    assert hosts == {"127.0.0.1"}


def test_nothing_that_a_page_shows_is_run_and_no_secret_is_shown(dev: Command, page: Page) -> None:
    page.open(address(dev, "/broken?%3Cscript%3E=%3Cb%3E&token=qwertyui"))
    page.see("<script>document.title = 'run'</script>", "header .message")
    assert page.driver.title.endswith("500 Internal Server Error")
    page.see("Exception 2 of the group", "h3")
    assert "abcdefgh" not in page.driver.page_source
    assert "qwertyui" not in page.driver.page_source


def test_a_page_of_an_error_loads_again_after_a_change(dev: Command, page: Page) -> None:
    file = dev.folder / "main.py"
    source = file.read_text()
    page.open(address(dev, "/books/walden/words-per-page"))
    page.see("ZeroDivisionError", "h1")
    file.write_text(source + "\nif\n")
    page.see("SyntaxError", "h1")
    file.write_text(source.replace("return words / PAGES[book]", "return 17.0"))
    page.see("17.0")
    file.write_text(source)
    dev.wait_for(lambda: dev.answer("/books/walden/words-per-page")[0] == 500)


@pytest.mark.parametrize(("width", "scheme"), [(500, "dark"), (500, "light"), (1280, "dark")])
def test_a_page_fits_on_a_phone_and_is_dark_where_that_is_wanted(
    dev: Command, page: Page, width: int, scheme: str
) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page.driver.set_window_size(width, 900)
    page.open(address(dev, "/broken"))
    paper = page.find("body").value_of_css_property("background-color")
    assert ("20, 23, 28" in paper) is (scheme == "dark")
    assert shows_all(page)
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    page.driver.set_window_size(1280, 1600)


def test_docs_says_why_there_is_no_document(dev: Command, page: Page) -> None:
    for path in ("/docs", "/redoc"):
        page.open(address(dev, path))
        page.see("The OpenAPI document cannot be made", ".title")
        page.see("undefined_name", ".message")


def test_a_page_comes_back_when_the_application_does(
    dev: Command, page: Page, tmp_path: Path
) -> None:
    file = dev.folder / "main.py"
    page.open(address(dev, "/books/emma/words-per-page"))
    file.write_text(source_of_the_page() + "\nprint(undefined_name)\n")
    dev.wait_for(lambda: dev.answer()[0] == 503)
    page.open(address(dev, "/books/emma/words-per-page?words=948"))
    page.see("NameError", "h1")
    page.see("The application cannot be imported", ".title")
    page.see("print(undefined_name)", ".current")
    page.driver.save_screenshot(tmp_path / "failed.png")
    # Another mistake, then none: the page follows without being touched.
    file.write_text(source_of_the_page() + "\nif\n")
    page.see("SyntaxError", "h1")
    file.write_text(source_of_the_page())
    page.see("2.0")
    assert page.driver.current_url.endswith("?words=948")
