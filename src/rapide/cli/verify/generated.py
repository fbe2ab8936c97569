"""Generate requests from an OpenAPI document with Schemathesis."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rapide.cli.verify.exchange import Request
from rapide.cli.verify.settings import Settings, VerifyError

if TYPE_CHECKING:
    from requests import PreparedRequest
    from schemathesis import Case
    from schemathesis.schemas import APIOperation

    AnyCase = Case[Any]
    Operation = APIOperation[Any, Any, Any, Any]

_BOUNDARY = re.compile(r"boundary=([\w-]+)")
_OWN_HEADERS = frozenset({"user-agent", "x-schemathesis-testcaseid", "connection"})


def generate(
    document: object, settings: Settings, folder: Path, notes: list[str]
) -> Iterator[Request]:
    """Generate requests for each operation of a document, half of them valid and half invalid.

    Args:
        document: The OpenAPI document.
        settings: The number of requests, the seed, and the operations.
        folder: The folder in which Hypothesis may leave files.
        notes: A list to which requests that could not be generated are added.

    Raises:
        VerifyError: Schemathesis is not installed, or cannot read the document.
    """
    for operation in _operations(document, folder, notes):
        method = operation.method.upper()
        label = f"{method} {operation.path}"
        if settings.takes(label, method, operation.path):
            yield from _of_operation(operation, label, settings, notes)


def _operations(document: Any, folder: Path, notes: list[str]) -> list["Operation"]:
    try:
        import schemathesis
        from hypothesis.configuration import set_hypothesis_home_dir
        from schemathesis.config import SchemathesisConfig
        from schemathesis.core.result import Err, Ok
    except ModuleNotFoundError as error:
        raise VerifyError(
            f'to generate requests, {error.name} is needed: pip install "rapide[verify]"; '
            "recorded ones do without: --examples 0 --requests FILE"
        ) from error
    set_hypothesis_home_dir(folder / "hypothesis")
    try:
        schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig())
        results = list(schema.get_all_operations())
    except Exception as error:
        raise VerifyError(f"Schemathesis cannot read the document: {error}") from error
    notes.extend(
        f"an operation of the document is not understood: {result.err()}"
        for result in results
        if isinstance(result, Err)
    )
    return [result.ok() for result in results if isinstance(result, Ok)]


def _of_operation(
    operation: "Operation",
    label: str,
    settings: Settings,
    notes: list[str],
) -> Iterator[Request]:
    from schemathesis.generation import GenerationMode

    invalid = settings.examples // 2
    valid = settings.examples - invalid
    cases, failure = _draw(operation.as_strategy(GenerationMode.POSITIVE), valid, settings.seed)
    if failure:
        notes.append(f"not every valid request of {label} could be generated: {failure}")
    yield from dict.fromkeys(_request(case, label, "generated, valid") for case in cases)
    # An operation without parameters and body has no invalid requests. That is not a failure.
    cases, _ = _draw(operation.as_strategy(GenerationMode.NEGATIVE), invalid, settings.seed)
    yield from dict.fromkeys(_request(case, label, "generated, invalid") for case in cases)


def _draw(strategy: Any, count: int, start: int) -> tuple[list["AnyCase"], str]:
    """Return `count` cases of a strategy and, if there are fewer, the reason."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

    undisturbed = [
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ]
    cases: list[AnyCase] = []
    if not count:
        return cases, ""

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=undisturbed,
        verbosity=Verbosity.quiet,
    )
    @given(strategy)
    def draw(case: "AnyCase") -> None:
        cases.append(case)

    try:
        draw()
    except Exception as error:
        return cases, f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return cases, ""


def _request(case: "AnyCase", label: str, origin: str) -> Request:
    import requests

    arguments = case.as_transport_kwargs(base_url="http://localhost")
    prepared = requests.Request(
        **{
            name: arguments[name]
            for name in ("method", "url", "headers", "params", "cookies", "data", "files", "json")
            if name in arguments
        }
    ).prepare()
    url = urlsplit(prepared.url or "/")
    headers, body = _without_chance(prepared)
    return Request(
        method=prepared.method or "GET",
        target=f"{url.path or '/'}{'?' + url.query if url.query else ''}",
        headers=headers,
        body=body,
        origin=origin,
        label=label,
    )


def _without_chance(
    prepared: "PreparedRequest",
) -> tuple[tuple[tuple[str, str], ...], bytes | None]:
    """Return headers and body with a fixed boundary instead of a random multipart boundary."""
    headers = tuple(
        (name, value.decode("latin-1") if isinstance(value, bytes) else value)
        for name, value in prepared.headers.items()
        if name.lower() not in _OWN_HEADERS
    )
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    content_type = prepared.headers.get("Content-Type") or ""
    if isinstance(content_type, bytes):
        content_type = content_type.decode("latin-1")
    boundary = _BOUNDARY.search(content_type)
    if boundary is None or not isinstance(body, bytes):
        return headers, body if isinstance(body, bytes) else None
    fixed = "boundary-of-rapide-verify"
    return (
        tuple((name, value.replace(boundary[1], fixed)) for name, value in headers),
        body.replace(boundary[1].encode(), fixed.encode()),
    )
