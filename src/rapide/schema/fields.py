"""`ModelField`: a value of a request or a response."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, is_dataclass
from functools import lru_cache
from typing import Any, ClassVar, Literal, cast, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic import PydanticSchemaGenerationError as PydanticSchemaGenerationError
from pydantic.fields import FieldInfo
from pydantic.main import IncEx
from pydantic_core import PydanticUndefined, SchemaSerializer, SchemaValidator

from rapide import patches
from rapide._once import making, once
from rapide.changes import changes
from rapide.exceptions import FastAPIError, PydanticV1NotSupportedError
from rapide.schema.adapters import TypeSchema, build_adapter, type_schema
from rapide.schema.annotations import (
    annotation_is_pydantic_v1,
    is_msgspec_class,
    is_union,
    lenient_issubclass,
    sequence_annotation_to_type,
    sequence_types,
)
from rapide.schema.elsewhere import other_schema, purpose_of
from rapide.schema.errors import Location, relocate_errors, unusable_type_message
from rapide.schema.namespace import validate_unsettled
from rapide.schema.sharing import DESCRIBING, description_key

RequiredParam = PydanticUndefined
Undefined = PydanticUndefined
Mode = Literal["validation", "serialization"]

# The attributes of a FieldInfo besides its annotation and constraints. From Pydantic 2.12.3 on,
# `FieldInfo.asdict()` returns the same.
_ATTRIBUTES = (
    "alias",
    "alias_priority",
    "validation_alias",
    "serialization_alias",
    "discriminator",
    *DESCRIBING,
)


def _attributes(field_info: FieldInfo) -> dict[str, Any]:
    values = ((name, getattr(field_info, name, Undefined)) for name in _ATTRIBUTES)
    return {name: value for name, value in values if value is not Undefined}


@dataclass
class _FieldShape:
    """The parts that make a field, for `dataclasses.fields`."""

    field_info: FieldInfo
    name: str
    mode: Mode = "validation"
    config: ConfigDict | None = None


class ModelField:
    """A named value with its type, constraints and aliases, like `fastapi._compat.ModelField`.

    Raises:
        PydanticSchemaGenerationError: Pydantic cannot handle the type.
    """

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_full_adapter",
        "_origin",
        "config",
        "field_info",
        "is_served",
        "mode",
        "name",
        "types",
    )

    #: COMPAT: FastAPI's class is a dataclass: `dataclasses.replace` works.
    __dataclass_fields__: ClassVar[dict[str, Any]]

    #: The original of a copied field.
    _origin: "ModelField | None"
    #: Whether a route reads requests with this field, so that changes matter.
    is_served: bool

    def __init__(
        self,
        field_info: FieldInfo,
        name: str,
        mode: Mode = "validation",
        config: ConfigDict | None = None,
        *,
        known_good: bool = False,
    ) -> None:
        self.field_info = field_info
        self.name = name
        self.mode: Mode = mode
        self.config = config
        self._full_adapter: TypeAdapter[object] | None = None
        self._origin = None
        if field_info.default_factory is not None:
            # Pydantic refuses a default beside a default factory: raise at declaration, not later.
            Field(**{name: getattr(field_info, name) for name in ("default", "default_factory")})
        # Read the types now: several parameters may share a FieldInfo that is a default value, and
        # each of them writes its own annotation into it.
        said = field_info.annotation, field_info.metadata, field_info.discriminator
        self.types: TypeSchema
        try:
            self.types = type_schema(*said, config, known_good=known_good)
        except PydanticSchemaGenerationError:
            other = other_schema(*said, purpose=purpose_of(field_info, mode))
            if other is None:
                raise
            self.types = other

    def copied(self, declaration: FieldInfo | None = None) -> "ModelField":
        """Return a copy that can be changed independently; it shares the immutable parts.

        Args:
            declaration: The `field_info` of the copy, instead of one of its own.
        """
        info = copy(self.field_info) if declaration is None else declaration
        return self._copy(info, self._origin or self)

    def __copy__(self) -> "ModelField":
        return self._copy(self.field_info, self._origin)

    def _copy(self, field_info: FieldInfo, origin: "ModelField | None") -> "ModelField":
        copied: ModelField = object.__new__(type(self))
        copied.field_info = field_info
        copied.name = self.name
        copied.mode = self.mode
        copied.config = self.config
        copied.types = self.types
        copied._full_adapter = self._full_adapter
        copied._origin = origin
        return copied

    def serve(self) -> None:
        """Report changes of the field and its declaration from now on."""
        self.is_served = True
        declared = getattr(self.field_info, "__dict__", None)
        if declared is not None:
            declared["_is_served"] = True

    def __repr__(self) -> str:
        return (
            f"ModelField(field_info={self.field_info!r}, name={self.name!r}, "
            f"mode={self.mode!r}, config={self.config!r})"
        )

    @property
    def alias(self) -> str:
        """The alias, else the name."""
        alias = self.field_info.alias
        return self.name if alias is None else alias

    @property
    def validation_alias(self) -> str | None:
        """The name that is read, if it is a plain string."""
        alias = self.field_info.validation_alias
        return alias if isinstance(alias, str) and alias else None

    @property
    def serialization_alias(self) -> str | None:
        """The name that is written."""
        return self.field_info.serialization_alias or None

    @property
    def default(self) -> object:
        """The result of `get_default()`."""
        return self.get_default()

    def get_default(self) -> object:
        """Return the default (a copy, or made by the factory), or `Undefined` if it is required."""
        if self.field_info.is_required():
            return Undefined
        return self.field_info.get_default(call_default_factory=True)

    @property
    def _type_adapter(self) -> TypeAdapter[object]:
        # The adapter with all facts about the field, which only JSON Schema needs.
        if self._origin is not None:
            return self._origin._type_adapter
        if self._full_adapter is None:
            with making:
                self._full_adapter = self._full_adapter or self._build_full_adapter()
        return self._full_adapter

    def _build_full_adapter(self) -> TypeAdapter[object]:
        types = self.types
        types.prepare()
        key = description_key(types, self.field_info)
        if key is None:
            return self._build_own_adapter()
        if types.described is None:
            types.described = {}
        adapter = types.described.get(key)
        if adapter is None:
            adapter = types.described[key] = self._build_own_adapter()
        return adapter

    def _build_own_adapter(self) -> TypeAdapter[object]:
        everything = Field(**_attributes(self.field_info))
        types = self.types
        return build_adapter(types.annotation, (*types.metadata, everything), self.config, now=True)

    @property
    def validator(self) -> SchemaValidator:
        """Pydantic's validator; call `validate_python(value, from_attributes=True)`."""
        return self.types.validator

    @property
    def serializer(self) -> SchemaSerializer:
        """Pydantic's serializer."""
        return self.types.serializer

    @property
    def is_pydantics_own(self) -> bool:
        """Whether Pydantic handles the type, and no plugin of its own can observe that."""
        return self.types.is_pydantics_own

    @property
    def is_identity_for_str(self) -> bool:
        """Whether the validation of a string always returns the same string."""
        return self.types.is_identity_for_str

    def validate(
        self,
        value: object,
        values: dict[str, object] = {},  # noqa: B006 - unused, as in FastAPI
        *,
        loc: Location = (),
    ) -> tuple[object, list[dict[str, object]]]:
        """Return the validated value and no errors, or None and errors located under `loc`."""
        try:
            if not self.types.is_settled:
                return validate_unsettled(self._type_adapter, value), []
            if patches.found:
                return self.types.adapter.validate_python(value, from_attributes=True), []
            return self.types.validator.validate_python(value, from_attributes=True), []
        except ValidationError as error:
            return None, relocate_errors(error.errors(include_url=False), loc)

    def validate_document(
        self, document: bytes, data: object, *, loc: Location
    ) -> tuple[object, list[dict[str, object]]]:
        """Validate a JSON document, parsed to `data`, by the own decoder of the field's type."""
        decode = self.types.decode_document
        assert decode is not None, "the type has no decoder"
        try:
            return decode(document, data), []
        except ValidationError as error:
            return None, relocate_errors(error.errors(include_url=False), loc)

    def serialize(
        self,
        value: object,
        *,
        mode: Literal["json", "python"] = "json",
        include: IncEx | None = None,
        exclude: IncEx | None = None,
        by_alias: bool = True,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
    ) -> object:
        """Return a validated value as plain Python data."""
        dump = self.types.adapter.dump_python if patches.found else self.types.serializer.to_python
        return dump(
            value,
            mode=mode,
            include=include,
            exclude=exclude,
            by_alias=by_alias,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
        )

    def serialize_json(
        self,
        value: object,
        *,
        include: IncEx | None = None,
        exclude: IncEx | None = None,
        by_alias: bool = True,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
    ) -> bytes:
        """Return a validated value as JSON bytes, in one pass."""
        dump = self.types.adapter.dump_json if patches.found else self.types.serializer.to_json
        return dump(
            value,
            include=include,
            exclude=exclude,
            by_alias=by_alias,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
        )


