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
#: As much of a digest as is written into URLs.
_SHORT = 12
_NAMES = {*SWAGGER_UI_ASSETS, *REDOC_ASSETS, "oauth2-redirect.js"}


@dataclass(frozen=True)
class Asset:
    """A bundled file, as it is and compressed, each with a strong validator."""

    content: bytes
    media_type: str

    @cached_property
    def digest(self) -> str:
        """What tells this content from any other, also from that of another release."""
        return _digest(self.content)

    @property
    def etag(self) -> str:
        """The entity tag of the content as it is, quotes included."""
        return f'"{self.digest}"'

    @cached_property
    def gzipped(self) -> bytes:
        """The content compressed by gzip; done when first asked for."""
        return gzip.compress(self.content, mtime=0)

    @cached_property
    def gzipped_etag(self) -> str:
        """The entity tag of the compressed content (RFC 9110 section 8.8.3.3)."""
        return f'"{_digest(self.gzipped)}"'


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


@lru_cache
def find_asset(name: str) -> Asset | None:
    """Return the asset of that name, read at its first use; None for any other name."""
    if name not in _NAMES:
        return None
    content = files(__name__).joinpath(name).read_bytes()
    return Asset(content, _MEDIA_TYPES[name[name.rindex(".") :]])


def asset_query(name: str) -> str:
    """Return the query by which a page asks for an asset, with what its content is now."""
    asset = find_asset(name)
    assert asset is not None
    # One parameter, and no `&`, which would have to be written differently in markup.
    return f"?{ASSET_PARAMETER}={asset.digest[:_SHORT]}/{name}"


def asked_asset(value: str) -> tuple[Asset, bool] | None:
    """Return the asset that a page asks for, and whether it is exactly the content asked for."""
    digest, _, name = value.rpartition("/")
    asset = find_asset(name)
    return None if asset is None else (asset, digest == asset.digest[:_SHORT])


@lru_cache
def bundled_version(package: str) -> str:
    """Return `name@version` of a bundled npm package."""
    versions = json.loads(files(__name__).joinpath("versions.json").read_bytes())
    return f"{package}@{versions[package]['version']}"
