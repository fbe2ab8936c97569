"""Convert any object to a value that `json.dumps` accepts."""

import dataclasses
import datetime
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from enum import Enum
from importlib import import_module
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from pathlib import Path, PurePath
from re import Pattern
from types import GeneratorType
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from pydantic import BaseModel
from pydantic.main import IncEx
from pydantic.types import SecretBytes, SecretStr
from pydantic_core import PydanticUndefinedType, Url

from rapide._documented import documented
from rapide._imported_names import add_imported_names
from rapide._replaced import current as replaced
from rapide._replaced import notice_replacements, used
from rapide.exceptions import PydanticV1NotSupportedError

Encoder = Callable[[Any], Any]
#: Encoders by the type of what they encode.
Encoders = dict[Any, Encoder]

if TYPE_CHECKING:
    # Made at the first use, and read at each use, so that applications can add their types.
    ENCODERS_BY_TYPE: dict[type, Encoder]
    encoders_by_class_tuples: dict[Encoder, tuple[Any, ...]]


def isoformat(o: datetime.date | datetime.time) -> str:
    """Return the ISO 8601 form of a date, a time or both.

    Args:
        o: The date or time.
    """
    return o.isoformat()


def decimal_encoder(dec_value: Decimal) -> int | float:
    """Return an `int` if the decimal has no fraction digits, else a `float`.

    >>> decimal_encoder(Decimal("1.0")), decimal_encoder(Decimal("1"))
    (1.0, 1)

    Args:
        dec_value: The number.
    """
    exponent = dec_value.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= 0:
        return int(dec_value)
    return float(dec_value)


def generate_encoders_by_class_tuples(
    type_encoder_map: Encoders,
) -> dict[Encoder, tuple[Any, ...]]:
    """Turn `{type: encoder}` into `{encoder: types}`, with tuples for `isinstance`."""
    types_by_encoder: dict[Encoder, tuple[Any, ...]] = defaultdict(tuple)
    for type_, encoder in type_encoder_map.items():
        types_by_encoder[encoder] += (type_,)
    return types_by_encoder


def _encoders_by_type() -> dict[type, Encoder]:
    from pydantic.networks import AnyUrl, NameEmail

    return {
        bytes: lambda o: o.decode(),
        **dict.fromkeys(_color_types(), str),
        datetime.date: isoformat,
        datetime.datetime: isoformat,
        datetime.time: isoformat,
        datetime.timedelta: lambda td: td.total_seconds(),
        Decimal: decimal_encoder,
        Enum: lambda o: o.value,
        frozenset: list,
        deque: list,
        GeneratorType: list,
        IPv4Address: str,
        IPv4Interface: str,
        IPv4Network: str,
        IPv6Address: str,
        IPv6Interface: str,
        IPv6Network: str,
        NameEmail: str,
        Path: str,
        Pattern: lambda o: o.pattern,
        SecretBytes: str,
        SecretStr: str,
        set: list,
        UUID: str,
        Url: str,
        AnyUrl: str,
    }


def _color_types() -> Iterator[type]:
    # The first module is deprecated, the second one optional.
    for module in ("pydantic.color", "pydantic_extra_types.color"):
        with suppress(ImportError):
            yield import_module(module).Color


def __getattr__(name: str) -> Any:
    # PERF: startup. The tables load Pydantic's network and color types.
    if name == "ENCODERS_BY_TYPE":
        table = globals()[name] = _encoders_by_type()
        # COMPAT: what an application adds to the table does not apply to subclasses.
        globals()["encoders_by_class_tuples"] = generate_encoders_by_class_tuples(table)
        return table
    if name == "encoders_by_class_tuples":
        _this_module.ENCODERS_BY_TYPE  # noqa: B018
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_this_module = sys.modules[__name__]

_ATOMS: frozenset[object] = frozenset((str, int, float, bool, type(None)))
_NO_TYPES: frozenset[object] = frozenset()


