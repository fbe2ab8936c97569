# Made from `param_functions.py` by `scripts/write_stubs.py`: change that, not this.
"""Functions that declare an endpoint's parameters: `q: str = Query(max_length=50)`."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import AliasChoices, AliasPath, Discriminator
from pydantic_core import PydanticUndefined as Undefined
from typing_extensions import deprecated as Deprecated

from rapide.datastructures import _Unset
from rapide.openapi.models import Example

def Path(
    default: Any = ...,
    *,
    default_factory: Callable[[], Any] | None = _Unset,
    alias: str | None = _Unset,
    alias_priority: int | None = _Unset,
    validation_alias: str | AliasPath | AliasChoices | None = _Unset,
    serialization_alias: str | None = _Unset,
    title: str | None = _Unset,
    description: str | None = _Unset,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | re.Pattern[str] | None = None,
    regex: str | None = None,
    discriminator: str | Discriminator | None = _Unset,
    strict: bool | None = _Unset,
    validate_default: bool | None = _Unset,
    union_mode: Literal["smart", "left_to_right"] | None = _Unset,
    fail_fast: bool | None = _Unset,
    multiple_of: float | None = _Unset,
    allow_inf_nan: bool | None = _Unset,
    max_digits: int | None = _Unset,
    decimal_places: int | None = _Unset,
    examples: list[Any] | None = _Unset,
    example: Any | None = _Unset,
    openapi_examples: dict[str, Example] | None = None,
    deprecated: Deprecated | str | bool | None = _Unset,
    include_in_schema: bool = True,
    json_schema_extra: dict[str, Any] | Callable[[dict[str, Any]], None] | None = _Unset,
) -> Any:
    """Declare a part of the path, which is always required.

    Args:
        lt: Exclusive upper bound of a number; a value outside of it is answered with 422.
        default: Always `...`, as a part of the path is always there.
        default_factory: Called without arguments for each request that lacks the value, instead of a default.
        alias: Name in requests and in the document, if it is not the parameter's name.
        alias_priority: Whether an alias generator of a model may replace `alias`: 1 yes, 2 no; 2 by default.
        validation_alias: Name that is read in requests. It prevails over `alias`.
        serialization_alias: Name in responses, where a model uses the declaration. It prevails over `alias`.
        le: Inclusive upper bound of a number; a value above it is answered with 422.
        title: Title in the JSON Schema. Defaults to the capitalised name.
        description: Text in the document (CommonMark).
        gt: Exclusive lower bound of a number; a value outside of it is answered with 422.
        ge: Inclusive lower bound of a number; a value below it is answered with 422.
        min_length: Smallest number of characters of a string, or of items of a list.
        max_length: Largest number of characters of a string, or of items of a list.
        pattern: Regular expression that must match a part of the string; `^` and `$` anchor it.
        regex: Deprecated name of `pattern`; using it warns.
        discriminator: Field, or function, that selects the model of a union (OpenAPI 3.1 section 4.8.25).
        strict: Whether a value of another type is refused instead of converted.
        validate_default: Whether the default is validated like a value of a request; it is not by default.
        union_mode: Which member of a union is taken: the best (`"smart"`, the default) or the first.
        fail_fast: Whether validation of a list stops at its first invalid item.
        multiple_of: Number of which a number must be a multiple.
        allow_inf_nan: Whether a float may be infinite or not a number; it may by default.
        max_digits: Largest number of digits of a `Decimal`, without leading zeros and zeros at its end.
        decimal_places: Largest number of digits of a `Decimal` after the point, without zeros at its end.
        examples: Examples in the JSON Schema of the value.
        example: Deprecated: use `examples`. Using it warns.
        openapi_examples: Examples by name, which Swagger UI offers (OpenAPI 3.1 section 4.8.19).
        deprecated: Whether the document marks the parameter as deprecated. Its value is read alike.
        include_in_schema: Whether the parameter is in the document. It is read in either case.
        json_schema_extra: Keys that are added to the JSON Schema, or a function that changes it in place.

    Raises:
        AssertionError: A default other than `...` is given.
    """

def Query(
    default: Any = Undefined,
    *,
    default_factory: Callable[[], Any] | None = _Unset,
    alias: str | None = _Unset,
    alias_priority: int | None = _Unset,
    validation_alias: str | AliasPath | AliasChoices | None = _Unset,
    serialization_alias: str | None = _Unset,
    title: str | None = _Unset,
    description: str | None = _Unset,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | re.Pattern[str] | None = None,
    regex: str | None = None,
    discriminator: str | Discriminator | None = _Unset,
    strict: bool | None = _Unset,
    validate_default: bool | None = _Unset,
    union_mode: Literal["smart", "left_to_right"] | None = _Unset,
    fail_fast: bool | None = _Unset,
    multiple_of: float | None = _Unset,
    allow_inf_nan: bool | None = _Unset,
    max_digits: int | None = _Unset,
    decimal_places: int | None = _Unset,
    examples: list[Any] | None = _Unset,
    example: Any | None = _Unset,
    openapi_examples: dict[str, Example] | None = None,
    deprecated: Deprecated | str | bool | None = _Unset,
    include_in_schema: bool = True,
    json_schema_extra: dict[str, Any] | Callable[[dict[str, Any]], None] | None = _Unset,
) -> Any:
    """Declare a parameter of the query string.

    Args:
        lt: Exclusive upper bound of a number; a value outside of it is answered with 422.
        default: Value of requests that have none. Without it, they are answered with 422.
        default_factory: Called without arguments for each request that lacks the value, instead of a default.
        alias: Name in requests and in the document, if it is not the parameter's name.
        alias_priority: Whether an alias generator of a model may replace `alias`: 1 yes, 2 no; 2 by default.
        validation_alias: Name that is read in requests. It prevails over `alias`.
        serialization_alias: Name in responses, where a model uses the declaration. It prevails over `alias`.
        le: Inclusive upper bound of a number; a value above it is answered with 422.
        title: Title in the JSON Schema. Defaults to the capitalised name.
        description: Text in the document (CommonMark).
        gt: Exclusive lower bound of a number; a value outside of it is answered with 422.
        ge: Inclusive lower bound of a number; a value below it is answered with 422.
        min_length: Smallest number of characters of a string, or of items of a list.
        max_length: Largest number of characters of a string, or of items of a list.
        pattern: Regular expression that must match a part of the string; `^` and `$` anchor it.
        regex: Deprecated name of `pattern`; using it warns.
        discriminator: Field, or function, that selects the model of a union (OpenAPI 3.1 section 4.8.25).
        strict: Whether a value of another type is refused instead of converted.
        validate_default: Whether the default is validated like a value of a request; it is not by default.
        union_mode: Which member of a union is taken: the best (`"smart"`, the default) or the first.
        fail_fast: Whether validation of a list stops at its first invalid item.
        multiple_of: Number of which a number must be a multiple.
        allow_inf_nan: Whether a float may be infinite or not a number; it may by default.
        max_digits: Largest number of digits of a `Decimal`, without leading zeros and zeros at its end.
        decimal_places: Largest number of digits of a `Decimal` after the point, without zeros at its end.
        examples: Examples in the JSON Schema of the value.
        example: Deprecated: use `examples`. Using it warns.
        openapi_examples: Examples by name, which Swagger UI offers (OpenAPI 3.1 section 4.8.19).
        deprecated: Whether the document marks the parameter as deprecated. Its value is read alike.
        include_in_schema: Whether the parameter is in the document. It is read in either case.
        json_schema_extra: Keys that are added to the JSON Schema, or a function that changes it in place.
    """

def Header(
    default: Any = Undefined,
    *,
    convert_underscores: bool = True,
    default_factory: Callable[[], Any] | None = _Unset,
    alias: str | None = _Unset,
    alias_priority: int | None = _Unset,
    validation_alias: str | AliasPath | AliasChoices | None = _Unset,
    serialization_alias: str | None = _Unset,
    title: str | None = _Unset,
    description: str | None = _Unset,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | re.Pattern[str] | None = None,
    regex: str | None = None,
    discriminator: str | Discriminator | None = _Unset,
    strict: bool | None = _Unset,
    validate_default: bool | None = _Unset,
    union_mode: Literal["smart", "left_to_right"] | None = _Unset,
    fail_fast: bool | None = _Unset,
    multiple_of: float | None = _Unset,
    allow_inf_nan: bool | None = _Unset,
    max_digits: int | None = _Unset,
    decimal_places: int | None = _Unset,
    examples: list[Any] | None = _Unset,
    example: Any | None = _Unset,
    openapi_examples: dict[str, Example] | None = None,
    deprecated: Deprecated | str | bool | None = _Unset,
    include_in_schema: bool = True,
    json_schema_extra: dict[str, Any] | Callable[[dict[str, Any]], None] | None = _Unset,
) -> Any:
    """Declare a request header (RFC 9110 section 6.3).

    Args:
        lt: Exclusive upper bound of a number; a value outside of it is answered with 422.
        default: Value of requests that have none. Without it, they are answered with 422.
        convert_underscores: Whether `user_agent` reads the header `user-agent`; its case never counts.
        default_factory: Called without arguments for each request that lacks the value, instead of a default.
        alias: Name in requests and in the document, if it is not the parameter's name.
        alias_priority: Whether an alias generator of a model may replace `alias`: 1 yes, 2 no; 2 by default.
        validation_alias: Name that is read in requests. It prevails over `alias`.
        serialization_alias: Name in responses, where a model uses the declaration. It prevails over `alias`.
        le: Inclusive upper bound of a number; a value above it is answered with 422.
        title: Title in the JSON Schema. Defaults to the capitalised name.
        description: Text in the document (CommonMark).
        gt: Exclusive lower bound of a number; a value outside of it is answered with 422.
        ge: Inclusive lower bound of a number; a value below it is answered with 422.
        min_length: Smallest number of characters of a string, or of items of a list.
        max_length: Largest number of characters of a string, or of items of a list.
        pattern: Regular expression that must match a part of the string; `^` and `$` anchor it.
        regex: Deprecated name of `pattern`; using it warns.
        discriminator: Field, or function, that selects the model of a union (OpenAPI 3.1 section 4.8.25).
        strict: Whether a value of another type is refused instead of converted.
        validate_default: Whether the default is validated like a value of a request; it is not by default.
        union_mode: Which member of a union is taken: the best (`"smart"`, the default) or the first.
        fail_fast: Whether validation of a list stops at its first invalid item.
        multiple_of: Number of which a number must be a multiple.
        allow_inf_nan: Whether a float may be infinite or not a number; it may by default.
        max_digits: Largest number of digits of a `Decimal`, without leading zeros and zeros at its end.
        decimal_places: Largest number of digits of a `Decimal` after the point, without zeros at its end.
        examples: Examples in the JSON Schema of the value.
        example: Deprecated: use `examples`. Using it warns.
        openapi_examples: Examples by name, which Swagger UI offers (OpenAPI 3.1 section 4.8.19).
        deprecated: Whether the document marks the parameter as deprecated. Its value is read alike.
        include_in_schema: Whether the parameter is in the document. It is read in either case.
        json_schema_extra: Keys that are added to the JSON Schema, or a function that changes it in place.
    """

def Cookie(
    default: Any = Undefined,
    *,
    default_factory: Callable[[], Any] | None = _Unset,
    alias: str | None = _Unset,
    alias_priority: int | None = _Unset,
    validation_alias: str | AliasPath | AliasChoices | None = _Unset,
    serialization_alias: str | None = _Unset,
    title: str | None = _Unset,
    description: str | None = _Unset,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | re.Pattern[str] | None = None,
    regex: str | None = None,
    discriminator: str | Discriminator | None = _Unset,
    strict: bool | None = _Unset,
    validate_default: bool | None = _Unset,
    union_mode: Literal["smart", "left_to_right"] | None = _Unset,
    fail_fast: bool | None = _Unset,
    multiple_of: float | None = _Unset,
    allow_inf_nan: bool | None = _Unset,
    max_digits: int | None = _Unset,
    decimal_places: int | None = _Unset,
    examples: list[Any] | None = _Unset,
    example: Any | None = _Unset,
    openapi_examples: dict[str, Example] | None = None,
    deprecated: Deprecated | str | bool | None = _Unset,
    include_in_schema: bool = True,
    json_schema_extra: dict[str, Any] | Callable[[dict[str, Any]], None] | None = _Unset,
) -> Any:
    """Declare a cookie (RFC 6265).

    Args:
        lt: Exclusive upper bound of a number; a value outside of it is answered with 422.
        default: Value of requests that have none. Without it, they are answered with 422.
        default_factory: Called without arguments for each request that lacks the value, instead of a default.
        alias: Name in requests and in the document, if it is not the parameter's name.
        alias_priority: Whether an alias generator of a model may replace `alias`: 1 yes, 2 no; 2 by default.
        validation_alias: Name that is read in requests. It prevails over `alias`.
        serialization_alias: Name in responses, where a model uses the declaration. It prevails over `alias`.
        le: Inclusive upper bound of a number; a value above it is answered with 422.
        title: Title in the JSON Schema. Defaults to the capitalised name.
        description: Text in the document (CommonMark).
        gt: Exclusive lower bound of a number; a value outside of it is answered with 422.
        ge: Inclusive lower bound of a number; a value below it is answered with 422.
        min_length: Smallest number of characters of a string, or of items of a list.
        max_length: Largest number of characters of a string, or of items of a list.
        pattern: Regular expression that must match a part of the string; `^` and `$` anchor it.
        regex: Deprecated name of `pattern`; using it warns.
        discriminator: Field, or function, that selects the model of a union (OpenAPI 3.1 section 4.8.25).
        strict: Whether a value of another type is refused instead of converted.
        validate_default: Whether the default is validated like a value of a request; it is not by default.
        union_mode: Which member of a union is taken: the best (`"smart"`, the default) or the first.
        fail_fast: Whether validation of a list stops at its first invalid item.
        multiple_of: Number of which a number must be a multiple.
        allow_inf_nan: Whether a float may be infinite or not a number; it may by default.
        max_digits: Largest number of digits of a `Decimal`, without leading zeros and zeros at its end.
        decimal_places: Largest number of digits of a `Decimal` after the point, without zeros at its end.
        examples: Examples in the JSON Schema of the value.
        example: Deprecated: use `examples`. Using it warns.
        openapi_examples: Examples by name, which Swagger UI offers (OpenAPI 3.1 section 4.8.19).
        deprecated: Whether the document marks the parameter as deprecated. Its value is read alike.
        include_in_schema: Whether the parameter is in the document. It is read in either case.
        json_schema_extra: Keys that are added to the JSON Schema, or a function that changes it in place.
    """

def Body(
    default: Any = Undefined,
    *,
    embed: bool | None = None,
    media_type: str = "application/json",
    default_factory: Callable[[], Any] | None = _Unset,
    alias: str | None = _Unset,
    alias_priority: int | None = _Unset,
    validation_alias: str | AliasPath | AliasChoices | None = _Unset,
    serialization_alias: str | None = _Unset,
    title: str | None = _Unset,
    description: str | None = _Unset,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | re.Pattern[str] | None = None,
    regex: str | None = None,
    discriminator: str | Discriminator | None = _Unset,
    strict: bool | None = _Unset,
    validate_default: bool | None = _Unset,
    union_mode: Literal["smart", "left_to_right"] | None = _Unset,
    fail_fast: bool | None = _Unset,
    multiple_of: float | None = _Unset,
    allow_inf_nan: bool | None = _Unset,
    max_digits: int | None = _Unset,
    decimal_places: int | None = _Unset,
    examples: list[Any] | None = _Unset,
    example: Any | None = _Unset,
    openapi_examples: dict[str, Example] | None = None,
    deprecated: Deprecated | str | bool | None = _Unset,
    include_in_schema: bool = True,
    json_schema_extra: dict[str, Any] | Callable[[dict[str, Any]], None] | None = _Unset,
) -> Any:
    """Declare the JSON body, or one key of it.

    Args:
        lt: Exclusive upper bound of a number; a value outside of it is answered with 422.
        default: Value of requests that have none. Without it, they are answered with 422.
        embed: Whether the value is under its name in a JSON object. By default, it is if there are several body parameters.
        media_type: Content type of the body in the document. It does not decide how a body is read.
        default_factory: Called without arguments for each request that lacks the value, instead of a default.
        alias: Name in requests and in the document, if it is not the parameter's name.
        alias_priority: Whether an alias generator of a model may replace `alias`: 1 yes, 2 no; 2 by default.
        validation_alias: Name that is read in requests. It prevails over `alias`.
        serialization_alias: Name in responses, where a model uses the declaration. It prevails over `alias`.
        le: Inclusive upper bound of a number; a value above it is answered with 422.
        title: Title in the JSON Schema. Defaults to the capitalised name.
        description: Text in the document (CommonMark).
        gt: Exclusive lower bound of a number; a value outside of it is answered with 422.
        ge: Inclusive lower bound of a number; a value below it is answered with 422.
        min_length: Smallest number of characters of a string, or of items of a list.
        max_length: Largest number of characters of a string, or of items of a list.
        pattern: Regular expression that must match a part of the string; `^` and `$` anchor it.
        regex: Deprecated name of `pattern`; using it warns.
        discriminator: Field, or function, that selects the model of a union (OpenAPI 3.1 section 4.8.25).
        strict: Whether a value of another type is refused instead of converted.
        validate_default: Whether the default is validated like a value of a request; it is not by default.
        union_mode: Which member of a union is taken: the best (`"smart"`, the default) or the first.
        fail_fast: Whether validation of a list stops at its first invalid item.
        multiple_of: Number of which a number must be a multiple.
        allow_inf_nan: Whether a float may be infinite or not a number; it may by default.
        max_digits: Largest number of digits of a `Decimal`, without leading zeros and zeros at its end.
        decimal_places: Largest number of digits of a `Decimal` after the point, without zeros at its end.
        examples: Examples in the JSON Schema of the value.
        example: Deprecated: use `examples`. Using it warns.
        openapi_examples: Examples by name, which Swagger UI offers (OpenAPI 3.1 section 4.8.19).
        deprecated: Whether the document marks the parameter as deprecated. Its value is read alike.
        include_in_schema: Whether the parameter is in the document. It is read in either case.
        json_schema_extra: Keys that are added to the JSON Schema, or a function that changes it in place.
    """

def Form(
    default: Any = Undefined,
    *,
    media_type: str = "application/x-www-form-urlencoded",
    default_factory: Callable[[], Any] | None = _Unset,
    alias: str | None = _Unset,
    alias_priority: int | None = _Unset,
    validation_alias: str | AliasPath | AliasChoices | None = _Unset,
    serialization_alias: str | None = _Unset,
    title: str | None = _Unset,
    description: str | None = _Unset,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | re.Pattern[str] | None = None,
    regex: str | None = None,
    discriminator: str | Discriminator | None = _Unset,
    strict: bool | None = _Unset,
    validate_default: bool | None = _Unset,
    union_mode: Literal["smart", "left_to_right"] | None = _Unset,
    fail_fast: bool | None = _Unset,
    multiple_of: float | None = _Unset,
    allow_inf_nan: bool | None = _Unset,
    max_digits: int | None = _Unset,
    decimal_places: int | None = _Unset,
    examples: list[Any] | None = _Unset,
    example: Any | None = _Unset,
    openapi_examples: dict[str, Example] | None = None,
    deprecated: Deprecated | str | bool | None = _Unset,
    include_in_schema: bool = True,
    json_schema_extra: dict[str, Any] | Callable[[dict[str, Any]], None] | None = _Unset,
) -> Any:
    """Declare a field of a form (needs `python-multipart`).

    Args:
        lt: Exclusive upper bound of a number; a value outside of it is answered with 422.
        default: Value of requests that have none. Without it, they are answered with 422.
        media_type: Content type of the body in the document. It does not decide how a body is read.
        default_factory: Called without arguments for each request that lacks the value, instead of a default.
        alias: Name in requests and in the document, if it is not the parameter's name.
        alias_priority: Whether an alias generator of a model may replace `alias`: 1 yes, 2 no; 2 by default.
        validation_alias: Name that is read in requests. It prevails over `alias`.
        serialization_alias: Name in responses, where a model uses the declaration. It prevails over `alias`.
        le: Inclusive upper bound of a number; a value above it is answered with 422.
        title: Title in the JSON Schema. Defaults to the capitalised name.
        description: Text in the document (CommonMark).
        gt: Exclusive lower bound of a number; a value outside of it is answered with 422.
        ge: Inclusive lower bound of a number; a value below it is answered with 422.
        min_length: Smallest number of characters of a string, or of items of a list.
        max_length: Largest number of characters of a string, or of items of a list.
        pattern: Regular expression that must match a part of the string; `^` and `$` anchor it.
        regex: Deprecated name of `pattern`; using it warns.
        discriminator: Field, or function, that selects the model of a union (OpenAPI 3.1 section 4.8.25).
        strict: Whether a value of another type is refused instead of converted.
        validate_default: Whether the default is validated like a value of a request; it is not by default.
        union_mode: Which member of a union is taken: the best (`"smart"`, the default) or the first.
        fail_fast: Whether validation of a list stops at its first invalid item.
        multiple_of: Number of which a number must be a multiple.
        allow_inf_nan: Whether a float may be infinite or not a number; it may by default.
        max_digits: Largest number of digits of a `Decimal`, without leading zeros and zeros at its end.
        decimal_places: Largest number of digits of a `Decimal` after the point, without zeros at its end.
        examples: Examples in the JSON Schema of the value.
        example: Deprecated: use `examples`. Using it warns.
        openapi_examples: Examples by name, which Swagger UI offers (OpenAPI 3.1 section 4.8.19).
        deprecated: Whether the document marks the parameter as deprecated. Its value is read alike.
        include_in_schema: Whether the parameter is in the document. It is read in either case.
        json_schema_extra: Keys that are added to the JSON Schema, or a function that changes it in place.
    """

def File(
    default: Any = Undefined,
    *,
    media_type: str = "multipart/form-data",
    default_factory: Callable[[], Any] | None = _Unset,
    alias: str | None = _Unset,
    alias_priority: int | None = _Unset,
    validation_alias: str | AliasPath | AliasChoices | None = _Unset,
    serialization_alias: str | None = _Unset,
    title: str | None = _Unset,
    description: str | None = _Unset,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | re.Pattern[str] | None = None,
    regex: str | None = None,
    discriminator: str | Discriminator | None = _Unset,
    strict: bool | None = _Unset,
    validate_default: bool | None = _Unset,
    union_mode: Literal["smart", "left_to_right"] | None = _Unset,
    fail_fast: bool | None = _Unset,
    multiple_of: float | None = _Unset,
    allow_inf_nan: bool | None = _Unset,
    max_digits: int | None = _Unset,
    decimal_places: int | None = _Unset,
    examples: list[Any] | None = _Unset,
    example: Any | None = _Unset,
    openapi_examples: dict[str, Example] | None = None,
    deprecated: Deprecated | str | bool | None = _Unset,
    include_in_schema: bool = True,
    json_schema_extra: dict[str, Any] | Callable[[dict[str, Any]], None] | None = _Unset,
) -> Any:
    """Declare an uploaded file, as `bytes` or `UploadFile` (needs `python-multipart`).

    Args:
        lt: Exclusive upper bound of a number; a value outside of it is answered with 422.
        default: Value of requests that have none. Without it, they are answered with 422.
        media_type: Content type of the body in the document. It does not decide how a body is read.
        default_factory: Called without arguments for each request that lacks the value, instead of a default.
        alias: Name in requests and in the document, if it is not the parameter's name.
        alias_priority: Whether an alias generator of a model may replace `alias`: 1 yes, 2 no; 2 by default.
        validation_alias: Name that is read in requests. It prevails over `alias`.
        serialization_alias: Name in responses, where a model uses the declaration. It prevails over `alias`.
        le: Inclusive upper bound of a number; a value above it is answered with 422.
        title: Title in the JSON Schema. Defaults to the capitalised name.
        description: Text in the document (CommonMark).
        gt: Exclusive lower bound of a number; a value outside of it is answered with 422.
        ge: Inclusive lower bound of a number; a value below it is answered with 422.
        min_length: Smallest number of characters of a string, or of items of a list.
        max_length: Largest number of characters of a string, or of items of a list.
        pattern: Regular expression that must match a part of the string; `^` and `$` anchor it.
        regex: Deprecated name of `pattern`; using it warns.
        discriminator: Field, or function, that selects the model of a union (OpenAPI 3.1 section 4.8.25).
        strict: Whether a value of another type is refused instead of converted.
        validate_default: Whether the default is validated like a value of a request; it is not by default.
        union_mode: Which member of a union is taken: the best (`"smart"`, the default) or the first.
        fail_fast: Whether validation of a list stops at its first invalid item.
        multiple_of: Number of which a number must be a multiple.
        allow_inf_nan: Whether a float may be infinite or not a number; it may by default.
        max_digits: Largest number of digits of a `Decimal`, without leading zeros and zeros at its end.
        decimal_places: Largest number of digits of a `Decimal` after the point, without zeros at its end.
        examples: Examples in the JSON Schema of the value.
        example: Deprecated: use `examples`. Using it warns.
        openapi_examples: Examples by name, which Swagger UI offers (OpenAPI 3.1 section 4.8.19).
        deprecated: Whether the document marks the parameter as deprecated. Its value is read alike.
        include_in_schema: Whether the parameter is in the document. It is read in either case.
        json_schema_extra: Keys that are added to the JSON Schema, or a function that changes it in place.
    """

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
