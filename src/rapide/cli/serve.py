"""Serving an application with uvicorn, as `rapide run` and `rapide dev` do."""

from typing import TypedDict

import uvicorn
from rich.console import Console
from rich.text import Text

from rapide.cli.discover import Target


class ServerOptions(TypedDict):
    """What the commands pass on to `uvicorn.run`."""

    host: str
    port: int
    reload: bool
    reload_dirs: list[str] | None
    workers: int | None
    root_path: str
    proxy_headers: bool
    forwarded_allow_ips: str | None
    access_log: bool
    log_level: str | None


def serve(
    target: Target,
    options: ServerOptions,
    *,
    public_url: str | None = None,
    verbose: bool = False,
) -> None:
    """Print the banner, then serve until stopped."""
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
    """Return what is served, where and how, as labelled rows."""
    address = public_url.rstrip("/") if public_url else _address(options["host"], options["port"])
    docs = getattr(target.app, "docs_url", None)
    return {
        "Serving": target.import_string,
        "Address": address,
        **({"Docs": f"{address}{docs}"} if docs else {}),
        "Workers": str(options["workers"] or 1),
        "Reload": "on" if options["reload"] else "off",
    }


def _table(rows: dict[str, str]) -> Text:
    from rapide import _own_version

    text = Text(f"Rapide {_own_version}\n", style="bold")
    for label, value in rows.items():
        text.append(f"  {label:<9}", style="not bold dim").append(f"{value}\n", style="not bold")
    return text


def _address(host: str, port: int) -> str:
    """Return the address to open in a browser of this machine."""
    local = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
    shown = local.get(host) or (f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"
