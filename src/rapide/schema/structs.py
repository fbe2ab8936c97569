"""Types that msgspec decodes and encodes: Structs, attrs classes, and what contains them.

Theory of operation. Pydantic refuses these types. Only then does a field look here, so an
application without them never imports this module. A `StructSchema` has the parts that a field has
from Pydantic: a validator, a serializer and an adapter, with the same methods and exceptions. So
plans, generated code and the generic path do not distinguish between the two libraries. It adds
`decode`, which makes a value from the bytes of a JSON document in one step.

The libraries also meet inside of a type. msgspec passes the types that it does not know to Pydantic
. A type that msgspec refuses as a whole, such as a union of a
Struct and a model, is Pydantic's, and each Struct in it has a codec of its own (`bridged`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from typing import Annotated, Any
from weakref import WeakValueDictionary

from pydantic import PydanticSchemaGenerationError, TypeAdapter

from rapide._once import making
from rapide.schema.adapters import Purpose, TypeSchema, build_adapter, sharing_key
from rapide.schema.errors import UnusableTypeError
from rapide.schema.struct_bridge import Bridge, bridged, split_metadata
from rapide.schema.struct_codec import (
    PlainStructSerializer,
    StructCodec,
    StructSerializer,
    StructValidator,
)


class StructSchema(TypeSchema):
    """The validator and serializer of a type that contains Structs.

    Pydantic sees `annotation` and `metadata`, in which a bridge takes the place of each part that
    msgspec handles.
    """

    __slots__ = ("_codec", "_declared", "_validator", "purpose")

    def __init__(
        self,
        annotation: object,
        metadata: Sequence[object],
        discriminator: object,
        purpose: Purpose,
    ) -> None:
        metas, rest = split_metadata(metadata)
        type_ = Annotated[(annotation, *metas)] if metas else annotation
        super().__init__(annotation, rest)
        self._declared = annotation, tuple(metadata), type_
        self.purpose: Purpose = purpose
        #: The codec, if it does everything that the declaration asks for.
        self._codec: StructCodec | None = None
        self._validator: StructValidator
        if discriminator is not None:
            raise UnusableTypeError(
                f"{annotation!r} has Structs, which msgspec distinguishes by their own tags",
                instead="class …(Struct, tag=True), without discriminator=",
            )
        with suppress(NameError):  # it may be defined later
            self.prepare()

    def prepare(self) -> None:
        """Build the codec, once every name in the type is defined.

        Raises:
            NameError: A name is not defined.
            UnusableTypeError: Neither library can handle the type.
        """
        if self.is_settled:
            return
        with making:
            annotation, _, type_ = self._declared
            try:
                codec = StructCodec(type_)
            except TypeError as error:
                self._use_pydantic(annotation, error)
                return
            whole: object = Annotated[object, Bridge(codec, self.purpose)]
            adapter = build_adapter(whole, self.metadata)
            self.annotation = whole
            if not self.metadata:
                # Fields that say the same besides have one schema.
                self.is_described_by_pydantic = not codec.has_others
                self._codec = codec
                self._validator = StructValidator(codec, self.purpose)
            self._adapter = adapter

    def _use_pydantic(self, annotation: object, reason: TypeError) -> None:
        """Let Pydantic handle the type, with a codec for each Struct in it.

        Raises:
            UnusableTypeError: That is not possible, for msgspec's `reason`.
        """
        try:
            if self._is_constraint_at_fault(annotation):
                raise reason
            replaced = bridged(annotation, self.purpose)
            _, metadata, _ = self._declared
            adapter = build_adapter(replaced, metadata)
        except (TypeError, PydanticSchemaGenerationError):
            raise UnusableTypeError(
                f"msgspec cannot handle {annotation!r}: {reason}",
                instead="a type that msgspec supports",
            ) from None
        self.annotation, self.metadata = replaced, metadata
        self._adapter = adapter

    def _is_constraint_at_fault(self, annotation: object) -> bool:
        """Return whether msgspec can handle a type without its constraints."""
        try:
            StructCodec(annotation)
        except TypeError:
            return False
        return True

    @property
    def adapter(self) -> TypeAdapter[object]:
        self.prepare()
        assert self._adapter is not None
        return self._adapter

    @property
    def is_settled(self) -> bool:
        return self._adapter is not None

    def settle(self) -> bool:
        self.prepare()
        return self.is_settled

    @property
    def undefined_name(self) -> str | None:
        try:
            self.prepare()
        except NameError as error:
            return error.name
        return None

    @property
    def is_of_msgspec(self) -> bool:
        return True

    @property
    def validator(self) -> Any:
        self.prepare()
        return self.adapter.validator if self._codec is None else self._validator

    @property
    def serializer(self) -> Any:
        self.prepare()
        return self.adapter.serializer if self._codec is None else StructSerializer(self._codec)

    @property
    def plain_serializer(self) -> Any:
        codec = self._settled_codec()
        return None if codec is None else PlainStructSerializer(codec)

    @property
    def decode(self) -> Callable[[bytes], object] | None:
        codec = self._settled_codec()
        return None if codec is None else codec.decode

    @property
    def decode_document(self) -> Callable[[bytes, object], object] | None:
        codec = self._settled_codec()
        return None if codec is None else codec.decode_document

    def _settled_codec(self) -> StructCodec | None:
        """Return the codec, if there is one and every name in the type is defined."""
        with suppress(NameError):
            self.prepare()
        return self._codec

    @property
    def is_builtin(self) -> bool:
        return False

    @property
    def is_identity_for_str(self) -> bool:
        return False


_shared: WeakValueDictionary[Hashable, StructSchema] = WeakValueDictionary()


def struct_schema(
    annotation: object, metadata: Sequence[object], discriminator: object, purpose: Purpose
) -> StructSchema:
    """Return the schema of a type with Structs, shared by all fields that declare the same.

    Raises:
        UnusableTypeError: Neither msgspec nor Pydantic can handle it.
    """
    key = sharing_key(annotation, metadata, discriminator, None)
    found = None if key is None else _shared.get((key, purpose))
    if found is not None:
        return found
    schema = StructSchema(annotation, metadata, discriminator, purpose)
    if key is not None and schema.is_settled:
        _shared[key, purpose] = schema
    return schema
