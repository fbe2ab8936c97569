"""The program of a template for `rapide.run`: the same call, in a process of its own.

The script that has called `rapide.run` does not run again.
"""

from __future__ import annotations

import base64
import pickle
import sys
from importlib import import_module

if __name__ == "__main__":
    path, named, given = pickle.loads(base64.b64decode(sys.argv[1]))
    sys.path[:] = path
    import_module("rapide.server.embedded").run_application(named, given)
