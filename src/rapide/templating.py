"""Starlette's Jinja templates (needs `jinja2`)."""

from starlette.templating import Jinja2Templates as Jinja2Templates
