"""Starlette's middleware, under FastAPI's names."""

from starlette.middleware import Middleware

__all__ = ["Middleware"]
