"""The classes that declare where a parameter comes from and which constraints it has.

`Query()`, `Path()`, … of `rapide.param_functions` return their instances. They are Pydantic
`FieldInfo` objects, so Pydantic reads constraints and defaults from them directly.
"""

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict, Unpack

from pydantic import AliasChoices, AliasPath, Discriminator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined as Undefined
from typing_extensions import deprecated as Deprecated

from rapide._imported_names import add_imported_names
from rapide._inspection import level_outside
from rapide._once import once
from rapide._options import OptionSet
from rapide.changes import changes
from rapide.concurrency import DependencyConcurrency
from rapide.datastructures import _Unset
from rapide.exceptions import FastAPIDeprecationWarning
from rapide.types import UserCallable

if TYPE_CHECKING:
    from rapide.openapi.models import Example


class ParamTypes(Enum):
    """Where a parameter is read from (OpenAPI 3.1 section 4.8.12, field `in`)."""

    query = "query"
    header = "header"
    path = "path"
    cookie = "cookie"


class ParamOptions(TypedDict, total=False):
    """The options of every parameter, besides its default."""

    default_factory: Callable[[], Any] | None
    """Called for each request without a value, instead of a default."""
    alias: str | None
    """The name in the request. Defaults to the parameter's name."""
    alias_priority: int | None
    """Whether an alias generator may replace `alias`: 1 yes, 2 no."""
    validation_alias: str | AliasPath | AliasChoices | None
    """The name that is read; takes precedence over `alias`."""
    serialization_alias: str | None
    """The name in the OpenAPI document of a response; takes precedence over `alias`."""
    title: str | None
    """The title in the OpenAPI document. Defaults to the capitalised name."""
    description: str | None
    """The description in the OpenAPI document; may be Markdown."""
    gt: float | None
    """The exclusive lower bound of a number."""
    ge: float | None
    """The inclusive lower bound of a number."""
    lt: float | None
    """The exclusive upper bound of a number."""
    le: float | None
    """The inclusive upper bound of a number."""
    min_length: int | None
    """The minimal number of characters or items."""
    max_length: int | None
    """The maximal number of characters or items."""
    pattern: str | re.Pattern[str] | None
    """A regular expression that must match in the string."""
    regex: str | None
    """The deprecated name of `pattern`."""
    discriminator: str | Discriminator | None
    """The field or function that selects the member of a union."""
    strict: bool | None
    """Whether to reject values that would need conversion."""
    validate_default: bool | None
    """Whether to validate the default. Defaults to `False`."""
    union_mode: Literal["smart", "left_to_right"] | None
    """How the member of a union is chosen. Defaults to `"smart"`."""
    fail_fast: bool | None
    """Whether to stop at the first invalid item of a sequence."""
    multiple_of: float | None
    """A number that must divide the value."""
    allow_inf_nan: bool | None
    """Whether a float may be infinite or not a number. Defaults to `True`."""
    max_digits: int | None
    """The maximal number of digits of a decimal."""
    decimal_places: int | None
    """The maximal number of digits after the decimal point."""
    examples: list[Any] | None
    """Examples in the JSON Schema of the value."""
    example: Any | None
    """Deprecated: use `examples`."""
    openapi_examples: dict[str, "Example"] | None
    """Named examples in the OpenAPI document (OpenAPI 3.1 section 4.8.19)."""
    deprecated: Deprecated | str | bool | None
    """Whether the OpenAPI document marks the parameter as deprecated."""
    include_in_schema: bool
    """Whether the parameter is in the OpenAPI document. Defaults to `True`."""
    json_schema_extra: dict[str, Any] | Callable[[dict[str, Any]], None] | None
    """Keys added to the JSON Schema, or a function that changes it in place."""


# COMPAT: FastAPI 0.165 passes `None` for these to Pydantic, and omits the others if unset.
_NONE_BY_DEFAULT = ("gt", "ge", "lt", "le", "min_length", "max_length", "pattern", "regex")

PARAM_OPTIONS = OptionSet(
    ParamOptions,
    dict.fromkeys(ParamOptions.__annotations__, _Unset)
    | dict.fromkeys((*_NONE_BY_DEFAULT, "openapi_examples"), None)
    | {"include_in_schema": True},
)


# Pydantic marks `FieldInfo` as final; mypy reports that as `[misc]`.
class _Declaration(FieldInfo):  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
    """The common part of parameters and bodies."""

    example: Any
    include_in_schema: bool
    openapi_examples: "dict[str, Example] | None"

    @PARAM_OPTIONS.shown
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Any | None = None,
        **options: Unpack[ParamOptions],
    ) -> None:
        given = PARAM_OPTIONS.complete(options, f"{type(self).__name__}.__init__")
        self.example = given.pop("example")
        self.include_in_schema = given.pop("include_in_schema")
        self.openapi_examples = given.pop("openapi_examples")
        regex = given.pop("regex")
        if self.example is not _Unset:
            _warn_renamed("example", "examples")
        if regex is not None:
            _warn_renamed("regex", "pattern")
        given["pattern"] = given["pattern"] or regex
        _fill_aliases(given)
        set_options = {name: value for name, value in given.items() if value is not _Unset}
        super().__init__(default=default, annotation=annotation, **set_options)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.default})"

    def __copy__(self) -> "_Declaration":
        # PERF: startup. Each route has its own copy, and the generic way of `copy` is slow.
        copied: _Declaration = object.__new__(type(self))
        for read, write in _COPYING:
            write(copied, read(self))
        copied.__dict__.update(self.__dict__)
        copied.__dict__.pop("_is_served", None)
        return copied


