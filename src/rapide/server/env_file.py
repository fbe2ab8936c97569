"""Environment variables from a file (`--env-file`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from rapide.server.options import OptionError
from rapide.server.sockets import reason_of

#: The names that an earlier process of the same server has set from the file. It may have changed
#: since then, so they are not the environment's own.
_NAMES: Final = "_RAPIDE_ENV_FILE_NAMES"


def load_env_file(path: Path) -> None:
    """Set the variables of a file that the environment does not have.

    COMPAT: the syntax is python-dotenv's, and the environment takes precedence, as with uvicorn.

    Raises:
        OptionError: The file cannot be read, or python-dotenv is not installed.
    """
    try:
        from dotenv import load_dotenv
    except ModuleNotFoundError:
        raise OptionError("needs python-dotenv: pip install python-dotenv") from None
    for name in filter(None, os.environ.pop(_NAMES, "").split(" ")):
        os.environ.pop(name, None)
    before = {*os.environ}
    try:
        with path.open(encoding="utf-8-sig") as file:
            load_dotenv(stream=file)
    except UnicodeDecodeError as error:
        raise OptionError(f"cannot read {path}: it is not UTF-8") from error
    except (OSError, ValueError) as error:
        raise OptionError(f"cannot read {path}: {reason_of(error)}") from error
    os.environ[_NAMES] = " ".join(sorted({*os.environ} - before))
