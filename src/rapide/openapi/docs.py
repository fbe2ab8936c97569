"""Pages that show the document: Swagger UI and ReDoc, from a CDN or from the bundled assets."""

import json
from html import escape
from typing import Any

from starlette.responses import HTMLResponse

from rapide._documented import documented
from rapide._imported_names import add_imported_names
from rapide.encoders import jsonable_encoder
from rapide.openapi.assets import (
    FAVICON,
    REDOC_JS,
    SWAGGER_UI_CSS,
    SWAGGER_UI_JS,
    asset_query,
    bundled_version,
    find_asset,
)
from rapide.types import JsonObject

_CDN = "https://cdn.jsdelivr.net/npm"
_FAVICON_URL = "https://fastapi.tiangolo.com/img/favicon.png"
_GOOGLE_FONTS = "https://fonts.googleapis.com/css?family=Montserrat:300,400,700|Roboto:300,400,700"

swagger_ui_default_parameters: JsonObject = {
    "dom_id": "#swagger-ui",
    "layout": "BaseLayout",
    "deepLinking": True,
    "showExtensions": True,
    "showCommonExtensions": True,
}


@documented
def get_swagger_ui_html(
    *,
    openapi_url: str,
    title: str,
    swagger_js_url: str = f"{_CDN}/swagger-ui-dist@5/swagger-ui-bundle.js",
    swagger_css_url: str = f"{_CDN}/swagger-ui-dist@5/swagger-ui.css",
    swagger_favicon_url: str = _FAVICON_URL,
    oauth2_redirect_url: str | None = None,
    init_oauth: JsonObject | None = None,
    swagger_ui_parameters: JsonObject | None = None,
) -> HTMLResponse:
    """Make the page that shows the document in Swagger UI.

    Args:
        openapi_url: URL of the document, which the browser loads.
        title: Title of the page.
        swagger_js_url: URL of Swagger UI's script.
        swagger_css_url: URL of Swagger UI's style sheet.
        swagger_favicon_url: URL of the icon of the page.
        oauth2_redirect_url: Path on the origin of the page to which OAuth2 servers redirect.
        init_oauth: Arguments of Swagger UI's `initOAuth`. Clients can read them.
        swagger_ui_parameters: Options that prevail over `swagger_ui_default_parameters`.
    """
    parameters = swagger_ui_default_parameters | (swagger_ui_parameters or {})
    options = [f"url: {_script_text(openapi_url)}"]
    options += [
        f"{_script_json(name)}: {_script_json(jsonable_encoder(value))}"
        for name, value in parameters.items()
    ]
    if oauth2_redirect_url:
        redirect = _script_text(oauth2_redirect_url)
        options.append(f"oauth2RedirectUrl: window.location.origin + {redirect}")
    presets = "SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset"
    options.append(f"presets: [{presets}]")
    start = f"const ui = SwaggerUIBundle({{\n  {_INDENTED_LINE.join(options)},\n}})"
    if init_oauth:
        start += f"\nui.initOAuth({_script_json(jsonable_encoder(init_oauth))})"
    head = f'<link rel="stylesheet" type="text/css" href="{escape(swagger_css_url)}">'
    body = f"""<div id="swagger-ui"></div>
<script src="{escape(swagger_js_url)}"></script>
<script>
{start}
</script>"""
    return _page(title, swagger_favicon_url, head, body)


_INDENTED_LINE = ",\n  "


@documented
def get_redoc_html(
    *,
    openapi_url: str,
    title: str,
    redoc_js_url: str = f"{_CDN}/redoc@2/bundles/redoc.standalone.js",
    redoc_favicon_url: str = _FAVICON_URL,
    with_google_fonts: bool = True,
) -> HTMLResponse:
    """Make the page that shows the document in ReDoc.

    Args:
        openapi_url: URL of the document, which the browser loads.
        title: Title of the page.
        redoc_js_url: URL of ReDoc's script.
        redoc_favicon_url: URL of the icon of the page.
        with_google_fonts: Whether the browser loads fonts of Google.
    """
    head = "<style>body { margin: 0; padding: 0 }</style>"
    if with_google_fonts:
        head = f'<link rel="stylesheet" href="{_GOOGLE_FONTS}">\n{head}'
    body = f"""<noscript>This page needs JavaScript to show the documentation.</noscript>
<redoc spec-url="{escape(openapi_url)}"></redoc>
<script src="{escape(redoc_js_url)}"></script>"""
    return _page(title, redoc_favicon_url, head, body)


def get_swagger_ui_oauth2_redirect_html() -> HTMLResponse:
    """Make the page to which an authorization server redirects. It continues in Swagger UI."""
    script = find_asset("oauth2-redirect.js")
    assert script is not None
    body = f"<script>\n{script.content.decode()}</script>"
    return _page("Swagger UI: OAuth2 redirect", None, "", body)


def bundled_swagger_ui_html(*, page_url: str, **options: Any) -> HTMLResponse:
    """Make a Swagger UI page that loads nothing from other servers.

    Args:
        page_url: Where the page itself is served, with the files that it asks for in its query.
        options: As for `get_swagger_ui_html`.
    """
    page = get_swagger_ui_html(
        swagger_js_url=page_url + asset_query(SWAGGER_UI_JS),
        swagger_css_url=page_url + asset_query(SWAGGER_UI_CSS),
        swagger_favicon_url=page_url + asset_query(FAVICON),
        **options,
    )
    return _signed(page, "swagger-ui-dist")


def bundled_redoc_html(*, page_url: str, **options: Any) -> HTMLResponse:
    """Make a ReDoc page that loads nothing from other servers.

    Args:
        page_url: Where the page itself is served, with the files that it asks for in its query.
        options: As for `get_redoc_html`.
    """
    page = get_redoc_html(
        redoc_js_url=page_url + asset_query(REDOC_JS),
        redoc_favicon_url=page_url + asset_query(FAVICON),
        with_google_fonts=False,
        **options,
    )
    return _signed(page, "redoc")


def _signed(page: HTMLResponse, package: str) -> HTMLResponse:
    """Add the name of the bundled version to the end of a page."""
    return HTMLResponse(bytes(page.body) + f"<!-- {bundled_version(package)} -->\n".encode())


def _page(title: str, favicon_url: str | None, head: str, body: str) -> HTMLResponse:
    icon = f'<link rel="shortcut icon" href="{escape(favicon_url)}">\n' if favicon_url else ""
    return HTMLResponse(f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title, quote=False)}</title>
{icon}{head}
</head>
<body>
{body}
</body>
</html>
""")


def _script_json(value: object) -> str:
    """Write a value as JSON that cannot end the script element around it."""
    text = json.dumps(value)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _script_text(value: str) -> str:
    """Write a string as a JavaScript literal in single quotes."""
    inner = _script_json(value)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"


add_imported_names(__name__)
