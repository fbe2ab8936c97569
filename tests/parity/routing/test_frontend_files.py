"""The files of a frontend: fallbacks, methods, conditions, paths, and mistakes in declarations."""

import os
import shutil
import warnings
from contextlib import contextmanager

import anyio
import pytest

from ..client import GET, Req
from ..frontend_site import HTML, ROOT, built_site, page
from ..harness import SUBJECT, Framework, parity, same_value


@pytest.fixture(scope="module", autouse=True)
def site():
    with built_site():
        yield


@parity(
    "/ /app.js /deep/ /deep/page.html /deep /deep/index.html /index.html /no-index /no-index/",
    "/with%20space.txt /%C3%BCn%C3%AF.txt /.hidden /app.js/ /app.js/x /missing /missing/ //app.js",
    "/?q=1 /deep?q=1 /api /api/ /api/x",
    page("/missing"),
    page("/missing/"),
    page("/api/x"),
    page("/deep"),
    page("/docs/nothing"),
)
def test_a_single_page_application_falls_back_to_its_index_for_navigation(fw):
    """Only requests that accept HTML get `index.html`."""
    app = fw.FastAPI()
    app.frontend("/", directory=ROOT / "spa")
    app.get("/api", name="api")(lambda: "api")
    return app


@parity(
    "/ /a.txt /missing /missing.js",
    page("/missing"),
    "HEAD /missing POST /missing POST /a.txt",
)
def test_a_static_site_answers_with_its_page_for_what_is_missing(fw):
    """`404.html` is sent with its status."""
    app = fw.FastAPI()
    app.frontend("/", directory=str(ROOT / "static"))
    return app


@parity(
    "/ /a.txt /missing",
    page("/"),
    page("/missing"),
)
def test_without_a_fallback_file_what_is_missing_is_not_found(fw):
    """The fallback is "auto"."""
    app = fw.FastAPI()
    app.frontend("/", directory=ROOT / "bare")
    return app


def fallback_case(fallback, directory):
    @parity(
        "/ /a.txt /missing /missing.js",
        page("/missing"),
        page("/missing", "*/*"),
        Req("HEAD", "/missing", headers=HTML),
        Req("POST", "/missing", headers=HTML),
    )
    def test(fw):
        """The fallback is given by name."""
        app = fw.FastAPI()
        app.frontend("/", directory=ROOT / directory, fallback=fallback)
        return app

    return test


test_the_index_may_be_the_fallback_although_there_is_a_404_page = fallback_case(
    "index.html", "static"
)
test_the_404_page_may_be_the_fallback = fallback_case("404.html", "static")
test_there_may_be_no_fallback = fallback_case(None, "static")
test_the_index_may_be_the_fallback_of_a_site_without_a_404_page = fallback_case(
    "index.html", "other"
)


ACCEPTS = [
    "",
    "*/*",
    "text/*",
    "text/html",
    "TEXT/HTML",
    " text/html ",
    "application/xhtml+xml",
    "application/xml",
    "application/json, text/html;q=0.1",
    "text/html;q=0",
    "text/html;q=0.0",
    "text/html; q=0 , application/xhtml+xml;q=0.5",
    "text/html;level=1;q=0",
    "text/html;q=0;q=1",
    "text/html;Q=0",
    "text/html; q = 0",
    'text/html;q="0"',
    "text/html;q=nothing",
    "text/html;q=",
    "text/html;q",
    "text/html;q=-0",
    "text/html;q=nan",
    "text/html/x",
    "html",
    ",,text/html,",
    "text/html;",
    ";text/html",
    "image/png;text/html",
]


