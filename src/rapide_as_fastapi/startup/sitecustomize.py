"""Let Rapide stand in for FastAPI from the start of an interpreter that inherits the variable.

The folder of this file is in `PYTHONPATH` where the hook is not installed. A `sitecustomize` of the
environment's own still runs, after this one.
"""

import os
import sys
from importlib import import_module

_folder = os.path.dirname(os.path.abspath(__file__))
_packages = os.path.dirname(os.path.dirname(_folder))
_path = [entry for entry in sys.path if os.path.abspath(entry) != _folder]

sys.path[:] = [_packages, *_path]
try:
    import rapide_as_fastapi

    if rapide_as_fastapi.is_wanted():
        rapide_as_fastapi.as_fastapi()
finally:
    sys.path[:] = _path

_this = sys.modules.pop(__name__)
try:
    import_module(__name__)  # the next one on the path
except ModuleNotFoundError as error:
    if error.name != __name__:
        raise
finally:
    sys.modules.setdefault(__name__, _this)
