"""Rapide: FastAPI's programming interface, executed like a compiled service."""

__version__ = "0.1.0"

from typing import TYPE_CHECKING as _TYPE_CHECKING

from rapide._collector import importing as _importing
from rapide._submodules import loading as _loading

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

from rapide._kinship import watch_for_fastapi as _watch_for_fastapi

_watch_for_fastapi()

# If Rapide stands in for FastAPI, `__version__` is FastAPI's version.
_own_version = __version__

__getattr__ = _loading(
    __name__,
    "_compat",
    "as_fastapi",
    "dependencies",
    "middleware",
    "openapi",
    "security",
    "sse",
    "telemetry",
    "testing",
    run="server.programmatic",
    Server="server.programmatic",
)

if _TYPE_CHECKING:
    from rapide.server.programmatic import Server as Server
    from rapide.server.programmatic import run as run
    from rapide_as_fastapi import as_fastapi as as_fastapi
