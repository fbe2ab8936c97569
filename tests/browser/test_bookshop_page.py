"""The bookshop's page: searched, leafed through, and changed by what others do."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.examples.images import png
from tests.examples.server import STAFFED, Shop, rapide_run, serve

from .conftest import Page


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with serve(rapide_run(), tmp_path_factory.mktemp("shop"), **STAFFED) as running:
        yield running


@pytest.fixture
def staff(shop: Shop) -> Iterator[httpx.Client]:
    with shop.staff() as member:
        yield member


def titles(page: Page) -> list[str]:
    return [title.text for title in page.driver.find_elements(By.CSS_SELECTOR, ".books h2")]


def test_a_visitor_searches_and_leafs_through_the_catalogue(shop: Shop, page: Page) -> None:
    page.open(shop.url)
    page.see("679 books", ".count")
    first = titles(page)
    assert len(first) == 24
    page.click("a[rel=next]")
    page.see("2 of 29", ".pages")
    assert not set(titles(page)) & set(first)

    page.find("input[name=q]").send_keys("bronte", Keys.ENTER)

    page.see("for “bronte”", ".count")
    assert "Wuthering Heights" in titles(page)
    assert "Jane Eyre" in titles(page)
    assert page.find("input[name=q]").get_attribute("value") == "bronte"
    assert page.complaints() == []
    assert {httpx.URL(url).host for url in page.requested() if url.startswith("http")} == {
        "127.0.0.1"
    }


def test_a_cover_is_shown_where_there_is_one(shop: Shop, page: Page, staff: httpx.Client) -> None:
    image = {"image": png(200, 300)}
    assert staff.put("/books/jane-eyre/cover", files=image).status_code == 204
    page.open(f"{shop.url}/catalogue?q=bronte")
    cover = page.find("#jane-eyre img")
    assert page.until(lambda: cover.get_property("naturalWidth")) == 200
    blank = page.find("#shirley .cover")
    assert (blank.tag_name, blank.text) == ("div", "Shirley")
    assert cover.size == blank.size
    assert page.complaints() == []


def test_stock_numbers_change_while_one_looks(shop: Shop, page: Page, staff: httpx.Client) -> None:
    staff.put("/stock/villette", json={"copies": 3})
    page.open(f"{shop.url}/catalogue?q=villette")
    page.see("3 in stock", "#villette")
    page.until(lambda: any(url.endswith("/stock-changes") for url in page.requested()))
    for copies in (2, 41):
        staff.put("/stock/villette", json={"copies": copies})
        page.see(f"{copies} in stock", "#villette .changed")
    assert page.complaints() == []


def test_a_wide_page_and_a_narrow_one_both_fit(shop: Shop, page: Page, tmp_path: Path) -> None:
    for width in (1280, 500):
        page.driver.set_window_size(width, 900)
        page.open(f"{shop.url}/catalogue")
        root = page.find("html")
        assert root.get_property("scrollWidth") <= root.get_property("clientWidth")
    page.driver.set_window_size(1280, 1600)