@dataclasses.dataclass(slots=True, frozen=True)
class _Encoding:
    """The options of one conversion, and the conversion itself."""

    by_alias: bool = True
    exclude_unset: bool = False
    exclude_defaults: bool = False
    exclude_none: bool = False
    custom_encoder: Encoders | None = None
    sqlalchemy_safe: bool = True

    def encode(self, obj: Any, include: IncEx | None = None, exclude: IncEx | None = None) -> Any:
        kind: type | None = type(obj)
        encoder = _find_encoder(self.custom_encoder, obj) if self.custom_encoder else None
        if encoder is not None:
            return encoder(obj)
        # PERF: microbench. JSON data never reaches the chain of `isinstance` below.
        if kind in _ATOMS:
            return obj
        if include is not None or exclude is not None:
            include, exclude = _as_collection(include), _as_collection(exclude)
        if kind is not dict and kind is not list:
            kind, obj = self._reduce(obj, include, exclude)
        # COMPAT: FastAPI 0.165 needs one frame for each level of nested data, so `RecursionError`
        # is raised at the same depth only if these loops are not functions of their own.
        # PERF: microbench. A value that is already JSON needs no call.
        atoms = self.atoms()
        if kind is dict:
            safe, keep_none = self.sqlalchemy_safe, not self.exclude_none
            is_whole = include is None and exclude is None
            entries = {}
            for key, value in (obj if is_whole else _selected(obj, include, exclude)).items():
                is_internal = safe and isinstance(key, str) and key.startswith("_sa")
                if not is_internal and (keep_none or value is not None):
                    new_key = key if type(key) in atoms else self.encode(key)
                    entries[new_key] = value if type(value) in atoms else self.encode(value)
            return entries
        if kind is list:
            items = []
            for item in obj:
                is_atom = type(item) in atoms
                items.append(item if is_atom else self.encode(item, include, exclude))
            return items
        return obj

    def atoms(self) -> frozenset[object]:
        """Return the types whose values need no conversion."""
        return _NO_TYPES if self.custom_encoder else _ATOMS

    def _reduce(
        self, obj: object, include: IncEx | None, exclude: IncEx | None
    ) -> tuple[type | None, object]:
        """Return `dict` or `list`, and an object whose parts are to be encoded like one of them.

        For other objects, return None and the encoded form.
        """
        if isinstance(obj, BaseModel):
            return None, self._encode_model(obj, include, exclude)
        if dataclasses.is_dataclass(obj):
            assert not isinstance(obj, type)
            return None, self.encode(dataclasses.asdict(obj), include, exclude)
        if isinstance(obj, Enum):
            return None, obj.value
        if isinstance(obj, PurePath):
            return None, str(obj)
        if isinstance(obj, (str, int, float)):
            return None, obj
        if isinstance(obj, PydanticUndefinedType):
            return None, None
        if _is_struct(obj):
            return None, self._encode_struct(obj, include, exclude)
        if isinstance(obj, dict):
            return dict, obj
        if isinstance(obj, (list, set, frozenset, GeneratorType, tuple, deque)):
            return list, obj
        return None, self._encode_other(obj, include, exclude)

    def _encode_model(
        self, model: BaseModel, include: IncEx | None, exclude: IncEx | None
    ) -> object:
        data = model.model_dump(
            mode="json",
            include=include,
            exclude=exclude,
            by_alias=self.by_alias,
            exclude_unset=self.exclude_unset,
            exclude_none=self.exclude_none,
            exclude_defaults=self.exclude_defaults,
        )
        # COMPAT: in FastAPI 0.165, custom encoders do not apply inside a model.
        rest = type(self)(exclude_none=self.exclude_none, sqlalchemy_safe=self.sqlalchemy_safe)
        return rest.encode(data)

    def _encode_struct(self, obj: object, include: IncEx | None, exclude: IncEx | None) -> object:
        # PERF: import time. Only who has Structs has msgspec.
        from rapide._struct_data import dump_value

        rest = type(self)(exclude_none=self.exclude_none, sqlalchemy_safe=self.sqlalchemy_safe)
        options = {
            "include": include,
            "exclude": exclude,
            "by_alias": self.by_alias,
            "exclude_unset": self.exclude_unset,
            "exclude_defaults": self.exclude_defaults,
            "exclude_none": self.exclude_none,
        }
        return rest.encode(dump_value(obj, rest.encode, options))

    def _encode_other(self, obj: object, include: IncEx | None, exclude: IncEx | None) -> object:
        encoder = _this_module.ENCODERS_BY_TYPE.get(type(obj)) or _find_inherited_encoder(obj)
        if encoder is not None:
            return encoder(obj)
        _refuse_pydantic_v1(obj)
        return self.encode(_fields_of(obj), include, exclude)


_DEFAULT_ENCODING = _Encoding()


