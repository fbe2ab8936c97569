"""The names, signatures and classes of FastAPI."""
