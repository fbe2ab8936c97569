"""Starlette's test client (needs `httpx2`, or `httpx`)."""

from starlette.testclient import TestClient

__all__ = ["TestClient"]
