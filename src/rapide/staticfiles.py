"""Starlette's static files."""

from starlette.staticfiles import StaticFiles

__all__ = ["StaticFiles"]
