"""Split query strings, and bodies of URL-encoded forms, with the same results as Starlette.

Where the package was built with a C compiler, Python imports the extension beside this module
(`query_string.c`). The functions here do the same otherwise.
"""

from __future__ import annotations

from urllib.parse import unquote


def query_pairs(raw: bytes, /) -> list[tuple[str, str]]:
    """Return the `name=value` pairs of a query string, in order.

    Only `&` separates pairs. Blank values are kept (WHATWG URL, section 5.1).
    """
    text = raw.decode("latin-1")
    pairs = [(name, value) for name, _, value in [p.partition("=") for p in text.split("&") if p]]
    # PERF: path-query. Decode only if there is something encoded.
    if "%" in text or "+" in text:
        return [(_decoded(name), _decoded(value)) for name, value in pairs]
    return pairs


def query_values(raw: bytes, /) -> dict[str, str]:
    """Return the query string as a mapping, with the last value of a repeated name."""
    return dict(query_pairs(raw)) if raw else {}


def _decoded(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote(text) if "%" in text else text