@once
def watch_fields() -> None:
    """Make fields that serve requests report their changes.

    PERF: startup. Before the first request, making fields has no extra cost.
    """
    setattr(ModelField, "__setattr__", _set_of_field)  # noqa: B010 - hidden from mypy


ModelField.__dataclass_fields__ = _FieldShape.__dataclass_fields__


def _set_of_field(field: ModelField, name: str, value: object) -> None:
    object.__setattr__(field, name, value)
    if getattr(field, "is_served", False) and name not in ("_full_adapter", "is_served"):
        changes.bump_graphs()


def create_model_field(
    name: str,
    type_: Any,
    default: object | None = Undefined,
    field_info: FieldInfo | None = None,
    alias: str | None = None,
    mode: Mode = "validation",
) -> ModelField:
    """Make a field from a type, or from a `field_info` that is already complete.

    Args:
        name: The name of the field.
        type_: The type.
        default: The value if there is none.
        field_info: Constraints and metadata, as Pydantic has them.
        alias: Name in requests and in the document.
        mode: Whether the field validates or serializes.

    Raises:
        PydanticV1NotSupportedError: The type is a model of `pydantic.v1`.
        FastAPIError: Pydantic cannot handle the type.
    """
    if annotation_is_pydantic_v1(type_):
        raise PydanticV1NotSupportedError(
            "pydantic.v1 models are no longer supported by FastAPI. Please update the response "
            f"model {type_!r}: derive it from pydantic.BaseModel."
        )
    field_info = field_info or FieldInfo(annotation=type_, default=default, alias=alias)
    try:
        return ModelField(field_info=field_info, name=name, mode=mode)
    except PydanticSchemaGenerationError:
        raise FastAPIError(unusable_type_message(type_)) from None


