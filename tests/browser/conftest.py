"""A headless Chromium without a network, and a uvicorn server."""

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--window-size=1280,1600",
]
PATIENCE = 30  # seconds, for a slow machine; nothing waits longer than it has to


@dataclass
class Page:
    """What a user sees and does."""

    driver: webdriver.Chrome

    def open(self, url: str) -> None:
        self.requested()
        self.driver.get(url)

    def find(self, selector: str) -> WebElement:
        """Wait for an element, and show it."""
        element = self.until(lambda: self.driver.find_elements(By.CSS_SELECTOR, selector))[0]
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        return element

    def click(self, selector: str) -> None:
        element = self.find(selector)
        self.until(element.is_enabled)
        self.driver.execute_script("arguments[0].click()", element)

    def fill(self, selector: str, text: str) -> None:
        # Swagger UI takes what is typed a moment later, or when the field is left.
        self.find(selector).send_keys(text, Keys.TAB)

    def until(self, condition: Callable[[], Any]) -> Any:
        # A page may replace an element while it is read, or load again.
        wait = WebDriverWait(self.driver, PATIENCE, 0.1, [WebDriverException])
        return wait.until(lambda _: condition())

    def see(self, text: str, selector: str = "body") -> None:
        """Wait until one of the elements shows the text."""
        self.until(
            lambda: any(
                text in e.text for e in self.driver.find_elements(By.CSS_SELECTOR, selector)
            )
        )

    def requested(self) -> list[str]:
        """The addresses requested since the last call."""
        entries = [json.loads(entry["message"]) for entry in self.driver.get_log("performance")]
        messages = [entry["message"] for entry in entries]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """What the browser's console says is wrong."""
        entries = self.driver.get_log("browser")
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]


@pytest.fixture(scope="session")
def driver() -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = _program("chromium")
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    service = webdriver.ChromeService(_program("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is needed: on Debian, install chromium and chromium-driver"
    return found


@pytest.fixture
def page(
    driver: webdriver.Chrome, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Page]:
    """A page; its last state stays as `page.png` in the test's temporary directory."""
    page = Page(driver)
    page.complaints()
    yield page
    driver.save_screenshot(tmp_path / "page.png")
    driver.get("about:blank")


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Start a server for an application, and return its address."""
    with ExitStack() as servers:
        yield lambda app: servers.enter_context(_served(app))


@contextmanager
def _served(app: Any) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
