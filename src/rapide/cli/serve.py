"""What `rapide run` and `rapide dev` print at the start: what is served, where, and how."""

import logging
import os
from collections import Counter

import typer
from starlette.applications import Starlette

from rapide.cli.discover import Target
from rapide.cli.failures import said
from rapide.cli.listed import api_routes
from rapide.cli.verdict import Verdict, is_fastapis
from rapide.http11.outcomes import Reason
from rapide.http11.server import BELOW_ROOT_PATH, BY_ASGI
from rapide.server.options import LogFormat, Options, Protocol
from rapide.server.sockets import addresses, shown

_errors = logging.getLogger("uvicorn.error")

#: A hint for users who move to Rapide.
NOT_RAPIDE = "this is FastAPI itself: with --as-fastapi, `import fastapi` gives Rapide"
#: A hint where a function was not said to be a factory.
CALLED = "this function makes the application; --factory says so"


def announce(
    target: Target,
    options: Options,
    *,
    public_url: str | None = None,
    verbose: bool = False,
    console: str | None = None,
) -> None:
    """Print the banner; `console` is the path of the console."""
    rows = banner(target, options, public_url, console)
    if verbose:
        rows |= {
            "Found by": target.reason,
            "Folder": str(target.folder),
            "Import": f"from {target.module} import {target.name}",
        }
    if options.log_format is LogFormat.JSON:
        more = {name.lower().replace(" ", "_"): value for name, value in rows.items()}
        _errors.info("Serving %s", target.import_string, extra={"event": "start", **more})
    else:
        typer.echo(_table(rows), color=None if _takes_styles() else False)


def banner(
    target: Target, options: Options, public_url: str | None = None, console: str | None = None
) -> dict[str, str]:
    """Return the rows of the banner: the application, its address, and how it is served."""
    address = public_url.rstrip("/") if public_url else _address(options)
    docs = getattr(target.app, "docs_url", None)
    routes = _routes(target.app, options)
    return {
        "Serving": target.import_string,
        **({"Factory": CALLED} if target.is_factory and not options.factory else {}),
        "Address": address,
        **({"Docs": f"{address}{docs}"} if docs and address.startswith("http") else {}),
        **({"Console": f"{_address(options)}{console}"} if console else {}),
        "Workers": _workers(options),
        "Reload": "on" if options.reload else "off",
        **routes,
        **_advice(target, routes, options),
    }


def _advice(target: Target, rows: dict[str, str], options: Options) -> dict[str, str]:
    """Return what to do about routes that are not compiled or not direct, or where to read it."""
    of_server = _reason_of_server(options)
    if "By ASGI" in rows and of_server is not None:
        return {"Advice": of_server.advice}
    if "Generic" in rows or "By ASGI" in rows:
        return {"Advice": f"rapide explain {target.import_string} shows what you can do about it"}
    return {}


def _workers(options: Options) -> str:
    """Return the number of processes that serve."""
    return "1" if options.reload else str(options.workers or 1)


def _routes(app: object, options: Options) -> dict[str, str]:
    """Return how routes are executed, also those of mounted applications, and why."""
    if not isinstance(app, Starlette):
        return {}
    try:
        verdicts = [verdict for _, verdict in api_routes(app)]
    except Exception as error:  # of the application: each request will meet it
        return {"Compiled": f"none, as the routes cannot be read: {said(error)}"}
    generic = Counter(verdict.reason for verdict in verdicts if verdict.reason is not None)
    rows = {"Compiled": _counted(len(verdicts) - generic.total(), len(verdicts))}
    if is_fastapis(app):
        return {"Note": NOT_RAPIDE, **rows}
    if generic:
        rows["Generic"] = _told(generic)
    return rows | _roads(verdicts, options)


def _roads(verdicts: list[Verdict], options: Options) -> dict[str, str]:
    """Return how many routes are answered without ASGI, and why others are not."""
    of_server = _reason_of_server(options)
    if of_server is not None:
        told = Counter({of_server.sentence: len(verdicts)} if verdicts else {})
        number = 0
    else:
        told = Counter(reason.sentence for item in verdicts for reason in item.told_reasons)
        number = sum(not verdict.by_asgi for verdict in verdicts)
    rows = {"Direct": _counted(number, len(verdicts))}
    return rows | ({"By ASGI": _told(told)} if told else {})


def _reason_of_server(options: Options) -> Reason | None:
    """Return why the server calls every application by ASGI."""
    if options.protocol is not Protocol.RAPIDE:
        return BY_ASGI.reason
    return BELOW_ROOT_PATH.reason if options.root_path else None


def _counted(number: int, total: int) -> str:
    return f"{number} of {total} route{'' if total == 1 else 's'}"


def _told(reasons: Counter[str]) -> str:
    return "; ".join(f"{number}: {reason}" for reason, number in reasons.most_common())


def _table(rows: dict[str, str]) -> str:
    """Return the banner with its styles, which are left out where no terminal shows them."""
    from rapide import _own_version

    lines = [typer.style(f"Rapide {_own_version}", bold=True)]
    lines += [typer.style(f"  {label:<9}", dim=True) + value for label, value in rows.items()]
    return "\n".join([*lines, ""])


def _takes_styles() -> bool:
    """Return whether the user's terminal shows styles."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in ("dumb", "unknown")


def _address(options: Options) -> str:
    """Return the address to open in a browser of this machine."""
    first = addresses(options)[0]
    if first.path is not None or first.descriptor is not None:
        return str(first)
    scheme = "https" if options.ssl_certfile else "http"
    local = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
    return f"{scheme}://{shown(local.get(first.host, first.host), first.port)}"
