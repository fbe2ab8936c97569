"""The documentation pages as text; tests/browser opens them."""

import inspect
import re

import pytest
from fastapi.openapi import docs as expected

from rapide.openapi import docs
from rapide.openapi.assets import REDOC_ASSETS, SWAGGER_UI_ASSETS, asset_query


def swagger_ui(**options):
    options = {"openapi_url": "/openapi.json", "title": "Shop", **options}
    return docs.get_swagger_ui_html(**options).body.decode()


def loaded(html):
    return re.findall(r'(?:src|href)="([^"]*)"', html)


@pytest.mark.parametrize(
    "name", ["get_swagger_ui_html", "get_redoc_html", "get_swagger_ui_oauth2_redirect_html"]
)
def test_a_page_takes_the_arguments_of_fastapis(name):
    ours = inspect.signature(getattr(docs, name)).parameters
    theirs = inspect.signature(getattr(expected, name)).parameters
    assert {(p.name, p.default, p.kind) for p in ours.values()} == {
        (p.name, p.default, p.kind) for p in theirs.values()
    }
    assert list(ours) == list(theirs)


@pytest.mark.parametrize("name", ["get_swagger_ui_html", "get_redoc_html"])
def test_a_page_loads_by_default_what_fastapis_loads(name):
    arguments = {"openapi_url": "/openapi.json", "title": "Shop"}
    ours = getattr(docs, name)(**arguments)
    theirs = getattr(expected, name)(**arguments)
    assert set(loaded(ours.body.decode())) == set(loaded(theirs.body.decode()))
    assert ours.headers["content-type"] == theirs.headers["content-type"]


def test_swagger_ui_has_the_default_parameters_of_fastapi():
    assert docs.swagger_ui_default_parameters == expected.swagger_ui_default_parameters


def test_swagger_ui_parameters_add_to_the_defaults_and_replace_them():
    html = swagger_ui(swagger_ui_parameters={"deepLinking": False, "filter": True})
    assert '"deepLinking": false,' in html
    assert '"filter": true,' in html
    assert '"dom_id": "#swagger-ui",' in html


def test_swagger_ui_knows_its_document_and_its_oauth2_settings():
    html = swagger_ui(oauth2_redirect_url="/docs/back", init_oauth={"clientId": "me"})
    assert "url: '/openapi.json'," in html
    assert "oauth2RedirectUrl: window.location.origin + '/docs/back'" in html
    assert 'ui.initOAuth({"clientId": "me"})' in html
    assert "oauth2RedirectUrl" not in swagger_ui()
    assert "initOAuth" not in swagger_ui()


def test_settings_cannot_end_the_script():
    html = swagger_ui(
        openapi_url="'</script><script>alert(1)//",
        swagger_ui_parameters={"x</script>": "<!--&"},
        init_oauth={"clientId": "</script>"},
    )
    assert html.count("</script>") == 2
    assert r"url: '\'\u003c/script\u003e" in html
    assert r'"x\u003c/script\u003e": "\u003c!--\u0026"' in html


def test_titles_and_addresses_cannot_become_markup():
    html = swagger_ui(title="<b>A & B</b>", swagger_js_url='"><script>')
    assert "<title>&lt;b&gt;A &amp; B&lt;/b&gt;</title>" in html
    assert 'src="&quot;&gt;&lt;script&gt;"' in html
    redoc = docs.get_redoc_html(openapi_url='"><i>', title="T").body.decode()
    assert 'spec-url="&quot;&gt;&lt;i&gt;"' in redoc


def test_google_fonts_can_be_left_out_of_redoc():
    html = docs.get_redoc_html(openapi_url="/o", title="T", with_google_fonts=False)
    assert b"fonts.googleapis.com" not in html.body


def test_the_redirect_page_hands_over_to_the_page_that_opened_it():
    html = docs.get_swagger_ui_oauth2_redirect_html().body.decode()
    assert "window.opener.swaggerUIRedirectOauth2" in html
    assert loaded(html) == []


def test_bundled_pages_load_only_bundled_assets():
    arguments = {"page_url": "/api/docs", "openapi_url": "/openapi.json", "title": "Shop"}
    swagger = docs.bundled_swagger_ui_html(**arguments).body.decode()
    redoc = docs.bundled_redoc_html(**arguments).body.decode()
    assert set(loaded(swagger)) == {"/api/docs" + asset_query(name) for name in SWAGGER_UI_ASSETS}
    assert set(loaded(redoc)) == {"/api/docs" + asset_query(name) for name in REDOC_ASSETS}
    assert "swagger-ui-dist@5." in swagger
    assert "redoc@2." in redoc
