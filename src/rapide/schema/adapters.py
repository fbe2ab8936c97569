"""Validators and serializers, one per distinct type, shared by all fields that declare it.

Theory of operation: the annotation, the constraint metadata, the discriminator and the
configuration decide which values are valid. Titles, defaults, aliases and examples only affect the
OpenAPI document. So fields that agree in the former share one `TypeSchema`, which builds Pydantic's
validator when it is first needed. The registry holds its entries weakly: an entry lives as long as
a field uses it.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Annotated, Any, Literal, cast, get_args, get_origin
from uuid import UUID
from warnings import catch_warnings, simplefilter
from weakref import WeakValueDictionary

import annotated_types
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PydanticUndefinedAnnotation,
    PydanticUserError,
    TypeAdapter,
)
from pydantic_core import SchemaSerializer, SchemaValidator

from rapide import patches
from rapide._once import making
from rapide.datastructures import UploadFile
from rapide.schema.annotations import is_union, lenient_issubclass
from rapide.schema.namespace import make_adapter, rebuild_adapter
from rapide.schema.open_types import allowing_structs

patches.add(TypeAdapter, patches.ALL)

#: What a value is made from: a JSON body, the strings of parameters or a form, or the result of
#: an endpoint. Only for types that Pydantic does not handle, it makes a difference.
Purpose = Literal["body", "text", "answer"]

SCALARS = frozenset(
    (str, int, float, bool, bytes, NoneType, Decimal, datetime, date, time, timedelta, UUID)
)
CONTAINERS = frozenset((list, set, frozenset, dict))
_BOUNDS = {
    annotated_types.Gt: "gt",
    annotated_types.Ge: "ge",
    annotated_types.Lt: "lt",
    annotated_types.Le: "le",
    annotated_types.MultipleOf: "multiple_of",
}
_LENGTHS = {annotated_types.MinLen: "min_length", annotated_types.MaxLen: "max_length"}
_CONSTRAINTS = _BOUNDS | _LENGTHS


class _NotShareableError(Exception):
    """The annotation or its metadata has no reliable identity."""


class TypeSchema:
    """The validator and serializer of one type, built when first used."""

    __slots__ = (
        "__weakref__",
        "_adapter",
        "annotation",
        "config",
        "described",
        "discriminator",
        "is_described_by_pydantic",
        "is_known",
        "is_plain",
        "metadata",
    )

    def __init__(
        self,
        annotation: object,
        metadata: Sequence[object] = (),
        discriminator: Any = None,
        config: ConfigDict | None = None,
    ) -> None:
        self.annotation = annotation
        self.metadata = tuple(metadata)
        self.discriminator = discriminator
        self.config = config
        self.is_plain = not (self.metadata or discriminator or config)
        self.is_known = False
        self._adapter: TypeAdapter[object] | None = None
        #: Whether no user code runs while the type is described; None if not known yet.
        self.is_described_by_pydantic: bool | None = None
        #: The adapters of fields of this type, by what they say besides the type.
        self.described: dict[Hashable, TypeAdapter[object]] | None = None

    @property
    def adapter(self) -> TypeAdapter[object]:
        """Pydantic's adapter of the bare type, without titles, defaults or examples."""
        if self._adapter is None:
            with making:
                self._adapter = self._adapter or self._build()
        return self._adapter

    def _build(self) -> TypeAdapter[object]:
        extra = () if self.discriminator is None else (Field(discriminator=self.discriminator),)
        return build_adapter(self.annotation, (*self.metadata, *extra), self.config)

    @property
    def is_settled(self) -> bool:
        """Whether every name in the type is defined."""
        if self._adapter is None:
            return self.is_known
        return getattr(self._adapter, "pydantic_complete", True)

    def settle(self) -> bool:
        """Look for the names of the type that were not defined. Return whether all are."""
        if self._own_model is not None:
            return True
        adapter = self.adapter
        if not self.is_settled:
            rebuild_adapter(adapter, force=False, raise_errors=False)
        return self.is_settled

    @property
    def undefined_name(self) -> str | None:
        """The undefined name in the type; None if there is none, or if it cannot be found.

        It is only for messages: each access searches again.
        """
        try:
            own = TypeSchema(self.annotation, self.metadata, self.discriminator, self.config)
            rebuild_adapter(own.adapter, force=True, raise_errors=True)
        except PydanticUndefinedAnnotation as error:
            return error.name
        except (PydanticUserError, AttributeError):  # Pydantic < 2.10 has no `rebuild`
            return None
        return None

    @property
    def _own_model(self) -> type[BaseModel] | None:
        # PERF: a complete model carries the validator and serializer that an adapter would find.
        if self.is_plain and is_complete_model(self.annotation):
            return cast(type[BaseModel], self.annotation)
        return None

    @property
    def validator(self) -> SchemaValidator:
        """Pydantic's compiled validator."""
        owner = self._own_model
        if owner is not None:
            return owner.__pydantic_validator__  # type: ignore[return-value]
        return self.adapter.validator  # type: ignore[return-value]

    @property
    def serializer(self) -> SchemaSerializer:
        """Pydantic's compiled serializer."""
        owner = self._own_model
        if owner is not None:
            return owner.__pydantic_serializer__
        return allowing_structs(self.annotation, self.adapter.serializer)

    @property
    def is_pydantics_own(self) -> bool:
        """Whether Pydantic handles the type, and no plugin of its own can observe that."""
        if self.is_of_msgspec:
            return False
        owner = self._own_model
        own: Any = self.adapter.serializer if owner is None else owner.__pydantic_serializer__
        return type(self.validator) is SchemaValidator and type(own) is SchemaSerializer

    def prepare(self) -> None:
        """Complete `annotation` and `metadata`, if they are not what Pydantic needs yet."""

    @property
    def is_of_msgspec(self) -> bool:
        """Whether msgspec handles the type, at least in parts."""
        return False

    @property
    def plain_serializer(self) -> object:
        """A serializer that is called without options, if the type has one."""
        return None

    @property
    def decode(self) -> Callable[[bytes], object] | None:
        """A function that makes a value from a JSON document, if the type has one."""
        return None

    @property
    def decode_document(self) -> Callable[[bytes, object], object] | None:
        """The same, for a document that was also parsed, with Pydantic's exception for refusals."""
        return None

    @property
    def core_schema(self) -> object:
        """Pydantic's own description of the type."""
        owner = self._own_model
        return self.adapter.core_schema if owner is None else owner.__pydantic_core_schema__

    @property
    def is_builtin(self) -> bool:
        """Whether validating the type is certain to run no user code."""
        return not (self.discriminator or self.config) and _is_builtin(
            self.annotation, self.metadata
        )

    @property
    def is_identity_for_str(self) -> bool:
        """Whether the validation of a string always returns the same string."""
        if not self.is_plain:
            return False
        annotation = self.annotation
        if is_union(annotation):
            return all(arg is str or arg is NoneType for arg in get_args(annotation))
        return annotation is str or annotation is Any or annotation is object


