"""Uploaded files, and the marker of a value that the user did not set."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from starlette.datastructures import (
    URL,
    Address,
    FormData,
    Headers,
    QueryParams,
    State,
)
from starlette.datastructures import UploadFile as StarletteUploadFile

from rapide._documented import documented
from rapide._imported_names import add_imported_names

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler

__all__ = [
    "URL",
    "Address",
    "Default",
    "DefaultPlaceholder",
    "DefaultType",
    "FormData",
    "Headers",
    "QueryParams",
    "State",
    "UploadFile",
]


class UploadFile(StarletteUploadFile):
    """A file of a multipart form (RFC 7578).

    `read`, `write`, `seek` and `close` are coroutines; `file` is the ordinary blocking file
    for `def` endpoints.

    Args:
        file: The file, in memory or, if it is large, temporary.
        size: Its size in bytes.
        filename: Name that the client gave. Do not trust it as a path.
        headers: Headers of the part, such as `Content-Type`.
    """

    file: BinaryIO
    """The ordinary blocking file, in memory or, if it is large, temporary."""
    filename: str | None
    """The name that the client gave. Do not trust it as a path."""
    size: int | None
    """The size in bytes."""
    headers: Headers
    """The headers of the part, such as `Content-Type`."""

    @documented
    async def write(self, data: bytes) -> None:
        """Write bytes at the position of the file, in a thread if it is not in memory.

        Args:
            data: Bytes to write.
        """
        await super().write(data)

    @documented
    async def read(self, size: int = -1) -> bytes:
        """Read bytes from the position of the file on, in a thread if it is not in memory.

        Args:
            size: Largest number of bytes to read; -1 reads all that are left.
        """
        return await super().read(size)

    @documented
    async def seek(self, offset: int) -> None:
        """Set the position of the file, in a thread if it is not in memory.

        Args:
            offset: Position in bytes from the start of the file.
        """
        await super().seek(offset)

    async def close(self) -> None:
        """Close the file. Rapide does so after the response."""
        await super().close()

    @classmethod
    def _validate(cls, value: Any, _: Any) -> "UploadFile":
        if not isinstance(value, StarletteUploadFile):
            raise ValueError(f"Expected UploadFile, received: {type(value)}")
        return cast(UploadFile, value)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: Mapping[str, Any], handler: "GetJsonSchemaHandler"
    ) -> dict[str, Any]:
        return {"type": "string", "contentMediaType": "application/octet-stream"}

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: Callable[[Any], Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        from pydantic_core.core_schema import with_info_plain_validator_function

        return with_info_plain_validator_function(cls._validate)


class DefaultPlaceholder:
    """A wrapper of a default, so that inheritance can distinguish it from a value that was set."""

    def __init__(self, value: Any):
        self.value = value

    def __bool__(self) -> bool:
        return bool(self.value)

    def __eq__(self, o: object) -> bool:
        return isinstance(o, DefaultPlaceholder) and o.value == self.value

    def __reduce__(self) -> str | tuple[object, ...]:
        return "_Unset" if self is _Unset else (type(self), (self.value,))

    # Instances are compared by a value that may be unhashable.
    __hash__ = None  # type: ignore[assignment]


DefaultType = TypeVar("DefaultType")


def Default(value: DefaultType) -> DefaultType:
    """Mark `value` as a default. Type checkers see the value itself."""
    return DefaultPlaceholder(value)  # type: ignore[return-value]


# The marker of an option that is not given. Its type is `Any`, so it can be any option's default.
_Unset: Any = Default(None)

add_imported_names(__name__)
