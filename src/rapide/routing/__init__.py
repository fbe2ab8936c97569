"""Routers and routes, under the names of FastAPI's `routing` module.

Functions that instrumentation replaces here by assignment are forwarded to `rapide.generic.seams`;
every route then takes the generic path, which calls them.
"""

import sys

from starlette.routing import Match as Match
from starlette.routing import Mount as Mount
from starlette.routing import compile_path as compile_path
from starlette.routing import get_name as get_name

from rapide import sse as _sse
from rapide._imported_names import add_imported_names
from rapide.encoders import jsonable_encoder as jsonable_encoder
from rapide.generic.handler import get_request_handler as get_request_handler
from rapide.generic.handler import get_websocket_app as get_websocket_app
from rapide.generic.handler import request_response as request_response
from rapide.generic.handler import run_endpoint_function as run_endpoint_function
from rapide.generic.handler import serialize_response as serialize_response
from rapide.generic.sessions import websocket_session as websocket_session
from rapide.generic.solve import SolvedDependency as SolvedDependency
from rapide.generic.solve import run_in_threadpool as run_in_threadpool
from rapide.generic.solve import solve_dependencies as solve_dependencies
from rapide.routing.included_router import RouteContext as RouteContext
from rapide.routing.included_router import _IncludedRouter as _IncludedRouter
from rapide.routing.included_router import iter_route_contexts as iter_route_contexts
from rapide.routing.inclusion import _RouterIncludeContext as _RouterIncludeContext
from rapide.routing.lifespan import nest_lifespans as _nest_lifespans
from rapide.routing.patch_points import RoutingModule as _RoutingModule
from rapide.routing.resolved import _EffectiveRouteContext as _EffectiveRouteContext
from rapide.routing.route import APIRoute as APIRoute
from rapide.routing.route import APIWebSocketRoute as APIWebSocketRoute
from rapide.routing.router import APIRouter as APIRouter
from rapide.signature.dependencies import get_dependant as get_dependant

# COMPAT: names of FastAPI 0.165's module that other code looks for.
_merge_lifespan_context = _nest_lifespans
_PING_INTERVAL = _sse._PING_INTERVAL


sys.modules[__name__].__class__ = _RoutingModule

del sys

add_imported_names(__name__)
