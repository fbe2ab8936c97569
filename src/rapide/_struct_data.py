"""Plain data from Structs, with the options that `response_model_exclude_none` and others set."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from pydantic import BaseModel

IncEx = Any
_DEFAULTS = {
    "include": None,
    "exclude": None,
    "by_alias": True,
    "exclude_unset": False,
    "exclude_defaults": False,
    "exclude_none": False,
}


class _Member(NamedTuple):
    """A field of an object: its name, its name in JSON, and its value."""

    name: str
    alias: str
    value: object
    is_default: bool


def is_plain_dump(options: Mapping[str, object]) -> bool:
    """Return whether options leave out and rename nothing."""
    # Structs do not record which fields were set: without a value, a field is UNSET, which is
    # left out anyway.
    return all(
        name == "exclude_unset" or value == _DEFAULTS[name] for name, value in options.items()
    )


def dump_value(
    value: Any, encode_other: Callable[[object], object], options: Mapping[str, object]
) -> object:
    """Return plain data for a value that may consist of Structs, models and containers."""
    said = {**_DEFAULTS, **options}
    include, exclude = said.pop("include"), said.pop("exclude")
    return _Dump(encode_other, said).of(value, include, exclude)


class _Dump:
    """One conversion."""

    def __init__(self, encode_other: Callable[[object], object], options: dict[str, Any]) -> None:
        self.encode_other = encode_other
        self.options = options

    def of(self, value: Any, include: IncEx = None, exclude: IncEx = None) -> object:
        if isinstance(value, BaseModel):
            return value.model_dump(mode="json", include=include, exclude=exclude, **self.options)
        members = _members(value)
        if members is not None:
            return self._object(value, members, include, exclude)
        if isinstance(value, dict):
            kept = _chosen(value, include, exclude)
            pairs = {key: self.of(value[key], *nested) for key, nested in kept}
            return self._plain(pairs)
        if isinstance(value, (list, tuple, set, frozenset)):
            items = list(value)
            return [self.of(items[i], *each) for i, each in _chosen(items, include, exclude)]
        return self._plain(value)

    def _object(
        self, value: object, members: list[_Member], include: IncEx, exclude: IncEx
    ) -> object:
        by_name = {member.name: member for member in members}
        config: Any = getattr(value, "__struct_config__", None)
        omits_defaults = self.options["exclude_defaults"] or getattr(config, "omit_defaults", False)
        dumped: dict[str, object] = {}
        if getattr(config, "tag", None) is not None:
            dumped[config.tag_field] = config.tag
        for name, nested in _chosen(by_name, include, exclude):
            member = by_name[name]
            is_omitted = (
                member.value is msgspec.UNSET
                or (member.value is None and self.options["exclude_none"])
                or (member.is_default and omits_defaults)
            )
            if not is_omitted:
                alias = member.alias if self.options["by_alias"] else name
                dumped[alias] = self.of(member.value, *nested)
        return list(dumped.values()) if getattr(config, "array_like", False) else dumped

    def _plain(self, value: object) -> object:
        return msgspec.to_builtins(value, str_keys=True, enc_hook=self.encode_other)


def _members(value: Any) -> list[_Member] | None:
    """Return the fields of a Struct, an attrs object or a dataclass; None for anything else."""
    if isinstance(value, msgspec.Struct):
        return [_member(value, info) for info in msgspec.structs.fields(type(value))]
    if isinstance(value, type):
        return None
    if hasattr(value, "__attrs_attrs__"):
        return [_attribute(value, item.name, item.default) for item in value.__attrs_attrs__]
    if dataclasses.is_dataclass(value):
        return [_attribute(value, item.name, item.default) for item in dataclasses.fields(value)]
    return None


def _attribute(value: object, name: str, default: object) -> _Member:
    """Return a field of an object whose class says the default; a factory is not called."""
    found = getattr(value, name)
    return _Member(name, name, found, bool(found is default or found == default))


def _member(value: object, info: msgspec.structs.FieldInfo) -> _Member:
    found = getattr(value, info.name)
    if info.default is not msgspec.NODEFAULT:
        is_default = found is info.default or found == info.default
    else:
        is_default = info.default_factory is not msgspec.NODEFAULT and (
            found == info.default_factory()
        )
    return _Member(info.name, info.encode_name, found, bool(is_default))


def _chosen(
    parts: Any, include: IncEx, exclude: IncEx
) -> Iterator[tuple[Any, tuple[IncEx, IncEx]]]:
    """Yield the keys or indices that are kept, with what to include and exclude below them."""
    keys = parts if isinstance(parts, dict) else range(len(parts))
    for key in keys:
        kept, left_out = _below(include, key), _below(exclude, key)
        if left_out is True or (include is not None and kept is None):
            continue
        yield key, (None if kept is True else kept, left_out)


def _below(chosen: IncEx, key: object) -> Any:
    """Return what a choice says about a key: True, a choice below it, or None for nothing."""
    if not chosen:
        return None
    names = chosen if isinstance(chosen, Mapping) else dict.fromkeys(chosen, True)
    said = names.get(key, names.get("__all__") if isinstance(key, int) else None)
    return True if said is ... else said or None
