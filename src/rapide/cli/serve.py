"""Serve an application with uvicorn, for `rapide run` and `rapide dev`."""

import os
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any, Required, TypedDict

import uvicorn
from rich.console import Console
from rich.text import Text
from starlette.applications import Starlette

from rapide.cli.discover import Target
from rapide.cli.explain import FASTAPIS_OWN, api_routes, is_fastapis, reason_of
from rapide.cli.failures import said
from rapide.http11.limits import HealthOptions, Limits
from rapide.routing import APIRoute

#: A hint for users who move to Rapide.
NOT_RAPIDE = "this is FastAPI itself: with --as-fastapi, `import fastapi` gives Rapide"


class ServerOptions(TypedDict, total=False):
    """The options that the commands pass on to `uvicorn.run`."""

    host: Required[str]
    port: Required[int]
    uds: str | None
    fd: int | None
    backlog: int
    reload: Required[bool]
    reload_dirs: list[str] | None
    workers: Required[int | None]
    root_path: str
    proxy_headers: bool
    forwarded_allow_ips: str | None
    ssl_keyfile: Path | None
    ssl_certfile: Path | None
    ssl_keyfile_password: str | None
    access_log: bool
    limit_concurrency: int | None
    limit_max_requests: int | None
    timeout_keep_alive: int
    timeout_graceful_shutdown: int
    log_level: str | None
    http: Any


def make_protocol(limits: Limits, health: HealthOptions | None) -> Any:
    """Return our HTTP/1.1 protocol as uvicorn's `http` option, in a form for worker processes."""
    from rapide.http11.connection import Http11Protocol

    return partial(Http11Protocol, limits=limits, health=health)


def serve(
    target: Target,
    options: ServerOptions,
    *,
    public_url: str | None = None,
    verbose: bool = False,
) -> None:
    """Print the banner, then serve until the server is stopped."""
    rows = banner(target, options, public_url)
    if verbose:
        rows |= {
            "Found by": target.reason,
            "Folder": str(target.folder),
            "Import": f"from {target.module} import {target.name}",
        }
    Console(highlight=False).print(_table(rows), soft_wrap=True)
    uvicorn.run(target.import_string, **options)


def banner(target: Target, options: ServerOptions, public_url: str | None = None) -> dict[str, str]:
    """Return the rows of the banner: the application, its address, and how it is served."""
    address = public_url.rstrip("/") if public_url else _address(options)
    docs = getattr(target.app, "docs_url", None)
    return {
        "Serving": target.import_string,
        "Address": address,
        **({"Docs": f"{address}{docs}"} if docs else {}),
        "Workers": _workers(options),
        "Reload": "on" if options["reload"] else "off",
        **_routes(target.app),
    }


def _workers(options: ServerOptions) -> str:
    """Return the number of workers that uvicorn starts."""
    if options["reload"]:
        return "1"
    return str(options["workers"] or os.environ.get("WEB_CONCURRENCY", "1"))


def _routes(app: Any) -> dict[str, str]:
    """Count the compiled routes, including mounted applications, and explain the others."""
    if not isinstance(app, Starlette):
        return {}
    try:
        routes = list(api_routes(app))
    except Exception as error:  # of the application: each request will meet it
        return {"Compiled": f"none, as the routes cannot be read: {said(error)}"}
    reasons = [
        reason_of(route) if isinstance(route.original_route, APIRoute) else FASTAPIS_OWN
        for route in routes
    ]
    generic = Counter(reason for reason in reasons if reason is not None)
    ending = "" if len(reasons) == 1 else "s"
    compiled = len(reasons) - generic.total()
    rows = {"Compiled": f"{compiled} of {len(reasons)} route{ending}"}
    if is_fastapis(app):
        return {"Note": NOT_RAPIDE, **rows}
    if generic:
        told = [f"{number}: {reason}" for reason, number in generic.most_common()]
        rows["Generic"] = "; ".join(told)
    return rows


def _table(rows: dict[str, str]) -> Text:
    from rapide import _own_version

    text = Text(f"Rapide {_own_version}\n", style="bold")
    for label, value in rows.items():
        text.append(f"  {label:<9}", style="not bold dim").append(f"{value}\n", style="not bold")
    return text


def _address(options: ServerOptions) -> str:
    """Return the address to open in a browser of this machine."""
    if uds := options.get("uds"):
        return f"unix:{uds}"
    host, scheme = options["host"], "https" if options.get("ssl_certfile") else "http"
    local = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
    shown = local.get(host) or (f"[{host}]" if ":" in host else host)
    return f"{scheme}://{shown}:{options['port']}"