_COPYING = [
    (slot.__get__, slot.__set__)
    for slot in (FieldInfo.__dict__[name] for name in FieldInfo.__slots__)
]


@once
def watch_declarations() -> None:
    """Make declarations that serve requests report their changes.

    PERF: startup. Before the first request, making them has no extra cost.
    """
    setattr(_Declaration, "__setattr__", _set_attribute)  # noqa: B010 - hidden from mypy


def _set_attribute(declaration: _Declaration, name: str, value: Any) -> None:
    object.__setattr__(declaration, name, value)
    if "_is_served" in declaration.__dict__:
        changes.bump_graphs()


class Param(_Declaration):  # type: ignore[misc]
    """A parameter outside the body."""

    in_: ParamTypes
    #: Whether values are strings, which stand for other types.
    is_text: ClassVar = True


class Path(Param):  # type: ignore[misc]
    """A part of the path; always required."""

    in_ = ParamTypes.path

    @PARAM_OPTIONS.shown
    def __init__(
        self,
        default: Any = ...,
        *,
        annotation: Any | None = None,
        **options: Unpack[ParamOptions],
    ) -> None:
        assert default is ..., "Path parameters cannot have a default value"
        # COMPAT: FastAPI 0.165 keeps it on each of these parameters, too.
        self.in_ = self.in_
        super().__init__(default, annotation=annotation, **options)


class Query(Param):  # type: ignore[misc]
    """A parameter of the query string."""

    in_ = ParamTypes.query


class Header(Param):  # type: ignore[misc]
    """A request header.

    `convert_underscores` says whether `user_agent` reads the header `user-agent`.
    """

    in_ = ParamTypes.header

    @PARAM_OPTIONS.shown
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Any | None = None,
        convert_underscores: bool = True,
        **options: Unpack[ParamOptions],
    ) -> None:
        self.convert_underscores = convert_underscores
        super().__init__(default, annotation=annotation, **options)


class Cookie(Param):  # type: ignore[misc]
    """A cookie."""

    in_ = ParamTypes.cookie


class Body(_Declaration):  # type: ignore[misc]
    """The JSON body, or one key of it.

    Args:
        embed: Whether the value is under its name in a JSON object. `None` means: only if there
            are several body parameters.
        media_type: The content type in the OpenAPI document.
    """

    @PARAM_OPTIONS.shown
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Any | None = None,
        embed: bool | None = None,
        media_type: str = "application/json",
        **options: Unpack[ParamOptions],
    ) -> None:
        self.embed = embed
        self.media_type = media_type
        super().__init__(default, annotation=annotation, **options)


class Form(Body):  # type: ignore[misc]
    """A field of a form."""

    is_text: ClassVar = True

    @PARAM_OPTIONS.shown
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Any | None = None,
        media_type: str = "application/x-www-form-urlencoded",
        **options: Unpack[ParamOptions],
    ) -> None:
        # A form has no `embed`: passing it is an error.
        super().__init__(
            default, annotation=annotation, embed=None, media_type=media_type, **options
        )


class File(Form):  # type: ignore[misc]
    """A file of a multipart form."""

    @PARAM_OPTIONS.shown
    def __init__(
        self,
        default: Any = Undefined,
        *,
        annotation: Any | None = None,
        media_type: str = "multipart/form-data",
        **options: Unpack[ParamOptions],
    ) -> None:
        super().__init__(default, annotation=annotation, media_type=media_type, **options)


def _warn_renamed(old: str, new: str) -> None:
    warnings.warn(
        f"`{old}` has been deprecated, please use `{new}` instead",
        category=FastAPIDeprecationWarning,
        stacklevel=level_outside("rapide."),
    )


def _fill_aliases(options: dict[str, Any]) -> None:
    alias = options["alias"]
    if options["serialization_alias"] in (_Unset, None) and isinstance(alias, str):
        options["serialization_alias"] = alias
    if options["validation_alias"] in (_Unset, None):
        options["validation_alias"] = alias


@dataclass(frozen=True)
class Depends:
    """A value that a callable provides.

    Args:
        dependency: The callable. `None` means the type of the annotation.
        use_cache: Whether a request calls it only once, even if it is declared several times.
        scope: When a generator exits: after the endpoint (`"function"`) or after the response
            (`"request"` or `None`).
        max_concurrency: The maximal number of concurrent calls per event loop; at least 1.

    Raises:
        ValueError: `max_concurrency` is not a positive integer.
    """

    dependency: UserCallable | None = None
    use_cache: bool = True
    scope: Literal["function", "request"] | None = None
    max_concurrency: int | None = field(default=None, kw_only=True)
    # It is compared by identity, so that equal declarations with a limit stay different. It is a
    # field so that `dataclasses.replace` keeps it.
    _concurrency: DependencyConcurrency | None = field(default=None, repr=False, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_concurrency", self._limit())

    def _limit(self) -> DependencyConcurrency | None:
        limit, current = self.max_concurrency, self._concurrency
        if limit is None:
            return None
        if type(limit) is not int or limit < 1:
            raise ValueError("max_concurrency must be a positive integer or None")
        same = current is not None and current.max_concurrency == limit
        return current if same else DependencyConcurrency(limit)


@dataclass(frozen=True)
class Security(Depends):
    """A dependency that requires OAuth2 scopes."""

    scopes: Sequence[str] | None = None


add_imported_names(__name__)
