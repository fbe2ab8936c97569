"""Write down the OpenAPI documents of an application: of itself, and of those mounted in it.

    python describe.py MODULE FILE

It runs in the application's environment, on either framework. The module is one of `served/`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any


def mounted(app: Any, prefix: str = "", seen: frozenset[int] = frozenset()) -> Iterator[Any]:
    """Yield each application of the framework, with the path that it is mounted at."""
    from fastapi import FastAPI

    while app is not None and not isinstance(app, FastAPI) and not hasattr(app, "routes"):
        app = getattr(app, "app", None)
    if app is None or id(app) in seen:
        return
    if isinstance(app, FastAPI):
        yield prefix, app
    for route in list(app.routes):
        path, inner = getattr(route, "path", None), getattr(route, "app", None)
        if inner is not None and path is not None and type(route).__name__ == "Mount":
            yield from mounted(inner, prefix + path, seen | {id(app)})


def describe(name: str) -> dict[str, Any]:
    """Return everything that a sweep has to know of an application."""
    module = import_module(name)
    # A module may know them itself; what follows a `#` is no part of the paths.
    documents = module.documents() if hasattr(module, "documents") else {}
    for prefix, app in mounted(module.app) if not documents else ():
        try:
            documents[prefix] = json.loads(json.dumps(app.openapi()))
        except Exception as error:
            documents[prefix] = {"failure": f"{type(error).__name__}: {error}"}
    fastapi = sys.modules["fastapi"]
    return {
        "framework": fastapi.FastAPI.__module__.partition(".")[0],
        "distribution": module.DISTRIBUTION,
        "version": version(module.DISTRIBUTION),
        "documents": documents,
        "values": getattr(module, "VALUES", {}),
        "headers": getattr(module, "HEADERS", {}),
        "excluded": getattr(module, "EXCLUDED", []),
    }


if __name__ == "__main__":
    module, file = sys.argv[1:]
    Path(file).write_text(json.dumps(describe(module)), encoding="utf-8")
