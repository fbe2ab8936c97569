"""What a function may need if it runs as a job, without a request."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rapide import params
from rapide.schema import ModelField
from rapide.security.base import SecurityBase
from rapide.signature.callables import (
    get_typed_signature,
    is_async_gen_callable,
    is_gen_callable,
)
from rapide.signature.errors import DeclarationError
from rapide.signature.forms import get_param_aliases
from rapide.signature.models import Dependant

_INJECTED = {
    "request_param_name": "Request",
    "websocket_param_name": "WebSocket",
    "response_param_name": "Response",
}


class NeedsRequestError(DeclarationError):
    """A part of a job's dependency graph needs a request, which a job does not have."""


class InvalidJobError(DeclarationError):
    """A function cannot be a job."""


def is_of_request(item: ModelField) -> bool:
    """Return whether a parameter can only come from a request."""
    return isinstance(item.field_info, params.Header | params.Cookie | params.Form)


def is_scheme(call: object) -> bool:
    """Return whether a dependency is a security scheme, which finds no credentials in a job."""
    return isinstance(call, SecurityBase)


def check_job(dependant: Dependant, options: Collection[str]) -> None:
    """Check that a function and its dependencies can run without a request.

    `options` are the names that arguments cannot have.

    Raises:
        DeclarationError: They cannot.
    """
    call = dependant.call
    assert call is not None
    if is_gen_callable(call) or is_async_gen_callable(call):
        error = InvalidJobError(
            "a job cannot be a generator, because it has one result",
            instead="return one value; only dependencies can use yield",
        )
        error.in_callable(call)
        raise error
    _check_graph(dependant, options)


def _check_graph(dependant: Dependant, options: Collection[str]) -> None:
    try:
        check_needs_no_request(dependant)
        if is_scheme(dependant.call):
            return
        for item in (*dependant.path_params, *dependant.query_params, *dependant.body_params):
            _check_name(item, options)
        for dependency in dependant.dependencies:
            _check_graph(dependency, options)
    except DeclarationError as error:
        # The line of a security scheme of ours would lead nowhere.
        if dependant.call is not None and not is_scheme(dependant.call):
            error.in_callable(dependant.call)
        raise


def _check_name(item: ModelField, options: Collection[str]) -> None:
    _, key = get_param_aliases(item)[0]
    if key in options and not is_of_request(item):
        raise InvalidJobError(
            f"the argument {key!r} has the name of an option of `enqueue`",
            instead=f'rename it, or give it another name outside: Body(alias="{key}_of_job")',
            parameter=item.name,
        )


def check_needs_no_request(dependant: Dependant) -> None:
    """Check that one callable can be called without a request. Its dependencies are not looked at.

    Raises:
        NeedsRequestError: It cannot.
    """
    call: Any = dependant.call
    if is_scheme(call):
        if getattr(call, "auto_error", True):
            raise NeedsRequestError(
                f"the security scheme {type(call).__name__} needs a request, and a job has none",
                instead="auto_error=False, with which the value is None in a job",
                parameter=dependant.name,
            )
        return
    signature = get_typed_signature(call)
    for slot, injected in _INJECTED.items():
        name = getattr(dependant, slot)
        if name and signature.parameters[name].default is signature.empty:
            raise NeedsRequestError(
                f"the parameter {name} needs a {injected}, and a job has none",
                instead=(
                    f"{name}: HTTPConnection, which has the application and its state in a job,"
                    f" or {name}: {injected} = None"
                ),
                parameter=name,
            )
    for item in (*dependant.header_params, *dependant.cookie_params, *dependant.body_params):
        if is_of_request(item) and item.field_info.is_required():
            kind = type(item.field_info).__name__.lower()
            raise NeedsRequestError(
                f"the {kind} parameter {item.name} needs a request, and a job has none",
                instead="a default for jobs, or a Query or Body parameter, which jobs take",
                parameter=item.name,
            )
