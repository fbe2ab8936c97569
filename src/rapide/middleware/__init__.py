"""Starlette's middleware, under FastAPI's names."""

from starlette.middleware import Middleware

from rapide._submodules import loading

__all__ = ["Middleware"]

__getattr__ = loading(__name__, "asyncexitstack")
