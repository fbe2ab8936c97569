"""The names and the version that the stand-in has."""

#: The FastAPI version whose interface Rapide has; also `fastapi.__version__` and in package data.
VERSION = "0.165.0"

#: The environment variable through which other processes inherit the stand-in.
VARIABLE = "RAPIDE_AS_FASTAPI"


def is_named_fastapi(name: str) -> bool:
    """Return whether a module's name is FastAPI's own."""
    return name == "fastapi" or name.startswith("fastapi.")