def build_adapter(
    annotation: object,
    metadata: Sequence[object] = (),
    config: ConfigDict | None = None,
    *,
    now: bool = False,
) -> TypeAdapter[object]:
    """Build Pydantic's adapter of an annotation with metadata.

    A model that defers building is built when first used or, with `now`, at once.

    Raises:
        PydanticSchemaGenerationError: Pydantic cannot handle the type.
    """
    with catch_warnings():
        try:
            from pydantic.warnings import UnsupportedFieldAttributeWarning
        except ImportError:  # Pydantic < 2.12
            pass
        else:
            # Rapide applies aliases and defaults itself; Pydantic warns that it ignores them here.
            simplefilter("ignore", UnsupportedFieldAttributeWarning)
        type_ = Annotated[(annotation, *metadata)] if metadata else annotation
        adapter = make_adapter(type_, config)
        if now and not getattr(adapter, "pydantic_complete", True):
            rebuild_adapter(adapter, force=False, raise_errors=False)
        return adapter


_shared: WeakValueDictionary[Hashable, TypeSchema] = WeakValueDictionary()


def type_schema(
    annotation: object,
    metadata: Sequence[object] = (),
    discriminator: object = None,
    config: ConfigDict | None = None,
    *,
    known_good: bool = False,
) -> TypeSchema:
    """Return the schema of a type, shared by all fields of an equal type.

    A type that is not obviously valid is built at once, except with `known_good`, which is for the
    types of the fields of a complete Pydantic model.

    Raises:
        PydanticSchemaGenerationError: Pydantic cannot handle the type.
    """
    config = config or None
    key = sharing_key(annotation, metadata, discriminator, config)
    found = None if key is None else _shared.get(key)
    if found is not None:
        return found
    schema = TypeSchema(annotation, metadata, discriminator, config)
    obvious = discriminator is None and is_obviously_valid(annotation, metadata)
    schema.is_known = known_good or obvious
    if not schema.is_known:
        schema.adapter  # noqa: B018 - an invalid type must fail where it is declared
    # A type with unresolved forward references is completed later, so fields do not share it.
    if schema.is_settled and key is not None:
        _shared[key] = schema
    return schema


