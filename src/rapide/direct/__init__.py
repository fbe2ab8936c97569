"""Requests that are served without ASGI."""
