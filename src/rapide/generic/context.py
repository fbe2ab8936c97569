"""Find the definition of an endpoint, for error messages."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from rapide.exceptions import EndpointContext

_contexts: WeakKeyDictionary[object, EndpointContext] = WeakKeyDictionary()


def endpoint_context(endpoint: Callable[..., object] | None) -> EndpointContext:
    """Return file, line and name of an endpoint, if they can be found, in a new dictionary."""
    try:
        known = _contexts.get(endpoint)
        if known is None:
            known = _contexts[endpoint] = _find_context(endpoint)
    except TypeError:  # cannot be hashed or referenced weakly
        known = _find_context(endpoint)
    return known.copy()


def _find_context(endpoint: Any) -> EndpointContext:
    context: EndpointContext = {}
    try:
        file = inspect.getsourcefile(endpoint)
        if file is not None:
            context["file"] = file
        context["line"] = inspect.getsourcelines(endpoint)[1]
        name = getattr(endpoint, "__name__", None)
        if name is not None:
            context["function"] = name
    except Exception:  # messages omit what cannot be found
        return EndpointContext()
    return context