def copy_field_info(*, field_info: FieldInfo, annotation: Any) -> FieldInfo:
    """Copy a parameter's declaration, and merge what its annotation says into the copy."""
    merged = type(field_info).from_annotation(annotation)
    copied = copy(field_info)
    for name, value in _attributes(merged).items():
        setattr(copied, name, value)
    copied._attributes_set = merged._attributes_set.copy()
    copied.metadata = merged.metadata
    copied.annotation = merged.annotation
    return copied


def serialize_sequence_value(*, field: ModelField, value: object) -> Sequence[object]:
    """Turn a list into the kind of sequence that the field is annotated with."""
    annotation = field.field_info.annotation
    if is_union(annotation):
        annotation = next(arg for arg in get_args(annotation) if arg is not type(None))
    origin = get_origin(annotation) or annotation
    assert lenient_issubclass(origin, sequence_types)
    return cast(Sequence[Any], sequence_annotation_to_type[origin](value))


def create_body_model(
    *, fields: Sequence[ModelField], model_name: str, config: ConfigDict | None = None
) -> type[BaseModel]:
    """Make the model that describes several body parameters as a single object."""
    definitions: dict[str, Any] = {field.name: _definition(field) for field in fields}
    # COMPAT: if two models of a document have the same name, Pydantic adds their module. Use
    # FastAPI 0.165's module, so that documents stay the same.
    made = create_model(
        model_name, __config__=config, __module__="fastapi._compat.v2", **definitions
    )
    return cast(type[BaseModel], made)


def _definition(field: ModelField) -> tuple[Any, FieldInfo]:
    """Return the type of a field and the rest, as Pydantic understands them."""
    info, types = field.field_info, field.types
    if not types.is_of_msgspec:
        return info.annotation, info
    types.prepare()
    info = copy(info)
    info.annotation, info.metadata = types.annotation, list(types.metadata)  # type: ignore[assignment]
    return types.annotation, info


def get_model_fields(model: type[BaseModel]) -> list[ModelField]:
    """Return a field for every field of a model, with the model's configuration.

    The model may also be a Struct or an attrs class.
    """
    if is_msgspec_class(model):
        from rapide.schema.struct_fields import parameter_fields

        return [ModelField(info, name) for name, info in parameter_fields(model)]
    known_good = model.__pydantic_complete__
    return [
        ModelField(
            field_info=field_info,
            name=name,
            config=None if _has_own_config(field_info.annotation) else model.model_config,
            known_good=known_good,
        )
        for name, field_info in model.model_fields.items()
    ]


def _has_own_config(annotation: object) -> bool:
    return lenient_issubclass(annotation, (BaseModel, dict)) or is_dataclass(annotation)


def takes_extra(model: type) -> bool:
    """Return whether values that a parameter model does not declare matter to it."""
    if is_msgspec_class(model):
        from rapide.schema.struct_fields import refuses_unknown

        return refuses_unknown(model)
    config: Mapping[str, object] = getattr(model, "model_config", {})
    return config.get("extra") in ("allow", "forbid")


def names_fields_by_alias(model: type) -> bool:
    """Return whether the errors of a parameter model have the aliases of its fields."""
    config: Mapping[str, object] = getattr(model, "model_config", {})
    return bool(config.get("loc_by_alias", True))


@lru_cache
def get_cached_model_fields(model: type[BaseModel]) -> list[ModelField]:
    """Return `get_model_fields(model)`, remembered for the models used last."""
    return get_model_fields(model)
