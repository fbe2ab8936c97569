"""Several middleware, of different kinds, around routes that our transport answers itself."""

from base64 import b64encode

import itsdangerous
import pytest

from rapide.http11.outcomes import Compiled

from ..client import GET, Req, to_steps
from ..harness import SERVED, SUBJECT, Case, Framework, check, chosen_modes
from .test_http_functions_without_asgi import (
    ALL,
    FUNCTIONS,
    ONE,
    ORIGIN,
    STEPS,
    add_headers,
    answer_instead,
    application,
    as_class,
    call_twice,
    catch_errors,
    change_host,
    change_scheme,
    pass_on,
    read_body_after,
    read_body_before,
    replace_headers,
    rewrite_path,
    set_state,
    stream_instead,
    with_patience,
)

GZIP = ("starlette.middleware.gzip", "GZipMiddleware", {"minimum_size": 8})
HOSTS = ["testserver", "*.example.org", "www.plain.org"]
TRUSTED = (
    "starlette.middleware.trustedhost",
    "TrustedHostMiddleware",
    {"allowed_hosts": HOSTS},
)
HTTPS = ("starlette.middleware.httpsredirect", "HTTPSRedirectMiddleware", {})
SESSION = ("starlette.middleware.sessions", "SessionMiddleware", {"secret_key": "secret"})
PROXY = ("uvicorn.middleware.proxy_headers", "ProxyHeadersMiddleware", {"trusted_hosts": "*"})


class Wrapping:
    """Middleware that is called by ASGI."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch):
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: 1_700_000_000)


def signed(content):
    signer = itsdangerous.TimestampSigner("secret")
    signer.get_timestamp = lambda: 1_699_999_000
    return signer.sign(b64encode(content)).decode()


VISITOR = {"cookie": "session=" + signed(b'{"visits": 3}')}
ZIP = {"accept-encoding": "gzip", "x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https"}
SESSIONS = [
    GET("/visit"),
    GET("/visit", headers=VISITOR),
    GET("/visit", headers=VISITOR | ZIP | ORIGIN),
    GET("/visit", headers={"cookie": "session=forged"}),
    GET("/visit?leave=1", headers=VISITOR),
    GET("/visit?set=nonsense", headers=VISITOR),
    GET("/visit?set=nonsense&refuse=1", headers=VISITOR),
    GET("/visit?refuse=1", headers=VISITOR),
    *(GET(path, headers=ZIP) for path in ("/items/1", "/own", "/stream", "/waits", "/sync")),
    *(GET(path, headers=ZIP) for path in ("/nothing", "/http", "/teapot", "/fail", "/nowhere")),
    *(GET("/items/1", headers={"host": host}) for host in ("a.example.org", "plain.org", "[::1]")),
    *(GET(path, headers={"host": "evil.com"}) for path in ("/items/1", "/nowhere", "/task")),
    GET("/who", headers=ZIP),
    GET("/who"),
    Req("HEAD", "/who", headers=ZIP),
]
CHAINS = {
    "gzip": [GZIP],
    "hosts": [TRUSTED],
    "https": [HTTPS],
    "sessions": [SESSION],
    "proxies": [PROXY],
    "proxies and https": [HTTPS, PROXY],
    "all": [SESSION, GZIP, ONE, TRUSTED, PROXY],
    "cors inside": [ALL, SESSION, GZIP],
    "gzip twice": [GZIP, GZIP],
    "a function inside": [add_headers, SESSION, GZIP],
    "a function outside": [GZIP, SESSION, add_headers],
    "functions between": [SESSION, add_headers, GZIP, as_class(set_state), TRUSTED, ONE],
    "a function that reads the body": [SESSION, GZIP, read_body_before],
    "a function that changes header fields": [SESSION, replace_headers, GZIP],
    "a function that rewrites the path": [GZIP, rewrite_path, SESSION],
    "a function that catches errors": [SESSION, catch_errors],
    "a function that calls twice": [SESSION, GZIP, call_twice],
    "a function that answers instead": [TRUSTED, SESSION, answer_instead],
    "a function that streams": [GZIP, stream_instead, SESSION],
    "a function that changes hosts": [TRUSTED, change_host],
    "a function that changes the scheme": [HTTPS, change_scheme],
}


@pytest.mark.parametrize("mode", chosen_modes("direct"))
@pytest.mark.parametrize("name", CHAINS)
def test_middleware_of_starlette(name, mode):
    steps = [step for given in [*SESSIONS, *STEPS] for step in to_steps(given)]
    check(Case(lambda fw: application(fw, CHAINS[name]), steps), mode)


def pairs():
    """Pairs of functions for each mode: a server waits for the body of one, and for patience."""
    for mode in chosen_modes("direct"):
        for number, inner in enumerate(FUNCTIONS):
            outer = FUNCTIONS[number * 7 % len(FUNCTIONS) - 3]
            if mode != SERVED or not {inner, outer} & {with_patience, read_body_after}:
                yield pytest.param(inner, outer, mode, id=f"{inner.__name__}-{number}-{mode}")


@pytest.mark.parametrize(("inner", "outer", "mode"), list(pairs()))
def test_one_function_around_another(inner, outer, mode):
    """The outer one of each pair is `dispatch` of a class."""
    is_third = FUNCTIONS.index(inner) % 3 == 0
    layers = (inner, ONE, as_class(outer)) if is_third else (inner, as_class(outer))
    steps = [step for given in STEPS for step in to_steps(given)]
    check(Case(lambda fw: application(fw, layers), steps), mode)


@pytest.mark.parametrize(
    ("layers", "is_direct"),
    [([SESSION, GZIP, TRUSTED, HTTPS, PROXY, pass_on], True), ([GZIP, Wrapping], False)],
)
def test_which_middleware_is_served_without_asgi(layers, is_direct):
    app = application(Framework(SUBJECT), layers)
    app._rapide_direct.build()
    assert isinstance(app._rapide_direct.find("GET", "/items/1"), Compiled) == is_direct
