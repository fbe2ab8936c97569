"""Interpret the values of a form."""

from starlette.datastructures import UploadFile


def is_empty_file(value: object) -> bool:
    """Return whether a form value is that of a browser's file input without a file."""
    return isinstance(value, UploadFile) and value.filename == "" and value.size == 0
