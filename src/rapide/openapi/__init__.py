"""The OpenAPI document of an application, and the pages that show it."""

from rapide._submodules import loading as _loading

__getattr__ = _loading(__name__, "constants", "docs", "models", "utils")
