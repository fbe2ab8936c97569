"""Check that the form parser is installed."""

from rapide.logger import logger

# COMPAT: FastAPI 0.165's names; its test suite imports them.
multipart_not_installed_error = (
    'Form data requires "python-multipart" to be installed. \n'
    "Install it: pip install python-multipart"
)
multipart_incorrect_install_error = (
    'Form data requires "python-multipart" to be installed. '
    'It seems you installed "multipart" instead. \n'
    "Replace it: pip uninstall multipart, then pip install python-multipart"
)


def ensure_multipart_is_installed() -> None:
    """Check that forms can be parsed.

    Raises:
        RuntimeError: python-multipart is missing, or the other `multipart` hides it.
    """
    if _has_python_multipart():
        return
    try:
        from multipart import __version__  # type: ignore[import-untyped]  # noqa: F401
    except ImportError:
        _fail(multipart_not_installed_error)
    try:
        # Up to 0.0.12, python-multipart was imported as `multipart`. The other package does not
        # have this function.
        from multipart.multipart import (  # type: ignore[import-untyped]
            parse_options_header,  # noqa: F401
        )
    except ImportError:
        _fail(multipart_incorrect_install_error)


def _has_python_multipart() -> bool:
    try:
        from python_multipart import __version__
    except ImportError:
        return False
    return __version__ > "0.0.12"


def _fail(message: str) -> None:
    logger.error(message)
    raise RuntimeError(message) from None
