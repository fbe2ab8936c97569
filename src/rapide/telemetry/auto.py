"""Make exporters from environment variables when an application starts."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rapide.exceptions import FastAPIError
from rapide.logger import logger
from rapide.telemetry.config import CompleteConfig

_OFF = "pass telemetry={'auto_configure': False} to FastAPI()"
_ENDS = ("lifespan.shutdown.complete", "lifespan.shutdown.failed", "lifespan.startup.failed")

_lock = threading.RLock()
#: The providers and exporting components that were made here, and that are shut down here.
_owned: list[Any] = []
#: The providers that have got an exporter, by signal, so that each gets only one.
_exported: list[tuple[str, object]] = []


class Signal(NamedTuple):
    """One kind of telemetry."""

    #: The name in environment variables.
    name: str
    is_wanted: bool
    #: The provider that the configuration names.
    given: Any


async def serve_lifespan(
    config: CompleteConfig, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Serve a lifespan. Configure the export before the start, and flush it before the end."""

    async def configuring() -> Message:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                configure(config)
            except Exception as error:
                # An application without telemetry is better than no application.
                logger.warning("FastAPI automatic telemetry configuration failed: %s", error)
        return message

    async def flushing(message: Message) -> None:
        if message["type"] in _ENDS and _owned:
            from anyio.to_thread import run_sync

            await run_sync(_flush)
        await send(message)

    await app(scope, configuring, flushing)


def configure(config: CompleteConfig) -> None:
    """Add exporters to the providers, for the endpoints in the environment.

    An existing provider keeps its exporters and gets one more. A missing provider is made.

    Raises:
        FastAPIError: The environment asks for something that is not supported, packages are
            missing, or the provider does not take exporters.
    """
    if not config["auto_configure"] or os.getenv("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    signals = (
        Signal("TRACES", config["tracing"], config["tracer_provider"]),
        Signal("METRICS", config["metrics"], config["meter_provider"]),
        Signal("LOGS", config["logs"], config["logger_provider"]),
    )
    with _lock:
        wanted = [(signal, find_endpoint(signal.name)) for signal in signals if signal.is_wanted]
        exported = [(signal, endpoint) for signal, endpoint in wanted if endpoint is not None]
        if not exported:
            return
        try:
            from rapide.telemetry.exporters import KINDS
        except ImportError as error:
            raise FastAPIError(
                "Automatic OpenTelemetry export requires fastapi[opentelemetry] or "
                "fastapi[standard], which is rapide[opentelemetry] here: install it, configure "
                f"providers yourself, or {_OFF}."
            ) from error
        for signal, endpoint in exported:
            _export(KINDS[signal.name], signal, endpoint)


def finds_endpoint(config: CompleteConfig) -> bool:
    """Return whether the environment has an endpoint for a signal that is wanted."""
    if os.getenv("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    wanted = {"TRACES": config["tracing"], "METRICS": config["metrics"], "LOGS": config["logs"]}
    try:
        return any(find_endpoint(name) for name, is_wanted in wanted.items() if is_wanted)
    except FastAPIError:
        return False


def find_endpoint(signal: str) -> str | None:
    """Return the URL to which a signal is exported; None if it is not exported.

    SPEC: OpenTelemetry, "OTLP exporter configuration". The variable of a signal is a whole URL. The
    common variable is a base URL, to which `/v1/…` is added.

    Raises:
        FastAPIError: The environment asks for something other than OTLP over HTTP.
    """
    exporter = (os.getenv(f"OTEL_{signal}_EXPORTER") or "otlp").strip().lower()
    endpoint = os.getenv(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    common = os.getenv("OTEL_EXPORTER_OTLP_ENDPOINT")
    if not endpoint and common:
        endpoint = f"{common.removesuffix('/')}/v1/{signal.lower()}"
    if not endpoint or exporter == "none":
        return None
    if exporter != "otlp":
        raise FastAPIError(
            f"FastAPI automatic telemetry supports OTEL_{signal}_EXPORTER=otlp or none, not "
            f"{exporter!r}: configure other exporters yourself and {_OFF}."
        )
    protocol = (
        os.getenv(f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL")
        or os.getenv("OTEL_EXPORTER_OTLP_PROTOCOL")
        or "http/protobuf"
    )
    if protocol != "http/protobuf":
        raise FastAPIError(
            "FastAPI automatic telemetry requires the OTLP http/protobuf protocol, and not "
            f"{protocol!r}: configure other exporters yourself and {_OFF}."
        )
    url = urlsplit(endpoint)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise FastAPIError(
            f"Invalid OTLP {signal.lower()} endpoint {endpoint!r}: it has to be an absolute HTTP "
            "or HTTPS URL."
        )
    return endpoint


def _export(kind: Any, signal: Signal, endpoint: str) -> None:
    """Add an exporter to the provider of a signal. Make the provider if none is set."""
    from rapide.telemetry.providers import is_stand_in

    provider = _registering(kind.find() if signal.given is None else signal.given)
    if any(name == signal.name and known is provider for name, known in _exported):
        return
    if signal.given is None and is_stand_in(provider):
        made = kind.make(kind.component(endpoint))
        kind.set_global(made)
        current = kind.find()
        if current is made:
            _exported.append((signal.name, made))
            _owned.append(made)
            return
        # Other code has set a provider meanwhile. Add the exporter to that one.
        made.shutdown()
        provider = _registering(current)
    add: Callable[[object], None] | None = getattr(provider, kind.add, None)
    if not callable(add):
        raise FastAPIError(
            f"The configured OpenTelemetry {kind.name} provider does not support adding an OTLP "
            f"exporter: configure it yourself and {_OFF}."
        )
    component = kind.component(endpoint)
    try:
        add(component)
    except Exception:
        component.shutdown()
        raise
    _exported.append((signal.name, provider))
    _owned.append(component)


def _registering(provider: Any) -> object:
    """Return the provider that takes exporters. Older versions of Logfire wrap it for metrics."""
    cls = type(provider)
    is_wrapper = (cls.__module__, cls.__name__) == (
        "logfire._internal.metrics",
        "ProxyMeterProvider",
    )
    if is_wrapper and not hasattr(provider, "add_metric_reader"):
        return provider.provider
    return provider


def _flush() -> None:
    for component in tuple(_owned):
        _try(component.force_flush)


def _shutdown() -> None:
    with _lock:
        owned = tuple(_owned)
        _owned.clear()
    for component in owned:
        _try(component.shutdown)


def _try(end: Callable[[], object]) -> None:
    try:
        end()
    except Exception:
        logger.exception("FastAPI telemetry cleanup failed")


atexit.register(_shutdown)
