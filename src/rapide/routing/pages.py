"""The routes of the OpenAPI document and of the documentation pages."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from starlette._utils import get_route_path
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from rapide.types import JsonObject

if TYPE_CHECKING:
    from rapide.openapi.document import PreparedDocument


PageFunction = Callable[..., HTMLResponse]

#: Answers requests for pages whose document cannot be made. `rapide dev` sets it.
answer_failure: Callable[[Request, Exception], Response] | None = None

ROOT_PATH_IS_DEPRECATED = (
    "The `root_path` parameter is deprecated. Give it to the server: `rapide run --root-path "
    "/api/v1`, or `fastapi run --root-path /api/v1` where that command is Rapide's."
)


class DocumentedApplication(Protocol):
    """What the pages need of an application."""

    title: str
    openapi_url: str | None
    docs_url: str | None
    redoc_url: str | None
    root_path_in_servers: bool
    swagger_ui_oauth2_redirect_url: str | None
    swagger_ui_init_oauth: JsonObject | None
    swagger_ui_parameters: JsonObject | None

    def openapi(self) -> JsonObject: ...

    def add_route(
        self,
        path: str,
        route: Callable[[Request], Awaitable[Response] | Response],
        *,
        include_in_schema: bool = ...,
    ) -> None: ...


class DocumentPages:
    """`/openapi.json`, `/docs` and `/redoc` of an application, and the files that these load.

    The files are served from the package, so that the pages work without internet. A page asks for
    them under its own path, with a query: wherever the page is reached, past all routes, mounts and
    middleware, so are they.

    COMPAT: the methods have the names that FastAPI 0.165 gives the routes.

    Args:
        app: The application.
        module: The name of the module in which programs replace the functions that make pages.
    """

    def __init__(self, app: DocumentedApplication, module: str) -> None:
        self.app = app
        self._module = module
        self._prepared: PreparedDocument | None = None

    def add_routes(self) -> None:
        """Add the routes that the application's configuration asks for."""
        app = self.app
        if not app.openapi_url:
            return
        app.add_route(app.openapi_url, self.openapi, include_in_schema=False)
        if app.docs_url:
            app.add_route(app.docs_url, self.swagger_ui_html, include_in_schema=False)
            redirect = app.swagger_ui_oauth2_redirect_url
            if redirect:
                app.add_route(redirect, self.swagger_ui_redirect, include_in_schema=False)
        if app.redoc_url:
            app.add_route(app.redoc_url, self.redoc_html, include_in_schema=False)

    async def openapi(self, request: Request) -> Response:
        """Answer with the document. It names the root path as a server, as in FastAPI."""
        from rapide.openapi.document import PreparedDocument

        schema = self.app.openapi()
        root_path = request.scope.get("root_path", "").rstrip("/")
        if root_path and self.app.root_path_in_servers:
            servers = schema.get("servers", [])
            if all(server.get("url") != root_path for server in servers):
                schema = {**schema, "servers": [{"url": root_path}, *servers]}
        prepared = self._prepared
        if prepared is None or not prepared.is_of(schema):
            prepared = self._prepared = PreparedDocument(schema)
        return prepared.response(request.headers.get("if-none-match"))

    async def swagger_ui_html(self, request: Request) -> Response:
        """Answer with Swagger UI, or with one of its files."""
        from rapide.openapi.docs import bundled_swagger_ui_html

        app = self.app
        make = self._replaced("get_swagger_ui_html")
        if make is None:
            asset = _asked_asset(request)
            if asset is not None:
                return asset
            make = partial(bundled_swagger_ui_html, page_url=_page_url(request))
        failure = self._failure(request)
        if failure is not None:
            return failure
        root_path = request.scope.get("root_path", "").rstrip("/")
        redirect = app.swagger_ui_oauth2_redirect_url
        return make(
            openapi_url=f"{root_path}{app.openapi_url}",
            title=f"{app.title} - Swagger UI",
            oauth2_redirect_url=root_path + redirect if redirect else None,
            init_oauth=app.swagger_ui_init_oauth,
            swagger_ui_parameters=app.swagger_ui_parameters,
        )

    async def swagger_ui_redirect(self, request: Request) -> HTMLResponse:
        """Answer with the page to which OAuth2 providers redirect."""
        from rapide.openapi.docs import get_swagger_ui_oauth2_redirect_html

        return get_swagger_ui_oauth2_redirect_html()

    async def redoc_html(self, request: Request) -> Response:
        """Answer with ReDoc, or with one of its files."""
        from rapide.openapi.docs import bundled_redoc_html

        app = self.app
        make = self._replaced("get_redoc_html")
        if make is None:
            asset = _asked_asset(request)
            if asset is not None:
                return asset
            make = partial(bundled_redoc_html, page_url=_page_url(request))
        failure = self._failure(request)
        if failure is not None:
            return failure
        root_path = request.scope.get("root_path", "").rstrip("/")
        return make(
            openapi_url=f"{root_path}{app.openapi_url}",
            title=f"{app.title} - ReDoc",
        )

    def _failure(self, request: Request) -> Response | None:
        """Return what a page shows if its document cannot be made; None if that is not known."""
        if answer_failure is None:
            return None
        try:
            self.app.openapi()
        except Exception as error:  # of the application: the page is to show it
            return answer_failure(request, error)
        return None

    def _replaced(self, name: str) -> PageFunction | None:
        """Return the function that a program has put in place of one that makes a page.

        COMPAT: In FastAPI 0.165, programs replace `applications.get_swagger_ui_html`, and the
        function for ReDoc, to load the files of a page from another place.
        """
        from rapide.openapi import docs

        found: PageFunction = getattr(sys.modules[self._module], name)
        return None if found is getattr(docs, name) else found


def _asked_asset(request: Request) -> Response | None:
    """Return the file that is requested in the query; None if the page itself is requested."""
    from rapide.openapi.assets import ASSET_PARAMETER, asked_asset
    from rapide.openapi.document import asset_response

    found = asked_asset(request.query_params.get(ASSET_PARAMETER, ""))
    if found is None:
        return None
    asset, is_pinned = found
    return asset_response(
        asset,
        if_none_match=request.headers.get("if-none-match"),
        accept_encoding=request.headers.get("accept-encoding", ""),
        is_pinned=is_pinned,
    )


def _page_url(request: Request) -> str:
    """Return the path of a page as the client knows it: with root path and path parameters."""
    # There must be one slash at the beginning, because two would name another host.
    path = "/" + quote(get_route_path(request.scope)).lstrip("/")
    return f"{request.scope.get('root_path', '').rstrip('/')}{path}"
