"""FastAPI's public names of the dependency machinery."""
