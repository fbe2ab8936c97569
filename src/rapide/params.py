"""The classes that declare where a parameter comes from and which constraints it has.

`Query()`, `Path()`, … of `rapide.param_functions` return their instances. They are Pydantic
`FieldInfo` objects, so Pydantic reads constraints and defaults from them directly.
"""

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypedDict, Unpack

from pydantic import AliasChoices, AliasPath, Discriminator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined as Undefined
from typing_extensions import Doc
from typing_extensions import deprecated as Deprecated

from rapide._documented import documented
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

    default_factory: Annotated[
        Callable[[], Any] | None,
        Doc(
            "Called without arguments for each request that lacks the value, instead of a default."
        ),
    ]
    alias: Annotated[
        str | None, Doc("Name in requests and in the document, if it is not the parameter's name.")
    ]
    alias_priority: Annotated[
        int | None,
        Doc(
            "Whether an alias generator of a model may replace `alias`: 1 yes, 2 no; 2 by default."
        ),
    ]
    validation_alias: Annotated[
        str | AliasPath | AliasChoices | None,
        Doc("Name that is read in requests. It prevails over `alias`."),
    ]
    serialization_alias: Annotated[
        str | None,
        Doc("Name in responses, where a model uses the declaration. It prevails over `alias`."),
    ]
    title: Annotated[str | None, Doc("Title in the JSON Schema. Defaults to the capitalised name.")]
    description: Annotated[str | None, Doc("Text in the document (CommonMark).")]
    gt: Annotated[
        float | None,
        Doc("Exclusive lower bound of a number; a value outside of it is answered with 422."),
    ]
    ge: Annotated[
        float | None,
        Doc("Inclusive lower bound of a number; a value below it is answered with 422."),
    ]
    lt: Annotated[
        float | None,
        Doc("Exclusive upper bound of a number; a value outside of it is answered with 422."),
    ]
    le: Annotated[
        float | None,
        Doc("Inclusive upper bound of a number; a value above it is answered with 422."),
    ]
    min_length: Annotated[
        int | None, Doc("Smallest number of characters of a string, or of items of a list.")
    ]
    max_length: Annotated[
        int | None, Doc("Largest number of characters of a string, or of items of a list.")
    ]
    pattern: Annotated[
        str | re.Pattern[str] | None,
        Doc("Regular expression that must match a part of the string; `^` and `$` anchor it."),
    ]
    regex: Annotated[str | None, Doc("Deprecated name of `pattern`; using it warns.")]
    discriminator: Annotated[
        str | Discriminator | None,
        Doc("Field, or function, that selects the model of a union (OpenAPI 3.1 section 4.8.25)."),
    ]
    strict: Annotated[
        bool | None, Doc("Whether a value of another type is refused instead of converted.")
    ]
    validate_default: Annotated[
        bool | None,
        Doc("Whether the default is validated like a value of a request; it is not by default."),
    ]
    union_mode: Annotated[
        Literal["smart", "left_to_right"] | None,
        Doc('Which member of a union is taken: the best (`"smart"`, the default) or the first.'),
    ]
    fail_fast: Annotated[
        bool | None, Doc("Whether validation of a list stops at its first invalid item.")
    ]
    multiple_of: Annotated[float | None, Doc("Number of which a number must be a multiple.")]
    allow_inf_nan: Annotated[
        bool | None, Doc("Whether a float may be infinite or not a number; it may by default.")
    ]
    max_digits: Annotated[
        int | None,
        Doc("Largest number of digits of a `Decimal`, without leading zeros and zeros at its end."),
    ]
    decimal_places: Annotated[
        int | None,
        Doc("Largest number of digits of a `Decimal` after the point, without zeros at its end."),
    ]
    examples: Annotated[list[Any] | None, Doc("Examples in the JSON Schema of the value.")]
    example: Annotated[Any | None, Doc("Deprecated: use `examples`. Using it warns.")]
    openapi_examples: Annotated[
        "dict[str, Example] | None",
        Doc("Examples by name, which Swagger UI offers (OpenAPI 3.1 section 4.8.19)."),
    ]
    deprecated: Annotated[
        Deprecated | str | bool | None,
        Doc("Whether the document marks the parameter as deprecated. Its value is read alike."),
    ]
    include_in_schema: Annotated[
        bool, Doc("Whether the parameter is in the document. It is read in either case.")
    ]
    json_schema_extra: Annotated[
        dict[str, Any] | Callable[[dict[str, Any]], None] | None,
        Doc("Keys that are added to the JSON Schema, or a function that changes it in place."),
    ]


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


def _set_attribute(declaration: _Declaration, name: str, value: object) -> None:
    object.__setattr__(declaration, name, value)
    if "_is_served" in declaration.__dict__:
        changes.bump_graphs()


class Param(_Declaration):  # type: ignore[misc]
    """A parameter outside the body."""

    in_: ParamTypes
    #: Whether values are strings, which stand for other types.
    _rapide_is_text: ClassVar = True


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

    _rapide_is_text: ClassVar = True

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


@documented
@dataclass(frozen=True)
class Depends:
    """A value that a callable provides.

    Args:
        dependency: Function, class or other callable. None means the type of the annotation.
        use_cache: Whether a request calls it only once, even if it is declared several times.
        scope: When a generator exits: `"function"`, before the response, or `"request"`, after it.
        max_concurrency: Largest number of concurrent calls in an event loop; at least 1.

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
        object.__setattr__(self, "_concurrency", self._rapide_limit())

    def _rapide_limit(self) -> DependencyConcurrency | None:
        limit, current = self.max_concurrency, self._concurrency
        if limit is None:
            return None
        if type(limit) is not int or limit < 1:
            raise ValueError("max_concurrency must be a positive integer or None")
        same = current is not None and current.max_concurrency == limit
        return current if same else DependencyConcurrency(limit)


@documented
@dataclass(frozen=True)
class Security(Depends):
    """A dependency that requires OAuth2 scopes.

    Args:
        dependency: Function, class or other callable. None means the type of the annotation.
        use_cache: Whether a request calls it only once for the same scopes.
        scopes: OAuth2 scopes that the document lists. Dependencies read them as `SecurityScopes`.
    """

    scopes: Sequence[str] | None = None


add_imported_names(__name__)
