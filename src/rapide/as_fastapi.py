"""Let Rapide stand in for FastAPI: `rapide.as_fastapi()`, and `python -m rapide.as_fastapi …`.

The module can be called; `rapide_as_fastapi` does the work.
"""

import sys
from types import ModuleType

from rapide._kinship import stop_watching
from rapide_as_fastapi import VERSION as VERSION
from rapide_as_fastapi import FastAPIAlreadyImported as FastAPIAlreadyImported
from rapide_as_fastapi import as_fastapi as as_fastapi
from rapide_as_fastapi import is_active as is_active
from rapide_as_fastapi import is_wanted as is_wanted


class _CallableModule(ModuleType):
    """This module, which is a function too."""

    def __call__(self) -> None:
        as_fastapi()
        stop_watching()  # FastAPI itself will not be imported


sys.modules[__name__].__class__ = _CallableModule

if __name__ == "__main__":
    from rapide_as_fastapi.command import main

    main()
