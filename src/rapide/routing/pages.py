"""The routes of the OpenAPI document and of its pages."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from rapide.applications import FastAPI
    from rapide.openapi.document import PreparedDocument


class DocumentPages:
    """`/openapi.json`, `/docs` and `/redoc` of an application, and the files that these load.

    The files are served from the package, so that the pages work without internet. Their URLs lie
    below those of the pages and are tried after all routes: they hide none.

    COMPAT: the methods have the names that FastAPI 0.165 gives the routes.
    """

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._prepared: PreparedDocument | None = None

    def add_routes(self) -> None:
        """Add the routes that the application's configuration asks for."""
        app = self.app
        if not app.openapi_url:
            return
        app.add_route(app.openapi_url, self.openapi, include_in_schema=False)
        if app.docs_url:
            app.add_route(app.docs_url, self.swagger_ui_html, include_in_schema=False)
            self._add_assets(app.docs_url)
            redirect = app.swagger_ui_oauth2_redirect_url
            if redirect:
                app.add_route(redirect, self.swagger_ui_redirect, include_in_schema=False)
        if app.redoc_url:
            app.add_route(app.redoc_url, self.redoc_html, include_in_schema=False)
            self._add_assets(app.redoc_url)

    def _add_assets(self, page_url: str) -> None:
        path = f"{page_url.rstrip('/')}/assets/{{name}}"
        self.app.router.hidden_routes.append(Route(path, self.asset))

    async def openapi(self, request: Request) -> Response:
        """The document; names the root path as a server, as FastAPI does."""
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

    async def swagger_ui_html(self, request: Request) -> HTMLResponse:
        """Swagger UI."""
        from rapide.openapi.docs import bundled_swagger_ui_html

        app = self.app
        root_path = request.scope.get("root_path", "").rstrip("/")
        redirect = app.swagger_ui_oauth2_redirect_url
        make = _replaced("get_swagger_ui_html") or partial(
            bundled_swagger_ui_html, assets_url=self._assets_url(root_path, app.docs_url)
        )
        return make(
            openapi_url=f"{root_path}{app.openapi_url}",
            title=f"{app.title} - Swagger UI",
            oauth2_redirect_url=root_path + redirect if redirect else None,
            init_oauth=app.swagger_ui_init_oauth,
            swagger_ui_parameters=app.swagger_ui_parameters,
        )

    async def swagger_ui_redirect(self, request: Request) -> HTMLResponse:
        """The page to which OAuth2 providers lead back."""
        from rapide.openapi.docs import get_swagger_ui_oauth2_redirect_html

        return get_swagger_ui_oauth2_redirect_html()

    async def redoc_html(self, request: Request) -> HTMLResponse:
        """ReDoc."""
        from rapide.openapi.docs import bundled_redoc_html

        app = self.app
        root_path = request.scope.get("root_path", "").rstrip("/")
        make = _replaced("get_redoc_html") or partial(
            bundled_redoc_html, assets_url=self._assets_url(root_path, app.redoc_url)
        )
        return make(
            openapi_url=f"{root_path}{app.openapi_url}",
            title=f"{app.title} - ReDoc",
        )

    async def asset(self, request: Request) -> Response:
        """A file that a page loads."""
        from rapide.openapi.assets import find_asset
        from rapide.openapi.document import asset_response

        asset = find_asset(request.path_params["name"])
        if asset is None:
            return JSONResponse({"detail": "Not Found"}, status_code=404)
        return asset_response(
            asset,
            if_none_match=request.headers.get("if-none-match"),
            accept_encoding=request.headers.get("accept-encoding", ""),
        )

    @staticmethod
    def _assets_url(root_path: str, page_url: Any) -> str:
        return f"{root_path}{page_url.rstrip('/')}/assets"


def _replaced(name: str) -> Callable[..., HTMLResponse] | None:
    """What was put in place of a function that makes a page.

    COMPAT: FastAPI 0.165 takes them from its `applications` module, where applications replace them
    to load the pages' files from elsewhere.
    """
    from rapide.openapi import docs

    found = getattr(sys.modules["rapide.applications"], name)
    return None if found is getattr(docs, name) else found
