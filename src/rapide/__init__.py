"""Rapide: FastAPI's programming interface, executed like a compiled service."""

__version__ = "0.1.0"

from importlib import import_module as _import_module
from typing import Any as _Any

from rapide._collector import importing as _importing

with _importing():
    from starlette import status as status

    from rapide.applications import FastAPI as FastAPI
    from rapide.background import BackgroundTasks as BackgroundTasks
    from rapide.datastructures import UploadFile as UploadFile
    from rapide.exceptions import HTTPException as HTTPException
    from rapide.exceptions import WebSocketException as WebSocketException
    from rapide.param_functions import Body as Body
    from rapide.param_functions import Cookie as Cookie
    from rapide.param_functions import Depends as Depends
    from rapide.param_functions import File as File
    from rapide.param_functions import Form as Form
    from rapide.param_functions import Header as Header
    from rapide.param_functions import Path as Path
    from rapide.param_functions import Query as Query
    from rapide.param_functions import Security as Security
    from rapide.requests import Request as Request
    from rapide.responses import Response as Response
    from rapide.routing import APIRouter as APIRouter
    from rapide.websockets import WebSocket as WebSocket
    from rapide.websockets import WebSocketDisconnect as WebSocketDisconnect


def __getattr__(name: str) -> _Any:
    # PERF: import; these parts are loaded when they are first asked for. COMPAT: FastAPI 0.165
    # has loaded them all, so that `import fastapi` is enough for `fastapi.security.HTTPBearer`.
    if name in _LOADED_LATER:
        return _import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_LOADED_LATER = frozenset({"_compat", "dependencies", "middleware", "openapi", "security", "sse"})
