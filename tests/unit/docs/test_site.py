"""The site that `make docs` builds: no warning, no other host, Markdown beside each page."""

import ast
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any, is_typeddict

import pytest
from pydantic import BaseModel
from typing_extensions import Doc

from rapide._documented import read_arguments
from rapide.server.options import declared

from .building import build_site
from .pages import PAGES, ROOT, Block, read_blocks

#: Modules of FastAPI whose names are described one by one.
DESCRIBED = [
    "applications",
    "background",
    "concurrency",
    "datastructures",
    "encoders",
    "exception_handlers",
    "exceptions",
    "openapi.docs",
    "openapi.models",
    "openapi.utils",
    "param_functions",
    "params",
    "routing",
    "security",
    "security.api_key",
    "security.base",
    "security.http",
    "security.oauth2",
    "security.open_id_connect_url",
    "security.utils",
    "sse",
    "types",
    "utils",
    "middleware.asyncexitstack",
    "cli",
]
#: Names that FastAPI's modules have by chance.
BY_CHANCE = {"P"}
#: Names that FastAPI's modules re-export.
RE_EXPORTED = [
    "FileResponse",
    "HTMLResponse",
    "JSONResponse",
    "PlainTextResponse",
    "RedirectResponse",
    "Response",
    "StreamingResponse",
    "HTTPConnection",
    "Request",
    "WebSocket",
    "WebSocketDisconnect",
    "WebSocketState",
    "Mount",
    "StarletteHTTPException",
    "CORSMiddleware",
    "GZipMiddleware",
    "HTTPSRedirectMiddleware",
    "Middleware",
    "TrustedHostMiddleware",
    "WSGIMiddleware",
    "KEEPALIVE_COMMENT",
    "asynccontextmanager",
    "iterate_in_threadpool",
    "run_in_threadpool",
    "run_until_first_complete",
    "Address",
    "FormData",
    "Headers",
    "QueryParams",
    "State",
    "URL",
    "TelemetryConfig",
    "TelemetryData",
    "get_telemetry_data",
    "StaticFiles",
    "Jinja2Templates",
    "TestClient",
    "logger",
    "ENCODERS_BY_TYPE",
    "encoders_by_class_tuples",
    "IncEx",
    "UnionType",
    "ModelNameMap",
    "DependencyCacheKey",
    "METHODS_WITH_BODY",
    "REF_PREFIX",
    "REF_TEMPLATE",
    "SecurityScopes",
    "swagger_ui_default_parameters",
    "validation_error_definition",
    "status_code_ranges",
    "status",
    "validation_error_response_definition",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built into a folder; a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    build_site(folder)
    return folder


class Loaded(HTMLParser):
    """What a browser loads with a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "link" and values.get("rel") in ("canonical", "prev", "next"):
            return
        name = {"link": "href", "script": "src", "img": "src", "iframe": "src"}.get(tag, "")
        self.addresses += filter(None, [values.get(name)])


def test_no_page_loads_anything_from_another_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 40
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert [each for each in loaded.addresses if re.match(r"\w+:|//", each)] == [], page
    for style in site.rglob("*.css"):
        assert re.findall(r"url\(\s*[\"']?(?:https?:|//)", style.read_text()) == []


def test_each_page_is_there_as_markdown_and_its_links_lead_somewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        if page.name == "404.html":
            continue
        markdown = page.with_suffix(".md")
        text = markdown.read_text(encoding="utf-8")
        assert "<!-- reference" not in text
        text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
        for link in re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", text):
            assert (markdown.parent / link).exists(), f"{markdown}: {link}"


def test_llms_txt_lists_every_page_with_a_sentence(site: Path) -> None:
    listed = dict(
        re.findall(r"^- \[[^\]]+\]\(([^)]+)\): (.*)$", (site / "llms.txt").read_text(), re.M)
    )
    assert set(listed) == {path.relative_to(site).as_posix() for path in site.rglob("*.md")}
    assert [page for page, sentence in listed.items() if len(sentence) < 20] == []
    whole = (site / "llms-full.txt").read_text(encoding="utf-8")
    assert all((site / page).read_text(encoding="utf-8") in whole for page in listed)


def described_names(site: Path) -> set[str]:
    """The words in code on the pages of the reference."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in (site / "reference").glob("*.md"))
    return set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", text))))


def imported_names(block: Block) -> set[str]:
    """The names that the code of a block imports from Rapide."""
    return {
        alias.name
        for statement in ast.walk(ast.parse(block.text))
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("rapide")
        for alias in statement.names
    }


def test_every_name_that_a_page_imports_is_in_the_reference(site: Path) -> None:
    described = described_names(site)
    for page in PAGES:
        for block in read_blocks(page):
            if block.language == "python":
                assert imported_names(block) - described == set(), block


def test_every_public_name_of_fastapi_is_in_the_reference(site: Path) -> None:
    described = described_names(site)
    names = set(RE_EXPORTED)
    for module in DESCRIBED:
        found = vars(import_module(f"fastapi.{module}"))
        names |= {
            name
            for name, value in found.items()
            if not name.startswith("_")
            and getattr(value, "__module__", "").startswith(f"fastapi.{module}")
        }
    assert names - described - BY_CHANCE == set()


def test_every_parameter_in_the_reference_has_a_sentence(site: Path) -> None:
    for page in (site / "reference").glob("*.md"):
        tables = re.findall(
            r"^(\| (?:parameter|key) [^\n]*)\n\| ---[^\n]*\n((?:\|[^\n]*\n)+)",
            page.read_text(),
            re.M,
        )
        for head, rows in tables:
            assert head.endswith("| meaning |"), f"{page.name}: {rows}"
            assert re.findall(r"^.*\|  \|$", rows, re.M) == [], page.name


def referenced() -> list[str]:
    """The names that the pages of the reference describe."""
    pages = sorted((ROOT / "docs" / "reference").glob("*.md"))
    return [
        name
        for page in pages
        for name in re.findall(r"^<!-- reference: ([\w.]+) -->$", page.read_text(), re.M)
    ]


def with_methods(name: str) -> Iterator[tuple[str, Any]]:
    """A class or function by its name, and the public methods that a class defines itself."""
    found = find(name)
    yield name, found
    for method, function in vars(found).items() if inspect.isclass(found) else ():
        if not method.startswith("_") and inspect.isfunction(function):
            yield f"{name}.{method}", function


def find(name: str) -> Any:
    """The object that a dotted path names."""
    module, _, rest = name.rpartition(".")
    try:
        return getattr(import_module(module), rest)
    except ModuleNotFoundError:
        return getattr(find(module), rest)


def documented_parameters(described: Any) -> set[str]:
    """The parameters that have a sentence in the source, where editors look for it."""
    classes = inspect.getmro(described) if inspect.isclass(described) else [described]
    texts = [inspect.getdoc(each) for each in classes]
    texts += [inspect.getdoc(each.__init__) for each in classes if inspect.isclass(each)]
    names = {name for text in texts for name in read_arguments(text)}
    for name, parameter in inspect.signature(described).parameters.items():
        metadata = getattr(parameter.annotation, "__metadata__", ())
        if any(isinstance(each, Doc) for each in metadata):
            names.add(name)
    return names


#: Parameters that ASGI and Python define.
KNOWN = {"self", "scope", "receive", "send"}
#: Functions that plugins replace or call; only the reference has sentences on their parameters.
FOR_PLUGINS = "rapide.generic"


@pytest.mark.filterwarnings("ignore::starlette.exceptions.StarletteDeprecationWarning")
@pytest.mark.parametrize("name", referenced())
def test_each_parameter_of_ours_is_documented_in_the_source(name: str) -> None:
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    options = {option.name for option in declared()}  # the stubs have their sentences
    for path, described in with_methods(name):
        is_model = inspect.isclass(described) and issubclass(described, (BaseModel, Enum))
        module = getattr(described, "__module__", None) or ""
        is_ours = module.startswith("rapide") and not module.startswith(FOR_PLUGINS)
        if is_model or is_typeddict(described) or not is_ours:
            continue
        try:
            signature = inspect.signature(described)
        except ValueError:  # an exception without a constructor of its own
            continue
        parameters = [
            each.name
            for each in signature.parameters.values()
            if each.kind not in variadic and each.name[0] != "_" and each.name not in KNOWN
        ]
        missing = set(parameters) - documented_parameters(described)
        assert missing - (options if "reuse_port" in parameters else set()) == set(), path
