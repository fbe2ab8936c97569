"""Whether a server observes its requests. Those that do not need not import what observes."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from rapide.server.options import LogFormat, Options, has_metrics
from rapide.server.sockets import bind_own_port


def needs_observer(options: Options) -> bool:
    """Return whether options ask for more than answers and uvicorn's lines."""
    return bool(
        options.health_path is not None
        or options.live_path is not None
        or options.startup_path is not None
        or options.shutdown_delay
        or has_metrics(options)
        or options.request_id
        or options.log_slow is not None
        or options.log_config is not None
        or options.access_log_format is not None
        or options.log_format is LogFormat.JSON
    )


def observe_with(options: Options) -> Any:
    """Return what makes the observer of a server, in a form for other processes; None for none."""
    return partial(make_observer, options) if needs_observer(options) else None


def make_observer(options: Options, context: Any) -> Any:
    """Return the observer of a server, for what its connections share."""
    from rapide.server.observer import Observer

    return Observer(options, context)


async def observe_from_start(config: Any, state: Any) -> list[asyncio.Server]:
    """Make the observer of a server before its first connection, if it has one.

    Args:
        config: The configuration of the server, which has been loaded.
        state: uvicorn's account of the server.

    Returns:
        What listens on the port for metrics.

    Raises:
        ListeningError: The port cannot be used.
        OSError: One of its sockets cannot listen.
    """
    given = getattr(config.http_protocol_class, "keywords", {})
    observe = given.get("observe")
    if observe is None:
        return []
    from rapide.http11.startup import context_of

    compiled = given.get("compiled", True)
    observer = context_of(config, state, given["limits"], compiled, observe).observer
    if observer is None:  # the application wants no console, and nothing else needs one
        return []
    options: Options = observer.options
    if options.metrics_port is None:
        return []
    from rapide.server.own_port import listen

    return await listen(observer, bind_own_port(options))
