"""Make the pictures of the documentation in headless Chromium: `make screenshots`.

The applications are those of the tutorial, as its pages show them, and the bookshop.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "assets"
TUTORIAL = ROOT / "docs" / "tutorial"
FILE = re.compile(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.M | re.S)
PORT = 8000  # what the pages say; the pictures show it
PATIENCE = 30


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """Start a Chromium that reaches this machine only."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (
        *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ):
        options.add_argument(flag)
    service = webdriver.ChromeService(shutil.which("chromedriver") or "")
    driver = webdriver.Chrome(options=options, service=service)
    try:
        yield driver
    finally:
        driver.quit()


@contextmanager
def serving(*arguments: str, folder: Path) -> Iterator[str]:
    """Serve an application by `rapide`, and return its address."""
    address = f"http://127.0.0.1:{PORT}"
    command = [sys.executable, "-m", "rapide", *arguments, "--port", str(PORT)]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                urlopen(f"{address}/openapi.json").close()
                break
            except URLError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


def take(driver: webdriver.Chrome, url: str, selector: str, name: str, height: int) -> None:
    """Open a page, wait for an element, and save the upper part of it."""
    driver.set_window_size(1100, height + 140)  # of the window, its bars take a part
    driver.get(url)
    WebDriverWait(driver, PATIENCE).until(lambda _: driver.find_elements(By.CSS_SELECTOR, selector))
    driver.save_screenshot(PICTURES / name)
    print(f"{name}: {(PICTURES / name).stat().st_size:,} bytes")


def take_console(driver: webdriver.Chrome, address: str) -> None:
    """Open the console, send requests while it is open, and save it with the steps of the last."""
    driver.set_window_size(1100, 1000)
    driver.get(f"{address}/-/dev")
    WebDriverWait(driver, PATIENCE).until(lambda _: driver.find_elements(By.CSS_SELECTOR, ".route"))
    for number in (3, 2, 1):  # the first one includes the time in which the route is compiled
        time.sleep(1.5)  # the page asks each second, and only then are requests measured
        urlopen(f"{address}/books?size={number}").close()
    last = "//*[contains(@class, 'request')][contains(., 'size=1')]//summary"
    WebDriverWait(driver, PATIENCE).until(lambda _: driver.find_elements(By.XPATH, last))
    driver.find_element(By.XPATH, last).click()
    driver.save_screenshot(PICTURES / "console.png")
    print(f"console.png: {(PICTURES / 'console.png').stat().st_size:,} bytes")


def write_files(page: str, folder: Path, before: str = "", below: Path = TUTORIAL) -> None:
    """Write the files of a page, by default of the tutorial, up to a text on it."""
    text = (below / page).read_text(encoding="utf-8")
    for name, content in FILE.findall(text.partition(before)[0] if before else text):
        (folder / name).write_text(content, encoding="utf-8")


def main() -> None:
    """Make all pictures."""
    with browser() as driver, TemporaryDirectory() as made:
        folder = Path(made)
        write_files("first-steps.md", folder)
        with serving("dev", folder=folder) as address:
            take(driver, f"{address}/docs", ".opblock-summary", "tutorial-docs.png", 290)
        write_files("models.md", folder)
        with serving("dev", folder=folder) as address:
            take(driver, f"{address}/books/7", "h1", "tutorial-error.png", 490)
        write_files("development.md", folder, below=TUTORIAL.parent)
        with serving("dev", folder=folder) as address:
            url = f"{address}/books/walden/words-per-page"
            take(driver, url, "h1", "error-page.png", 1090)
        # A copy, because the console shows paths below the folder of the server.
        shutil.copytree(ROOT / "examples" / "bookshop", folder / "bookshop")
        bookshop = "bookshop/main.py"
        # Whether starting blocks the event loop depends on the machine.
        quiet = ("--stall-threshold", "0", "--host", "127.0.0.1")
        with serving("dev", bookshop, *quiet, folder=folder) as address:
            take_console(driver, address)
        with serving("run", bookshop, "--host", "127.0.0.1", folder=folder) as address:
            take(driver, f"{address}/docs", ".opblock-summary", "bookshop-docs.png", 600)


if __name__ == "__main__":
    main()
