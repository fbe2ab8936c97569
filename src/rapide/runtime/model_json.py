"""Write models as JSON, where the package was built with a C compiler.

Then Python imports the extension beside this module (`model_json.c`). The class here applies
otherwise. It leaves every value to the caller, which uses Pydantic.
"""

from __future__ import annotations


class ModelEncoder:
    """Write the values of one type as JSON, with the bytes of Pydantic's serializer.

    Args:
        description: The nodes of the type, the type itself first; see `rapide.schema.writing`.
        exclude_none: Whether to omit fields of models whose value is None.
        exclude_unset: Whether to omit fields of models that were not set.
    """

    __slots__ = ()

    def __init__(
        self,
        description: tuple[tuple[object, ...], ...],
        *,
        exclude_none: bool = False,
        exclude_unset: bool = False,
    ) -> None:
        pass

    def encode(self, value: object, /) -> bytes | None:
        """Return the JSON of a value, or None if Pydantic must write it."""
        return None
