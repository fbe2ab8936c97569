"""The console as a layer, for applications that ask for it.

The console is a tool that looks at applications from above, so only its name is known here.
"""

from __future__ import annotations

from importlib import import_module

from starlette.middleware import Middleware


def make_console_layer(*, is_developing: bool = False) -> Middleware:
    """Return the layer with the console. It knows applications, so it is imported when used."""
    layer = import_module("rapide.console.layer").ConsoleLayer
    list_routes = import_module("rapide.cli.listed").list_all
    return Middleware(layer, list_routes=list_routes, is_developing=is_developing)
