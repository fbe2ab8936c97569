"""Functions that declare an endpoint's parameters: `q: str = Query(max_length=50)`.

Each function returns the object of the same name in `rapide.params`, typed `Any` so that it can
be the default of a parameter of any type. The options are those of `rapide.params.ParamOptions`.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Unpack

from pydantic_core import PydanticUndefined as Undefined

from rapide import params
from rapide._imported_names import add_imported_names
from rapide.params import PARAM_OPTIONS, ParamOptions


@PARAM_OPTIONS.shown
def Path(default: Any = ..., **options: Unpack[ParamOptions]) -> Any:
    """Declare a part of the path, which is always required.

    Raises:
        AssertionError: A default other than `...` is given.
    """
    return params.Path(default, **options)


@PARAM_OPTIONS.shown
def Query(default: Any = Undefined, **options: Unpack[ParamOptions]) -> Any:
    """Declare a parameter of the query string."""
    return params.Query(default, **options)


@PARAM_OPTIONS.shown
def Header(
    default: Any = Undefined,
    *,
    convert_underscores: bool = True,
    **options: Unpack[ParamOptions],
) -> Any:
    """Declare a request header.

    Args:
        default: The value if the header is missing. Without a default, the header is required.
        convert_underscores: Whether `user_agent` reads the header `user-agent`.
        options: See `rapide.params.ParamOptions`.
    """
    return params.Header(default, convert_underscores=convert_underscores, **options)


@PARAM_OPTIONS.shown
def Cookie(default: Any = Undefined, **options: Unpack[ParamOptions]) -> Any:
    """Declare a cookie."""
    return params.Cookie(default, **options)


@PARAM_OPTIONS.shown
def Body(
    default: Any = Undefined,
    *,
    embed: bool | None = None,
    media_type: str = "application/json",
    **options: Unpack[ParamOptions],
) -> Any:
    """Declare the JSON body, or one key of it.

    Args:
        default: The value if the body is missing. Without a default, the body is required.
        embed: Whether the value is under its name in a JSON object. By default, it is if there
            are several body parameters.
        media_type: The content type in the OpenAPI document.
        options: See `rapide.params.ParamOptions`.
    """
    return params.Body(default, embed=embed, media_type=media_type, **options)


@PARAM_OPTIONS.shown
def Form(
    default: Any = Undefined,
    *,
    media_type: str = "application/x-www-form-urlencoded",
    **options: Unpack[ParamOptions],
) -> Any:
    """Declare a field of a form (needs `python-multipart`)."""
    return params.Form(default, media_type=media_type, **options)


@PARAM_OPTIONS.shown
def File(
    default: Any = Undefined,
    *,
    media_type: str = "multipart/form-data",
    **options: Unpack[ParamOptions],
) -> Any:
    """Declare an uploaded file, as `bytes` or `UploadFile` (needs `python-multipart`)."""
    return params.File(default, media_type=media_type, **options)


def Depends(
    dependency: Callable[..., Any] | None = None,
    *,
    use_cache: bool = True,
    scope: Literal["function", "request"] | None = None,
    max_concurrency: int | None = None,
) -> Any:
    """Declare a value that a callable provides.

    Args:
        dependency: A function, class or other callable. A generator exits later. Defaults to the
            type of the annotation.
        use_cache: Whether a request calls it only once, even if it is declared several times.
        scope: When a generator exits: after the endpoint (`"function"`) or after the response
            (`"request"`, the default).
        max_concurrency: The maximal number of concurrent calls per `Depends` object and event
            loop; unlimited by default. Callers that wait occupy no thread.

    Raises:
        ValueError: `max_concurrency` is not a positive integer.
    """
    return params.Depends(dependency, use_cache, scope, max_concurrency=max_concurrency)


def Security(
    dependency: Callable[..., Any] | None = None,
    *,
    scopes: Sequence[str] | None = None,
    use_cache: bool = True,
) -> Any:
    """Declare a dependency that requires OAuth2 scopes.

    Args:
        dependency: As for `Depends`.
        scopes: OAuth2 scopes. The OpenAPI document shows them, and the dependency and its own
            dependencies get them as `SecurityScopes`.
        use_cache: As for `Depends`.
    """
    return params.Security(dependency, use_cache, scopes=scopes)


add_imported_names(__name__)
