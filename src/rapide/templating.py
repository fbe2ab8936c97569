"""Starlette's Jinja templates (needs `jinja2`)."""

from starlette.templating import Jinja2Templates

__all__ = ["Jinja2Templates"]