class _EncodingByName(_Encoding):
    """A conversion whose parts are converted by the function that replaced `jsonable_encoder`."""

    __slots__ = ()

    def encode(self, obj: Any, include: IncEx | None = None, exclude: IncEx | None = None) -> Any:
        chosen: dict[str, Any] = {"include": include, "exclude": exclude}
        given = {name: value for name, value in chosen.items() if value is not None}
        options = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return used("encoders.jsonable_encoder", jsonable_encoder)(obj, **given, **options)

    def atoms(self) -> frozenset[object]:
        return _NO_TYPES


def _as_collection(names: IncEx | None) -> IncEx | None:
    if names is None or isinstance(names, (set, dict)):
        return names
    return cast("IncEx", set(names))


def _selected(
    obj: dict[object, object], include: IncEx | None, exclude: IncEx | None
) -> dict[object, object]:
    """Return the entries of a dictionary that are included and not excluded."""
    return {
        key: value
        for key, value in obj.items()
        if (include is None or key in include) and (exclude is None or key not in exclude)
    }


def _find_encoder(encoders: Encoders, obj: object) -> Encoder | None:
    if type(obj) in encoders:
        return encoders[type(obj)]
    for encoded_type, encoder in encoders.items():
        if isinstance(obj, encoded_type):
            return encoder
    return None


def _find_inherited_encoder(obj: object) -> Encoder | None:
    encoder: Encoder
    for encoder, types in _this_module.encoders_by_class_tuples.items():
        if isinstance(obj, types):
            return encoder
    return None


def _is_struct(obj: object) -> bool:
    """Return whether an object is a Struct of msgspec, which is not imported to find out."""
    msgspec = sys.modules.get("msgspec")
    return msgspec is not None and isinstance(obj, msgspec.Struct)


def _refuse_pydantic_v1(obj: object) -> None:
    v1 = sys.modules.get("pydantic.v1")
    if v1 is not None and isinstance(obj, v1.BaseModel):
        raise PydanticV1NotSupportedError(
            "pydantic.v1 models are no longer supported by FastAPI. Please update the model "
            f"{obj!r}: derive its class from pydantic.BaseModel."
        )


def _fields_of(obj: Any) -> object:
    """Return the content of an object of an unknown type as a dictionary."""
    try:
        return dict(obj)
    except Exception as not_a_mapping:
        try:
            return vars(obj)
        except Exception as no_attributes:
            attributes = getattr(type(obj), "__attrs_attrs__", None)
            if attributes is not None:  # an attrs class with slots
                return {item.name: getattr(obj, item.name) for item in attributes}
            raise ValueError([not_a_mapping, no_attributes]) from no_attributes


@documented
def jsonable_encoder(
    obj: Any,
    include: IncEx | None = None,
    exclude: IncEx | None = None,
    by_alias: bool = True,
    exclude_unset: bool = False,
    exclude_defaults: bool = False,
    exclude_none: bool = False,
    custom_encoder: Encoders | None = None,
    sqlalchemy_safe: bool = True,
) -> Any:
    """Convert any object to a value that `json.dumps` accepts.

    Args:
        obj: Any object. Models and dataclasses become dictionaries, and iterables become lists.
        include: Keys or fields to keep; for a list, those of its items.
        exclude: Keys or fields to omit; for a list, those of its items.
        by_alias: Whether fields of models have their aliases as keys.
        exclude_unset: Whether to omit fields of models that were not set.
        exclude_defaults: Whether to omit fields of models that equal their defaults.
        exclude_none: Whether to omit keys and fields whose value is `None`.
        custom_encoder: Functions by type. They prevail over all others, except inside models.
        sqlalchemy_safe: Whether to omit keys that start with `_sa`.

    Raises:
        ValueError: An object has neither items nor attributes.
        PydanticV1NotSupportedError: An object is a model of `pydantic.v1`.
    """
    options = (
        by_alias,
        exclude_unset,
        exclude_defaults,
        exclude_none,
        custom_encoder,
        sqlalchemy_safe,
    )
    if replaced and "encoders.jsonable_encoder" in replaced:
        return _Encoding.encode(_EncodingByName(*options), obj, include, exclude)
    # PERF: microbench. The options are nearly always the defaults.
    is_default = options == _DEFAULT_OPTIONS
    encoding = _DEFAULT_ENCODING if is_default else _Encoding(*options)
    return encoding.encode(obj, include, exclude)


_DEFAULT_OPTIONS = dataclasses.astuple(_DEFAULT_ENCODING)

add_imported_names(__name__)
notice_replacements(__name__)
