"""The bundled assets and how they are answered."""

import gzip
import hashlib
import json
import re
from importlib.resources import files

import pytest

from rapide.openapi.assets import (
    REDOC_ASSETS,
    SWAGGER_UI_ASSETS,
    asked_asset,
    asset_query,
    find_asset,
)
from rapide.openapi.document import accepts_gzip, asset_response, etag_matches

BUNDLED = files("rapide.openapi.assets")
VERSIONS = json.loads(BUNDLED.joinpath("versions.json").read_text())


@pytest.mark.parametrize("name", sorted({*SWAGGER_UI_ASSETS, *REDOC_ASSETS}))
def test_an_asset_is_found_once_and_kept(name):
    asset = find_asset(name)
    assert asset.content == BUNDLED.joinpath(name).read_bytes()
    assert find_asset(name) is asset


@pytest.mark.parametrize(
    "name", ["", "versions.json", "__init__.py", "../utils.py", "swagger-ui-bundle.js/"]
)
def test_nothing_else_is_an_asset(name):
    assert find_asset(name) is None


@pytest.mark.parametrize("package", VERSIONS)
def test_bundled_files_are_those_whose_digests_were_recorded(package):
    for name, digest in VERSIONS[package]["sha256"].items():
        assert hashlib.sha256(BUNDLED.joinpath(name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("package", VERSIONS)
def test_every_bundled_package_has_its_licence(package):
    assert "Copyright" in BUNDLED.joinpath(f"{package}.LICENSE").read_text()


def test_bundled_scripts_name_no_source_map_and_no_foreign_image():
    for name in {*SWAGGER_UI_ASSETS, *REDOC_ASSETS}:
        content = find_asset(name).content
        assert not re.search(rb"sourceMappingURL=[\w.-]+\.map", content)
        assert b"cdn.redoc.ly" not in content


def test_an_asset_is_compressed_for_who_takes_gzip():
    asset = find_asset("swagger-ui.css")
    plain = asset_response(asset)
    packed = asset_response(asset, accept_encoding="br, gzip")
    assert plain.body == gzip.decompress(packed.body) == asset.content
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] != packed.headers["etag"]
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
    assert plain.headers["content-type"] == "text/css; charset=utf-8"


def test_an_asset_that_the_client_has_is_not_sent_again():
    asset = find_asset("favicon.svg")
    first = asset_response(asset, accept_encoding="gzip")
    again = asset_response(
        asset, accept_encoding="gzip", if_none_match=f'"other", W/{first.headers["etag"]}'
    )
    assert (again.status_code, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other_form = asset_response(asset, if_none_match=first.headers["etag"])
    assert other_form.status_code == 200


@pytest.mark.parametrize("name", sorted({*SWAGGER_UI_ASSETS, *REDOC_ASSETS}))
def test_a_page_names_an_asset_and_its_content(name):
    value = asset_query(name).removeprefix("?asset=")
    assert re.fullmatch(rf"[0-9a-f]{{12}}/{re.escape(name)}", value)
    assert asked_asset(value) == (find_asset(name), True)
    assert asked_asset(f"000000000000/{name}") == (find_asset(name), False)
    assert asked_asset(name) == (find_asset(name), False)


@pytest.mark.parametrize("value", ["", "/", "swagger-ui.css/", "0/versions.json", "../docs.py"])
def test_nothing_else_can_be_asked_for(value):
    assert asked_asset(value) is None


def test_content_that_is_named_is_kept_for_good_and_other_content_asked_for_each_time():
    asset = find_asset("favicon.svg")
    pinned = asset_response(asset, is_pinned=True)
    assert pinned.headers["cache-control"] == "max-age=31536000, immutable"
    known = asset_response(asset, is_pinned=True, if_none_match=pinned.headers["etag"])
    assert (known.status_code, known.headers["cache-control"]) == (
        304,
        pinned.headers["cache-control"],
    )
    assert asset_response(asset).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("field", "matches"),
    [
        (None, False),
        ("", False),
        ('"a"', True),
        ('W/"a"', True),
        ('"b" , "a"', True),
        ("*", True),
        ("a", False),
        ('"b"', False),
    ],
)
def test_tags_are_compared_weakly(field, matches):
    assert etag_matches(field, '"a"') is matches


@pytest.mark.parametrize(
    ("field", "accepted"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("br, *", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("deflate, br", False),
        ("x-gzip-like", False),
    ],
)
def test_gzip_is_used_only_when_accepted(field, accepted):
    assert accepts_gzip(field) is accepted