@parity(
    *(page("/missing", accept) for accept in ACCEPTS),
    page("/missing", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"),
    GET("/missing", headers=[("accept", "image/png"), ("accept", "text/html")]),
    GET("/missing", headers=[("accept", "text/html"), ("accept", "image/png")]),
    GET("/missing", headers={"accept": b"text/html;x=\xe9"}),
)
def test_only_an_accept_header_that_names_html_is_navigation(fw):
    """The weights in the header count."""
    app = fw.FastAPI()
    app.frontend("/", directory=ROOT / "spa")
    return app


METHODS = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get"]


@parity(
    *(Req(m, t) for m in METHODS for t in ("/app.js", "/missing", "/deep", "/no-index")),
    "HEAD / HEAD /app.js HEAD /deep HEAD /missing HEAD /api POST /api POST /api/",
    Req("HEAD", "/missing", headers=HTML),
    Req("POST", "/missing", headers=HTML),
)
def test_other_methods_than_get_and_head_are_refused(fw):
    """They are a 404, or a 405 if the file exists."""
    app = fw.FastAPI()
    app.frontend("/", directory=ROOT / "spa")
    app.get("/api", name="api")(lambda: "api")
    return app


@parity(
    GET("/app.js", headers={"if-none-match": "*"}),
    GET("/app.js", headers={"if-none-match": '"other"'}),
    GET("/app.js", headers={"if-modified-since": "Tue, 14 Nov 2023 22:13:20 GMT"}),
    GET("/app.js", headers={"if-modified-since": "Tue, 14 Nov 2013 22:13:20 GMT"}),
    GET("/app.js", headers={"if-modified-since": "nonsense"}),
    GET("/missing", headers={"if-none-match": "*", "accept": "text/html"}),
    GET("/app.js", headers={"range": "bytes=0-4"}),
    GET("/app.js", headers={"range": "bytes=4-"}),
    GET("/app.js", headers={"range": "bytes=9999-"}),
    GET("/app.js", headers={"range": "lines=1"}),
    Req("HEAD", "/app.js", headers={"range": "bytes=0-4"}),
    trio=True,
)
def test_conditional_and_partial_requests_are_those_of_static_files(fw):
    app = fw.FastAPI()
    app.frontend("/", directory=ROOT / "spa")
    return app


TRAVERSALS = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/deep/../../secret.txt",
    "/deep/..%2f..%2fsecret.txt",
    "/deep/../app.js",
    "/deep/%2e%2e/app.js",
    "/..\\secret.txt",
    "/..%5csecret.txt",
    "/../spa/app.js",
    "/../spa-other",
    "//etc/passwd",
    "///etc/passwd",
    "/%2fetc/passwd",
    "/%2f%2fetc%2fpasswd",
    "/etc/passwd",
    "/C:/secret.txt",
    "/app.js%00",
    "/%00",
    "/app.js%00.html",
    "/" + "x" * 300,
    "/" + "deep/" * 1500,
    "/link-out.txt",
    "/link-in.txt",
    "/broken.txt",
    "/pipe",
    "/index-is-directory",
    "/index-is-directory/",
    "/.",
    "/./app.js",
    "/..",
    "/%ff",
    "/%0a",
    "/app.js%0a",
    "/~root",
    "/app.js%3fx",
]


@parity(*(Req("GET", target) for target in TRAVERSALS))
def test_no_path_leads_out_of_the_directory(fw):
    app = fw.FastAPI()
    app.frontend("/", directory=ROOT / "spa", fallback=None)
    return app


@parity(
    *(Req("GET", "/ui" + target) for target in TRAVERSALS),
    *(Req("POST", "/ui" + target) for target in TRAVERSALS),
)
def test_no_path_below_a_prefix_leads_out_of_the_directory(fw):
    app = fw.FastAPI(redirect_slashes=False)
    app.frontend("/ui", directory=ROOT / "spa", fallback=None)
    return app


@pytest.mark.parametrize("target", TRAVERSALS)
def test_no_path_shows_a_secret(target):
    fw = Framework(SUBJECT)
    app = fw.FastAPI()
    app.frontend("/", directory=ROOT / "spa")
    answer = anyio.run(GET(target, headers=HTML).send, app, {}, fw)
    assert b"secret" not in b"".join(answer.chunks)
    assert b"root:" not in b"".join(answer.chunks)


