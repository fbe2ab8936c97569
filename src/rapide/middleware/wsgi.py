"""WSGI applications inside an ASGI application."""

from starlette.middleware.wsgi import WSGIMiddleware as WSGIMiddleware
