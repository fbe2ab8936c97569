"""Write plain values as JSON, where the package was built with a C compiler.

Then Python imports the extension beside this module (`plain_json.c`). The functions here apply
otherwise. They leave every value to the caller, which uses `json`.
"""

from __future__ import annotations


def encode(value: object, /) -> bytes | None:
    """Return the JSON of a plain value, or None for any other value.

    A value is plain if it consists of exact `str`, `int`, `float`, `bool`, `None`, `list`, `tuple`
    and `dict` objects with string keys. The bytes are those that Starlette's `JSONResponse` sends.
    """
    return None


def encode_result(value: object, /) -> bytes | None:
    """Like `encode`, but return None too if `jsonable_encoder` changes the value."""
    return None
