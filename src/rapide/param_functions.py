"""Functions that declare an endpoint's parameters: `q: str = Query(max_length=50)`.

Each function returns the object of the same name in `rapide.params`, typed `Any` so that it can
be the default of a parameter of any type. The options are those of `rapide.params.ParamOptions`.
Instead of this module, editors read `param_functions.pyi`, which has them one by one.
`scripts/write_stubs.py` makes it.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Unpack

from pydantic_core import PydanticUndefined as Undefined
from typing_extensions import Doc

from rapide import params
from rapide._documented import documented
from rapide._imported_names import add_imported_names
from rapide.params import PARAM_OPTIONS, ParamOptions

NoDefault = Annotated[Any, Doc("Always `...`, as a part of the path is always there.")]
DefaultValue = Annotated[
    Any, Doc("Value of requests that have none. Without it, they are answered with 422.")
]
MediaType = Annotated[
    str, Doc("Content type of the body in the document. It does not decide how a body is read.")
]


@PARAM_OPTIONS.shown
def Path(default: NoDefault = ..., **options: Unpack[ParamOptions]) -> Any:
    """Declare a part of the path, which is always required.

    Raises:
        AssertionError: A default other than `...` is given.
    """
    return params.Path(default, **options)


@PARAM_OPTIONS.shown
def Query(default: DefaultValue = Undefined, **options: Unpack[ParamOptions]) -> Any:
    """Declare a parameter of the query string."""
    return params.Query(default, **options)


@PARAM_OPTIONS.shown
def Header(
    default: DefaultValue = Undefined,
    *,
    convert_underscores: Annotated[
        bool, Doc("Whether `user_agent` reads the header `user-agent`; its case never counts.")
    ] = True,
    **options: Unpack[ParamOptions],
) -> Any:
    """Declare a request header (RFC 9110 section 6.3)."""
    return params.Header(default, convert_underscores=convert_underscores, **options)


@PARAM_OPTIONS.shown
def Cookie(default: DefaultValue = Undefined, **options: Unpack[ParamOptions]) -> Any:
    """Declare a cookie (RFC 6265)."""
    return params.Cookie(default, **options)


@PARAM_OPTIONS.shown
def Body(
    default: DefaultValue = Undefined,
    *,
    embed: Annotated[
        bool | None,
        Doc(
            "Whether the value is under its name in a JSON object. "
            "By default, it is if there are several body parameters."
        ),
    ] = None,
    media_type: MediaType = "application/json",
    **options: Unpack[ParamOptions],
) -> Any:
    """Declare the JSON body, or one key of it."""
    return params.Body(default, embed=embed, media_type=media_type, **options)


@PARAM_OPTIONS.shown
def Form(
    default: DefaultValue = Undefined,
    *,
    media_type: MediaType = "application/x-www-form-urlencoded",
    **options: Unpack[ParamOptions],
) -> Any:
    """Declare a field of a form (needs `python-multipart`)."""
    return params.Form(default, media_type=media_type, **options)


@PARAM_OPTIONS.shown
def File(
    default: DefaultValue = Undefined,
    *,
    media_type: MediaType = "multipart/form-data",
    **options: Unpack[ParamOptions],
) -> Any:
    """Declare an uploaded file, as `bytes` or `UploadFile` (needs `python-multipart`)."""
    return params.File(default, media_type=media_type, **options)


@documented
def Depends(
    dependency: Callable[..., Any] | None = None,
    *,
    use_cache: bool = True,
    scope: Literal["function", "request"] | None = None,
    max_concurrency: int | None = None,
) -> Any:
    """Declare a value that a callable provides.

    Args:
        dependency: Function, class or other callable. Defaults to the type of the annotation.
        use_cache: Whether a request calls it only once, even if it is declared several times.
        scope: When a generator exits: `"function"`, before the response, or `"request"`, after it.
        max_concurrency: Largest number of concurrent calls in an event loop. Others wait.

    Raises:
        ValueError: `max_concurrency` is not a positive integer.
    """
    return params.Depends(dependency, use_cache, scope, max_concurrency=max_concurrency)


@documented
def Security(
    dependency: Callable[..., Any] | None = None,
    *,
    scopes: Sequence[str] | None = None,
    use_cache: bool = True,
) -> Any:
    """Declare a dependency that requires OAuth2 scopes.

    Args:
        dependency: Function, class or other callable. Defaults to the type of the annotation.
        scopes: OAuth2 scopes that the document lists. Dependencies read them as `SecurityScopes`.
        use_cache: Whether a request calls it only once for the same scopes.
    """
    return params.Security(dependency, use_cache, scopes=scopes)


add_imported_names(__name__)
