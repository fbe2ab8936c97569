"""Responses with validators: clients load the document and the assets again only if they change."""

import hashlib
import marshal
from collections.abc import Callable, Mapping
from typing import Protocol, cast

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Router

from rapide.openapi.assets import Asset
from rapide.types import JsonObject


class DescribedApplication(Protocol):
    """The attributes of an application that its document is made from."""

    title: str
    version: str
    openapi_version: str
    summary: str | None
    description: str
    terms_of_service: str | None
    contact: JsonObject | None
    license_info: JsonObject | None
    openapi_tags: list[JsonObject] | None
    servers: list[JsonObject]
    separate_input_output_schemas: bool
    openapi_external_docs: JsonObject | None

    @property
    def routes(self) -> list[BaseRoute]: ...

    @property
    def webhooks(self) -> Router: ...


def make_document(app: DescribedApplication, get_openapi: Callable[..., JsonObject]) -> JsonObject:
    """Make the OpenAPI document of an application with this function.

    COMPAT: In FastAPI 0.165, programs can replace `applications.get_openapi`.

    Raises:
        pydantic.ValidationError: The document would not be valid OpenAPI.
    """
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version=app.openapi_version,
        summary=app.summary,
        description=app.description,
        terms_of_service=app.terms_of_service,
        contact=app.contact,
        license_info=app.license_info,
        routes=app.routes,
        webhooks=app.webhooks.routes,
        tags=app.openapi_tags,
        servers=app.servers,
        separate_input_output_schemas=app.separate_input_output_schemas,
        external_docs=app.openapi_external_docs,
    )
    if getattr(app, "_rapide_problems", None) is not None:
        from rapide.openapi.problems import describe_invalid_requests

        describe_invalid_requests(document, app)
    if getattr(app, "_rapide_document_errors", False):
        from rapide.openapi.errors import add_errors

        add_errors(document, app)
    return document


class PreparedDocument:
    """An OpenAPI document as bytes, and the entity tag of these bytes.

    The document is a dictionary that its owner may change at any time. `is_of` checks whether the
    bytes are still correct, in a fraction of the time that serializing takes.

    Args:
        schema: The document, JSON-compatible.
    """

    __slots__ = ("_fingerprint", "_snapshot", "content", "etag")

    def __init__(self, schema: Mapping[str, object]) -> None:
        self._fingerprint = _fingerprint(schema)
        self._snapshot = _copied(schema) if self._fingerprint is None else None
        self.content = bytes(JSONResponse(schema).body)
        self.etag = f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    def is_of(self, schema: Mapping[str, object]) -> bool:
        """Return whether the document is unchanged since these bytes were made."""
        if self._fingerprint is not None:
            return _fingerprint(schema) == self._fingerprint
        return bool(schema == self._snapshot)

    def response(self, if_none_match: str | None = None) -> Response:
        """Respond with 200, or with 304 if the client's tags match (RFC 9110 section 13.1.2)."""
        headers = {"etag": self.etag}
        if etag_matches(if_none_match, self.etag):
            return Response(status_code=304, headers=headers)
        return Response(self.content, headers=headers, media_type=JSONResponse.media_type)


def _fingerprint(schema: Mapping[str, object]) -> bytes | None:
    """Return the same value for the same document; None if it has objects of other classes.

    PERF: startup. A copy of a large document takes longer to make than its text.
    """
    try:
        return hashlib.sha256(marshal.dumps(cast("dict[str, object]", schema), 0)).digest()
    except ValueError:
        return None


def _copied(value: object) -> object:
    """Copy the containers of a value. The copies share the other objects in them."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value


def asset_response(
    asset: Asset,
    *,
    if_none_match: str | None = None,
    accept_encoding: str = "",
    is_pinned: bool = False,
) -> Response:
    """Respond with an asset, compressed if the client accepts gzip, or with 304.

    `if_none_match` and `accept_encoding` are the request's headers of these names. `is_pinned` says
    that the URL identifies exactly this content.
    """
    compress = accepts_gzip(accept_encoding)
    etag = asset.gzipped_etag if compress else asset.etag
    # A new release has new files under the same names. Clients keep pinned content forever, and
    # revalidate other content each time (RFC 8246).
    kept = "max-age=31536000, immutable" if is_pinned else "no-cache"
    headers = {"etag": etag, "cache-control": kept, "vary": "accept-encoding"}
    if etag_matches(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    if compress:
        headers["content-encoding"] = "gzip"
    content = asset.gzipped if compress else asset.content
    return Response(content, headers=headers, media_type=asset.media_type)


def etag_matches(if_none_match: str | None, etag: str) -> bool:
    """Compare weakly, as `If-None-Match` requires; `*` matches any tag."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or tags == ["*"]


def accepts_gzip(accept_encoding: str) -> bool:
    """Return whether gzip is acceptable: `gzip` or `*` occurs with a weight above zero."""
    weights: dict[str, bool] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        name, _, weight = parameters.partition("=")
        refused = name.strip() == "q" and not weight.strip(" \t0.")
        weights[coding.strip()] = not refused
    return weights.get("gzip", weights.get("*", False))
