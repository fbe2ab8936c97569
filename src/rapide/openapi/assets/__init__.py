"""The files that the documentation pages load, served by the application itself.

`versions.json` says which npm packages they come from and what was changed in them;
`scripts/update_docs_assets.py` makes all of them except the icon.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from rapide._once import cached_property

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
SWAGGER_UI_JS = "swagger-ui-bundle.js"
SWAGGER_UI_CSS = "swagger-ui.css"
REDOC_JS = "redoc.standalone.js"
FAVICON = "favicon.svg"
SWAGGER_UI_ASSETS = (SWAGGER_UI_JS, SWAGGER_UI_CSS, FAVICON)
REDOC_ASSETS = (REDOC_JS, FAVICON)
#: The query parameter by which a page asks for one of its files.
ASSET_PARAMETER = "asset"
#: The number of characters of a digest in a URL.
_SHORT = 12
_NAMES = {*SWAGGER_UI_ASSETS, *REDOC_ASSETS, "oauth2-redirect.js"}


@dataclass(frozen=True)
class Asset:
    """A bundled file, plain and compressed, both with strong validators."""

    content: bytes
    media_type: str

    @cached_property
    def digest(self) -> str:
        """The digest that identifies this content, also across releases."""
        return _digest(self.content)

    @property
    def etag(self) -> str:
        """The entity tag of the plain content, including quotes."""
        return f'"{self.digest}"'

    @cached_property
    def gzipped(self) -> bytes:
        """The content compressed by gzip, made at the first access."""
        return gzip.compress(self.content, mtime=0)

    @cached_property
    def gzipped_etag(self) -> str:
        """The entity tag of the compressed content (RFC 9110 section 8.8.3.3)."""
        return f'"{_digest(self.gzipped)}"'


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


@lru_cache
def find_asset(name: str) -> Asset | None:
    """Return the asset with this name, or None. Its file is read at the first use."""
    if name not in _NAMES:
        return None
    content = files(__name__).joinpath(name).read_bytes()
    return Asset(content, _MEDIA_TYPES[name[name.rindex(".") :]])


def asset_query(name: str) -> str:
    """Return the query with which a page requests an asset, including its digest."""
    asset = find_asset(name)
    assert asset is not None
    # A single parameter needs no `&`, which markup would have to escape.
    return f"?{ASSET_PARAMETER}={asset.digest[:_SHORT]}/{name}"


def asked_asset(value: str) -> tuple[Asset, bool] | None:
    """Return the requested asset, and whether the digest in the request is the current one."""
    digest, _, name = value.rpartition("/")
    asset = find_asset(name)
    return None if asset is None else (asset, digest == asset.digest[:_SHORT])


@lru_cache
def bundled_version(package: str) -> str:
    """Return `name@version` of a bundled npm package."""
    versions = json.loads(files(__name__).joinpath("versions.json").read_bytes())
    return f"{package}@{versions[package]['version']}"