@parity(
    "/",
    lambda fw, app: make_directory(fw),
    "/",
    trio=True,
)
def test_a_directory_that_is_not_checked_must_exist_at_a_request(fw):
    fw.keep.directory = ROOT / f"later-{fw.root}"
    shutil.rmtree(fw.keep.directory, ignore_errors=True)
    app = fw.FastAPI()
    app.frontend("/", directory=fw.keep.directory, check_dir=False, fallback="index.html")

    @app.exception_handler(RuntimeError)
    def show(request, error):
        return fw.responses.PlainTextResponse(type(error).__name__, 500)

    return app


def make_directory(fw):
    fw.keep.directory.mkdir()
    index = fw.keep.directory / "index.html"
    index.write_text("built")
    os.utime(index, (1_700_000_000, 1_700_000_000))


@parity("/missing", page("/missing"), page("/404/missing"))
def test_a_fallback_file_that_is_not_there_is_an_error_at_a_request(fw):
    """The directory is not checked when the frontend is added."""
    app = fw.FastAPI()
    app.frontend("/", directory=ROOT / "bare", check_dir=False, fallback="index.html")
    app.frontend("/404", directory=ROOT / "bare", check_dir=False, fallback="404.html")

    @app.exception_handler(RuntimeError)
    def show(request, error):
        return fw.responses.PlainTextResponse(type(error).__name__, 500)

    return app


def error_of(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return None


@same_value
def test_mistakes_are_errors_when_the_frontend_is_added(fw):
    """A missing directory, or a missing file that is named, is a `RuntimeError`."""

    def broken(x: int = fw.Path()):
        pass

    def add(path="/", directory="spa", prefix="", dependencies=None, **options):
        router = fw.APIRouter(prefix=prefix, dependencies=dependencies)
        return error_of(lambda: router.frontend(path, directory=ROOT / directory, **options))

    return [
        add(),
        add(""),
        add("ui"),
        add("//"),
        add("//", prefix="/p"),
        add("/x//"),
        add(directory="nowhere"),
        add(directory="nowhere", check_dir=True),
        add(directory="nowhere", check_dir=False),
        add(directory="nowhere", check_dir=False, fallback="404.html"),
        add(directory="secret.txt"),
        add(directory="secret.txt", check_dir=False),
        add(directory="bare", fallback="index.html"),
        add(directory="bare", fallback="404.html"),
        add(directory="bare", fallback="404.html", check_dir=False),
        add(directory="bare", fallback="other.html"),
        add(directory="bare", fallback=None),
        add(directory="spa/index-is-directory", fallback="index.html"),
        add(dependencies=[fw.Depends(broken)]),
        error_of(lambda: fw.FastAPI().frontend("/", directory=ROOT / "nowhere")),
        error_of(lambda: fw.FastAPI().frontend("/")),
        error_of(lambda: fw.FastAPI().frontend("/", ROOT)),
    ]


@contextmanager
def environment(value):
    before = os.environ.get("FASTAPI_ENV")
    os.environ["FASTAPI_ENV"] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ["FASTAPI_ENV"]
        else:
            os.environ["FASTAPI_ENV"] = before


@same_value
def test_in_development_a_missing_directory_is_only_warned_of(fw):
    """`FASTAPI_ENV` says that it is development."""
    results = []
    for value in ("development", "production", "Development", ""):
        for options in (
            {},
            {"fallback": "index.html"},
            {"check_dir": True},
            {"check_dir": False},
        ):
            for directory in ("nowhere", "bare"):
                for owner in (fw.FastAPI(), fw.APIRouter()):
                    with environment(value), warnings.catch_warnings(record=True) as caught:
                        warnings.simplefilter("always")
                        error = error_of(
                            lambda o=owner, d=directory, more=options: o.frontend(
                                "/", directory=ROOT / d, **more
                            )
                        )
                    results.append(
                        [error, [(w.category.__name__, w.filename == __file__) for w in caught]]
                    )
    return results
