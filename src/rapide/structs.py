"""Structs of msgspec as fields of Pydantic models.

    class Order(BaseModel):
        item: Annotated[Item, InModel]  # `Item` is a Struct

Endpoints need nothing from this module: Structs are parameters and return types as they are.
"""

from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema

from rapide.schema.elsewhere import described_by


class _InModel:
    """Tells Pydantic that msgspec validates, serializes and describes a type."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        described: Any = Annotated[Any, described_by(source)]
        return handler.generate_schema(described)

    def __repr__(self) -> str:
        return "InModel"


#: In `Annotated`, it lets a Struct or an attrs class be the type of a field of a Pydantic model.
InModel: Final = _InModel()
