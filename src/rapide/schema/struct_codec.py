"""The decoder and the encoder of a type that msgspec handles.

They have the methods and the exceptions of Pydantic's validators and serializers, as far as fields
use them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, get_args, get_origin

import msgspec
from pydantic import PydanticSchemaGenerationError as _Refused
from pydantic_core import ValidationError, to_jsonable_python

from rapide._same_class import is_list_of
from rapide._struct_data import dump_value, is_plain_dump
from rapide.datastructures import UploadFile
from rapide.schema.adapters import Purpose, type_schema
from rapide.schema.annotations import is_msgspec_class, is_union
from rapide.schema.struct_errors import refusal
from rapide.schema.struct_types import (
    is_encoded_by_attributes,
    nested_classes,
    other_classes,
    unknown_containers,
)


def _decode_other(type_: type, value: object) -> object:
    """Validate a value inside of a Struct whose type msgspec does not know."""
    made = type_schema(type_).validator.validate_python(value)
    if type_ is UploadFile and not isinstance(made, UploadFile):
        # A form has files of Starlette's class, but msgspec compares the classes.
        return UploadFile(made.file, size=made.size, filename=made.filename, headers=made.headers)
    return made


def encode_other(value: object) -> object:
    """Return plain data for an object inside of a Struct that msgspec does not know."""
    return to_jsonable_python(value, by_alias=True)


_ENCODER: Final = msgspec.json.Encoder(enc_hook=encode_other)


class StructCodec:
    """The decoder and the encoder of one type.

    Raises:
        TypeError: msgspec cannot handle the type.
        NameError: The type uses a name that is not defined yet.
    """

    def __init__(self, type_: Any) -> None:
        self.type = type_
        decoder = msgspec.json.Decoder(type_, dec_hook=_decode_other)
        #: Makes a value from a JSON document.
        self.decode: Callable[[bytes], object] = decoder.decode
        bare = get_args(type_)[0] if get_origin(type_) is Annotated else type_
        #: The class of the values, if they need no more than to be of it.
        self.exact = get_origin(bare) or bare if is_msgspec_class(bare) else None
        self.title = getattr(self.exact, "__name__", None) or _name_of(bare)
        item = get_args(bare)[0] if get_origin(bare) is list else None
        #: The class of the items, if the values are lists of any length.
        self.exact_item: type | None = item if is_msgspec_class(item) and bare is type_ else None
        #: The classes inside of the type whose objects are encoded as what they are, even if that
        #: is more than the type says.
        self.nested = nested_classes(type_)
        self.is_encoded_by_attributes = is_encoded_by_attributes(type_)
        others = other_classes(type_)
        self.has_others = bool(others)
        for other in others:
            _check_other(other)
        if others and (containers := unknown_containers(type_)):
            raise TypeError(f"msgspec does not support the type {containers[0]!r}")

    def convert(self, value: object, *, strict: bool = True, from_attributes: bool = False) -> Any:
        """Make a value from data.

        Raises:
            ValidationError: Pydantic's exception: the data is not valid.
        """
        try:
            return self._convert(value, strict, from_attributes)
        except msgspec.ValidationError as error:
            found = self._refusal(error, value, strict, from_attributes)
        raise found

    def _convert(self, value: object, strict: bool, from_attributes: bool) -> object:
        return msgspec.convert(
            value,
            self.type,
            strict=strict,
            from_attributes=from_attributes,
            dec_hook=_decode_other,
            str_keys=True,
        )

    def _refusal(
        self,
        error: msgspec.ValidationError,
        value: object,
        strict: bool = True,
        from_attributes: bool = False,
    ) -> ValidationError:
        def check(part: object) -> str | None:
            try:
                self._convert(part, strict, from_attributes)
            except msgspec.ValidationError as again:
                return str(again)
            return None

        return refusal(error, value, check, self.title)

    def decode_document(self, document: bytes, data: object) -> object:
        """Make a value from a JSON document, which was parsed to `data`.

        Raises:
            ValidationError: Pydantic's exception: the data is not valid.
        """
        try:
            return self.decode(document)
        except msgspec.ValidationError as error:
            found = self._refusal(error, data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # The standard library also parses NaN and other encodings.
            return self.convert(data)
        raise found

    def check_answer(self, value: object) -> object:
        """Return the result of an endpoint as the type says.

        Objects of exactly the declared classes are returned unchanged, as Pydantic does with
        models. Of others, only what is declared is left.

        Raises:
            ValidationError: Pydantic's exception: the result does not fit.
        """
        for nested in self.nested:
            if nested.__subclasses__():
                value = dump_value(value, encode_other, {})
                break
        if type(value) is self.exact:
            return value
        if self.exact_item is not None and is_list_of(value, self.exact_item):
            return value
        try:
            return self._convert(value, strict=True, from_attributes=True)
        except msgspec.ValidationError:
            pass
        # As for models, text may stand for a number.
        return self.convert(value, strict=False, from_attributes=True)


def _name_of(type_: object) -> str:
    if is_union(type_):
        return " | ".join(getattr(arg, "__name__", str(arg)) for arg in get_args(type_))
    return str(type_)


def _check_other(type_: object) -> None:
    try:
        type_schema(type_)
    except _Refused:
        raise TypeError(f"neither msgspec nor Pydantic supports the type {type_!r}") from None


class StructValidator:
    """The part of a Pydantic validator that fields use."""

    __slots__ = ("validate_python",)

    def __init__(self, codec: StructCodec, purpose: Purpose) -> None:
        makes = {"body": _data_of, "text": _text_of, "answer": _answer_of}
        self.validate_python: Callable[..., object] = makes[purpose](codec)


def _data_of(codec: StructCodec) -> Callable[..., object]:
    def validate(value: object, *, from_attributes: bool | None = None) -> object:
        return codec.convert(value)

    return validate


def _text_of(codec: StructCodec) -> Callable[..., object]:
    def validate(value: object, *, from_attributes: bool | None = None) -> object:
        return codec.convert(value, strict=False)

    return validate


def _answer_of(codec: StructCodec) -> Callable[..., object]:
    # PERF: models, model_list. Most results are objects of the declared class, or lists of them.
    exact, item, check = codec.exact, codec.exact_item, codec.check_answer
    subclasses: list[Callable[[], list[type]]] = [one.__subclasses__ for one in codec.nested]

    def validate(value: object, *, from_attributes: bool | None = None) -> object:
        for are_there in subclasses:
            if are_there():
                return check(value)
        if type(value) is exact or (item is not None and is_list_of(value, item)):
            return value
        return check(value)

    return validate


class StructSerializer:
    """The part of a Pydantic serializer that fields use."""

    def __init__(self, codec: StructCodec) -> None:
        self.is_exact = not codec.is_encoded_by_attributes

    def to_json(self, value: object, **options: object) -> bytes:
        """Return JSON."""
        if self.is_exact and is_plain_dump(options):
            return _ENCODER.encode(value)
        return _ENCODER.encode(dump_value(value, encode_other, options))

    def to_python(self, value: object, *, mode: str = "python", **options: object) -> object:
        """Return JSON-native data; `mode` makes no difference."""
        return dump_value(value, encode_other, options)


class PlainStructSerializer(StructSerializer):
    """The serializer that is called without options."""

    def __init__(self, codec: StructCodec) -> None:
        super().__init__(codec)
        if self.is_exact:
            # PERF: models. Nothing is between the handler and msgspec.
            self.to_json = _ENCODER.encode  # type: ignore[method-assign, assignment]
