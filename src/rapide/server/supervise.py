"""The program of the supervisor's process.

It is run by its path, and finds the modules beside it without the package `rapide`, whose import
would need as much memory as a worker does.
"""

import sys
from importlib import import_module
from os.path import abspath, dirname

if __name__ == "__main__":
    # Behind everything else: some modules of `rapide` have names of the standard library's.
    sys.path.append(dirname(dirname(abspath(__file__))))
    import_module("server.supervisor").main()
