"""FastAPI's public names of the dependency machinery."""

from rapide._submodules import loading as _loading

__getattr__ = _loading(__name__, "models", "utils")
