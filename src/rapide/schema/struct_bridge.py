"""What Pydantic needs to know of the parts of a type that msgspec handles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin

import annotated_types
import msgspec
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, Tag
from pydantic_core import (
    CoreSchema,
    PydanticSerializationUnexpectedValue,
    ValidationError,
    core_schema,
)

from rapide._struct_data import dump_value
from rapide.schema.adapters import Purpose
from rapide.schema.annotations import is_msgspec_class, is_union
from rapide.schema.struct_codec import StructCodec, StructValidator, encode_other
from rapide.schema.struct_documents import describe_struct

_CONSTRAINTS: Final[dict[type, str]] = {
    annotated_types.Gt: "gt",
    annotated_types.Ge: "ge",
    annotated_types.Lt: "lt",
    annotated_types.Le: "le",
    annotated_types.MultipleOf: "multiple_of",
    annotated_types.MinLen: "min_length",
    annotated_types.MaxLen: "max_length",
}


class Bridge:
    """What Pydantic needs to know of a type that has a codec (in `Annotated`)."""

    def __init__(
        self, codec: StructCodec, purpose: Purpose, *, is_one_of_several: bool = False
    ) -> None:
        self.codec = codec
        self.purpose: Purpose = purpose
        self.is_one_of_several = is_one_of_several

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        validator = StructValidator(self.codec, self.purpose)

        def serialize(value: object, info: core_schema.SerializationInfo) -> object:
            exact = self.codec.exact
            if exact is not None and not isinstance(value, exact):
                raise PydanticSerializationUnexpectedValue(f"expected {exact.__name__}")
            if info.mode == "python":
                return value
            try:
                value = self.codec.check_answer(value)  # a subclass may have more fields
            except ValidationError:
                raise PydanticSerializationUnexpectedValue(f"expected {self.codec.title}") from None
            options = {
                name: getattr(info, name)
                for name in ("include", "exclude", "exclude_unset", "exclude_defaults")
            }
            by_alias = info.by_alias is not False
            return dump_value(
                value,
                encode_other,
                options | {"by_alias": by_alias, "exclude_none": info.exclude_none},
            )

        def validate(value: object) -> object:
            return validator.validate_python(value)

        serialization = core_schema.plain_serializer_function_ser_schema(serialize, info_arg=True)
        schema = core_schema.no_info_plain_validator_function(validate, serialization=serialization)
        exact = self.codec.exact
        if exact is None or not self.is_one_of_several:
            return schema
        # An object of the class fits exactly, which decides between the members of a union.
        known = core_schema.is_instance_schema(exact, serialization=serialization)
        return core_schema.union_schema([known, schema], mode="left_to_right")

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, object]:
        generator = cast(Any, handler).generate_json_schema
        return describe_struct(self.codec.type, generator)


def bridge_of(type_: object) -> Bridge:
    """Return what tells Pydantic about a type whose values are data or objects.

    Raises:
        TypeError: msgspec cannot handle it.
    """
    return Bridge(StructCodec(type_), "answer")


def split_metadata(metadata: Sequence[object]) -> tuple[list[msgspec.Meta], list[object]]:
    """Return the constraints as msgspec has them, and what only Pydantic can apply."""
    metas: list[msgspec.Meta] = []
    rest: list[object] = []
    for item in metadata:
        if isinstance(item, msgspec.Meta):
            metas.append(item)
        elif type(item) in _CONSTRAINTS:
            name = _CONSTRAINTS[type(item)]
            metas.append(msgspec.Meta(**{name: getattr(item, name)}))
        elif type(item).__name__ == "_PydanticGeneralMetadata" and "pattern" in vars(item):
            metas.append(msgspec.Meta(pattern=vars(item)["pattern"]))
        elif hasattr(item, "__get_pydantic_core_schema__"):
            rest.append(item)
    return metas, rest


def bridged(annotation: object, purpose: Purpose) -> object:
    """Return the annotation with a bridge in the place of each Struct.

    Raises:
        TypeError: msgspec cannot handle a part of it.
    """
    if _is_struct(annotation):
        return Annotated[object, Bridge(StructCodec(annotation), purpose)]
    origin, args = get_origin(annotation), get_args(annotation)
    if not args or origin is Literal:
        return annotation
    if origin is Annotated:
        return Annotated[(bridged(args[0], purpose), *args[1:])]
    if is_union(annotation):
        return _bridged_union(args, purpose)
    return cast(Any, origin)[tuple(bridged(arg, purpose) for arg in args)]


def _bridged_union(args: tuple[object, ...], purpose: Purpose) -> object:
    """Return a union in which one bridge takes the place of all Structs."""
    structs = [arg for arg in args if _is_struct(arg)]
    if not structs:
        return Union[tuple(bridged(arg, purpose) for arg in args)]  # noqa: UP007
    # Only their tags distinguish Structs, and msgspec reads them.
    codec = StructCodec(Union[tuple(structs)])  # noqa: UP007
    bridge = Bridge(codec, purpose, is_one_of_several=purpose == "answer")
    # In the location of an error, the tag names the member of the union.
    members: list[object] = [Annotated[object, bridge, Tag(codec.title)]]
    members += [bridged(arg, purpose) for arg in args if arg not in structs]
    if not _is_struct(args[0]):
        members.append(members.pop(0))
    return Union[tuple(members)]  # noqa: UP007


def _is_struct(annotation: object) -> bool:
    return is_msgspec_class(annotation) or is_msgspec_class(get_origin(annotation))
