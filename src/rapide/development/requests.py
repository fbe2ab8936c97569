"""What a page shows of a request."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request

from rapide.development.masking import HIDDEN, Secrets, is_secret
from rapide.development.report import RequestFacts
from rapide.development.values import MOST_CHARACTERS, Describer, shortened
from rapide.scope_keys import KEPT_BODY

#: The most header fields and parameters.
MOST_FIELDS = 100


def request_facts(request: Request, secrets: Secrets) -> RequestFacts:
    """Return what a page shows of a request, and note its secrets."""
    query = _pairs(_query_of(request), secrets)
    _note_as_sent(request, secrets)
    headers = _pairs([(name, value) for name, value in request.headers.items()], secrets)
    describer = Describer(secrets)
    params = {
        str(name): describer.describe(str(name), value)
        for name, value in request.path_params.items()
    }
    client = request.client
    return RequestFacts(
        method=request.method,
        url=_url_of(request, query, secrets),
        client="" if client is None else f"{client.host}:{client.port}",
        path_params=params,
        query=query,
        headers=headers,
        body=_body_of(request),
    )


def _query_of(request: Request) -> list[tuple[str, str]]:
    text = request.scope.get("query_string", b"").decode("latin-1")
    return parse_qsl(text, keep_blank_values=True)


def _note_as_sent(request: Request, secrets: Secrets) -> None:
    """Hide the secrets of the query also as the client has written them."""
    text = request.scope.get("query_string", b"").decode("latin-1")
    for pair in text.split("&")[:MOST_FIELDS]:
        name, _, value = pair.partition("=")
        if is_secret(unquote_plus(name)):
            secrets.add(value)


def _pairs(pairs: list[tuple[str, str]], secrets: Secrets) -> list[tuple[str, str]]:
    shown = []
    for name, value in pairs[:MOST_FIELDS]:
        if is_secret(name):
            secrets.add(value)
            shown.append((name, HIDDEN))
        else:
            shown.append((name, secrets.hide(shortened(value, MOST_CHARACTERS))))
    return shown


def _url_of(request: Request, query: list[tuple[str, str]], secrets: Secrets) -> str:
    text = "&".join(f"{name}={value}" if value else name for name, value in query)
    base = str(request.url.replace(query="", username=None, password=None))
    return shortened(secrets.hide(base) + (f"?{text}" if text else ""), MOST_CHARACTERS)


def _body_of(request: Request) -> str:
    """Return the size of a body, as far as it is known."""
    kept = request.scope.get(KEPT_BODY)
    if isinstance(kept, tuple) and kept and isinstance(kept[0], bytes):
        return f"{len(kept[0]):,} bytes, which were read"
    length = request.headers.get("content-length", "")
    if length.isdecimal():
        return f"{int(length):,} bytes" if int(length) else "none"
    return "of unknown size" if "transfer-encoding" in request.headers else "none"