def is_complete_model(annotation: object) -> bool:
    """Return whether the annotation is a model class whose fields are all resolved."""
    return lenient_issubclass(annotation, BaseModel) and annotation.__pydantic_complete__


def is_obviously_valid(annotation: object, metadata: Sequence[object] = ()) -> bool:
    """Return whether Pydantic is certain to accept the type, without building anything.

    False only means that the type must be built to find out.
    """
    if metadata:
        target = _without_none(annotation)
        return all(_constraint_fits(item, target) for item in metadata)
    if isinstance(annotation, type):
        return _is_obvious_class(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return is_obviously_valid(args[0], args[1:])
    if is_union(annotation) or origin in CONTAINERS:
        return all(is_obviously_valid(arg) for arg in args)
    if origin is Literal:
        return _has_plain_values(args)
    return annotation is Any or annotation is None


def _has_plain_values(literals: Sequence[object]) -> bool:
    return all(type(item) in (str, int, bool, NoneType) for item in literals)


def _is_obvious_class(annotation: type) -> bool:
    if annotation in SCALARS or annotation in CONTAINERS or annotation is UploadFile:
        return True
    if lenient_issubclass(annotation, Enum):
        return not hasattr(annotation, "__get_pydantic_core_schema__")
    return is_complete_model(annotation)


def _is_builtin(annotation: object, metadata: Sequence[object] = ()) -> bool:
    if metadata:
        target = _without_none(annotation)
        return _is_builtin(target) and all(_constraint_fits(item, target) for item in metadata)
    if isinstance(annotation, type):
        return annotation in SCALARS
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _is_builtin(args[0], args[1:])
    if is_union(annotation) or origin in CONTAINERS:
        return all(_is_builtin(arg) for arg in args)
    if origin is Literal:
        return _has_plain_values(args)
    return annotation is None


def _without_none(annotation: object) -> object:
    if not is_union(annotation):
        return annotation
    args = [arg for arg in get_args(annotation) if arg is not NoneType]
    return args[0] if len(args) == 1 else annotation


def _constraint_fits(item: Any, target: object) -> bool:
    if type(item) in _BOUNDS:
        limit = type(getattr(item, _BOUNDS[type(item)]))
        return (target is int and limit is int) or (target is float and limit in (int, float))
    if type(item) in _LENGTHS:
        length = getattr(item, _LENGTHS[type(item)])
        return target is str and type(length) is int and length >= 0
    return False


def sharing_key(
    annotation: object, metadata: Sequence[object], discriminator: object, config: ConfigDict | None
) -> Hashable | None:
    """Return what all declarations of one type have in common; None if they cannot be compared."""
    try:
        key = (
            _annotation_key(annotation),
            tuple(_metadata_key(item) for item in metadata),
            None if discriminator is None else _metadata_key(discriminator),
            # The schema holds the configuration, so no other object gets its id.
            None if config is None else id(config),
        )
        hash(key)
    except (_NotShareableError, TypeError):
        return None
    return key


def _annotation_key(annotation: object) -> Hashable:
    # The equality of typing's objects is too coarse for a key: it ignores the order of unions and
    # literals, and this order decides the order of errors.
    if annotation is None or annotation is Any or annotation is ... or isinstance(annotation, type):
        return cast(Hashable, annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return (Literal, *((type(arg), arg) for arg in args))
    if origin is Annotated:
        return (Annotated, _annotation_key(args[0]), *(_metadata_key(item) for item in args[1:]))
    if is_union(annotation):
        return ("union", *(_annotation_key(arg) for arg in args))
    if isinstance(origin, type) and args:
        return (origin, *(_annotation_key(arg) for arg in args))
    raise _NotShareableError


def _metadata_key(item: object) -> Hashable:
    kind = type(item)
    if kind in _CONSTRAINTS:
        limit = getattr(item, _CONSTRAINTS[kind])
        return (kind, type(limit), limit)
    if kind.__name__ == "_PydanticGeneralMetadata":  # Pydantic keeps `pattern` and others in it
        return (kind, *((name, type(value), value) for name, value in sorted(vars(item).items())))
    if isinstance(item, str):
        return item
    # Identity is enough for an Annotated alias that many routes use. The schema holds the object,
    # so no other object gets its id. What is unhashable is probably mutable, so it is not shared.
    hash(item)
    return (kind, id(item))
