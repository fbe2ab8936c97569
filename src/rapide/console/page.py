"""The page of the console. Its script fills it."""

from __future__ import annotations

from importlib.resources import files

from rapide.development.html import Markup, element
from rapide.development.html_page import asset


def console_page(nonce: str, missing: str = "") -> bytes:
    """Return the page, whose policy allows a script with this nonce.

    Args:
        nonce: The nonce.
        missing: What the page says about what it cannot show.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", "Rapide: console"),
        element("link", rel="icon", href="data:,"),
        element("style", Markup(asset("page.css") + _file("console.css"))),
    )
    main = element(
        "main",
        element("h1", "Console"),
        element(
            "section",
            element("h2", "Last requests"),
            element(
                "p",
                "While this page is open, the steps of each request are measured.",
                class_="advice",
            ),
            element("p", missing, class_="advice") if missing else Markup(),
            element("p", "There were no requests yet.", id="none"),
            element("div", id="requests"),
        ),
        element(
            "section",
            element("h2", "What has blocked the event loop"),
            element("p", "Nothing yet.", id="no-stalls"),
            element("div", id="stalls"),
        ),
        element("section", element("h2", "Threads"), element("div", id="lanes", class_="scroll")),
        element("section", element("h2", "Routes"), element("div", id="routes")),
    )
    script = element("script", Markup(_file("console.js")), nonce=nonce)
    page = "<!doctype html>\n" + element("html", head, element("body", main, script), lang="en")
    return page.encode()


def _file(name: str) -> str:
    return files("rapide.console.assets").joinpath(name).read_text(encoding="utf-8")
