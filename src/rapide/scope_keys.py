"""The keys of a scope that ASGI does not define.

Rapide reads and writes them by these names. The values are part of the interface: middleware, tools
and tests of applications use them, and most are Starlette's or FastAPI's. The keys of ASGI itself
(`type`, `path`, `headers`, `state` …) are written as literals everywhere.
"""

from typing import Final

# Starlette's keys.

APP: Final = "app"
ROUTER: Final = "router"
ENDPOINT: Final = "endpoint"
PATH_PARAMS: Final = "path_params"
#: The root path of the outermost application; `root_path` grows with each mount.
APP_ROOT_PATH: Final = "app_root_path"
#: The exception handlers by status and by class.
EXCEPTION_HANDLERS: Final = "starlette.exception_handlers"

# FastAPI's keys.

ROUTE: Final = "route"
#: The exit stack that closes the files of a form.
FILE_STACK: Final = "fastapi_middleware_astack"
#: The exit stacks of the dependencies with `yield`, by their scope.
REQUEST_STACK: Final = "fastapi_inner_astack"
FUNCTION_STACK: Final = "fastapi_function_astack"
#: The cancel scopes that shield the cleanup, by exit stack.
CLEANUP_SCOPES: Final = "fastapi_async_cleanup_scopes"
#: The observation of the request by telemetry; None for a request that is excluded.
OBSERVATION: Final = "fastapi.telemetry"
#: The dictionary that holds the five keys below.
FASTAPI: Final = "fastapi"
EFFECTIVE_ROUTE_CONTEXT: Final = "effective_route_context"
INCLUDED_ROUTER: Final = "included_router"
FORM_LIMITS: Final = "form_limits"
FRONTEND_PATH: Final = "frontend_path"
FRONTEND_SPECIFICITY: Final = "frontend_specificity"

# Keys of our own.

#: Whether the response has started: from then on no exception handler can answer.
RESPONSE_STARTED: Final = "rapide.response_started"
#: An exception that the exception handlers have seen and not answered.
UNANSWERED: Final = "rapide.unanswered"
#: A body that compiled code has read: its bytes, and its JSON if it has been decoded.
KEPT_BODY: Final = "rapide.kept_body"
#: The steps that compiled code has taken before it handed the request over.
JOURNAL: Final = "rapide.journal"
#: The span that compiled code has left open when it handed the request over.
OPEN_SPAN: Final = "rapide.open_span"
#: What may answer a request in place of the endpoint: see `distributed/answers/keeper.py`.
RECALL: Final = "rapide.recall"
