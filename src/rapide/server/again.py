"""The program of a template for `rapide.run`: the same call, in a process of its own.

The script that has called `rapide.run` does not run again.
"""

from __future__ import annotations

import base64
import pickle
import sys
from collections.abc import Mapping
from importlib import import_module


def command_of(app: object, options: Mapping[str, object]) -> list[str]:
    """Return the command line of this program for a call.

    Args:
        app: The import string of the application.
        options: The options that were given.
    """
    call = pickle.dumps((sys.path, str(app), dict(options)))
    return [sys.executable, "-m", "rapide.server.again", base64.b64encode(call).decode()]


if __name__ == "__main__":
    path, named, given = pickle.loads(base64.b64decode(sys.argv[1]))
    sys.path[:] = path
    import_module("rapide.server.embedded").run_application(named, given)
