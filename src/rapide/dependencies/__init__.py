"""The machinery of dependencies under FastAPI's public names."""

from rapide._submodules import loading as _loading

__getattr__ = _loading(__name__, "models", "utils")
