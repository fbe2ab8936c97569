"""Decide what a parameter of a callable is and where its value comes from."""

import dataclasses
import inspect
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args, get_origin

from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from starlette.background import BackgroundTasks
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from typing_inspection.typing_objects import is_typealiastype

from rapide import params
from rapide._replaced import used
from rapide.exceptions import FastAPIError, PydanticV1NotSupportedError
from rapide.schema import (
    ModelField,
    RequiredParam,
    copy_field_info,
    create_model_field,
    field_annotation_is_scalar,
    field_annotation_is_scalar_sequence,
    is_uploadfile_or_nonable_uploadfile_annotation,
    is_uploadfile_sequence_annotation,
    lenient_issubclass,
)
from rapide.schema.elsewhere import is_decoded_elsewhere
from rapide.schema.errors import UnusableTypeError, unusable_type_problem
from rapide.signature.errors import (
    AmbiguousParameterError,
    DefaultInAnnotatedError,
    InjectedTypeError,
    InvalidParameterTypeError,
    PathParameterDefaultError,
    UnknownParameterKindError,
    UnsupportedParameterTypeError,
    WrongPathParameterError,
)
from rapide.signature.foreign import is_fastapi_loaded, own_declarations
from rapide.signature.forms import add_form_union_validators, get_form_union_models, get_model_type
from rapide.signature.models import Dependant, loaded_class
from rapide.signature.multipart import ensure_multipart_is_installed

if TYPE_CHECKING:
    from rapide.params import Depends

_EMPTY = inspect.Signature.empty


@dataclass(slots=True)
class ParamDetails:
    """The result of `analyze_param`: a dependency, a field, or neither (an injected object)."""

    type_annotation: object
    depends: "Depends | None"
    field: ModelField | None


@dataclass(slots=True)
class _Declared:
    """A parameter as the user wrote it: its name, annotation, the type in it, and its default."""

    name: str
    annotation: object
    type: Any
    value: object
    is_path: bool


def analyze_param(
    *, param_name: str, annotation: Any, value: object, path_param_names: set[str]
) -> ParamDetails:
    """Decide what a parameter is, from its annotation and its default.

    Raises:
        DeclarationError: The parameter cannot be served as declared.
    """
    if is_typealiastype(annotation):
        annotation = annotation.__value__
    annotation = Any if annotation is _EMPTY else annotation
    is_annotated = get_origin(annotation) is Annotated
    type_ = get_args(annotation)[0] if is_annotated else annotation
    if is_fastapi_loaded():
        annotation, value = own_declarations(annotation, value)
    declared = _Declared(param_name, annotation, type_, value, param_name in path_param_names)
    field_info, depends = _read_declaration(declared)
    if depends is not None:
        if depends.dependency is None:
            depends = dataclasses.replace(depends, dependency=type_)
    elif injected_slot(type_) is not None:
        if field_info is not None:
            raise InjectedTypeError(
                f"Cannot specify FastAPI annotation for type {type_!r}: it is injected as it is.",
                instead=f"{param_name}: {type_.__name__}",
                parameter=param_name,
            )
    elif field_info is None:
        field_info = _infer(declared)
    if field_info is None:
        return ParamDetails(type_, depends, None)
    return ParamDetails(type_, depends, _make_field(declared, field_info, path_param_names))


def _read_declaration(declared: _Declared) -> "tuple[FieldInfo | None, Depends | None]":
    """Find the explicit declaration, in `Annotated` (the last one applies) or as the default."""
    name, value = declared.name, declared.value
    marker = _find_in_annotated(declared.annotation)
    field_info = depends = None
    if isinstance(marker, FieldInfo):
        field_info = _complete_annotated(declared, marker)
    else:
        depends = marker
    if isinstance(value, params.Depends):
        if depends is not None:
            raise _declared_twice("`Depends` in `Annotated` and default value", name)
        if field_info is not None:
            what = "a FastAPI annotation in `Annotated` and `Depends` as a default value"
            raise _declared_twice(what, name)
        depends = value
    elif isinstance(value, FieldInfo):
        if field_info is not None:
            raise _declared_twice("FastAPI annotations in `Annotated` and default value", name)
        # COMPAT: FastAPI 0.165 writes into the given object, which several parameters may share.
        field_info = value
        field_info.annotation = declared.type
    return field_info, depends


def _declared_twice(what: str, name: str) -> AmbiguousParameterError:
    return AmbiguousParameterError(
        f"Cannot specify {what} together for {name!r}",
        instead="keep the one in `Annotated`",
        parameter=name,
    )


def _find_in_annotated(annotation: object) -> "FieldInfo | Depends | None":
    if get_origin(annotation) is not Annotated:
        return None
    markers = [
        item
        for item in get_args(annotation)[1:]
        if isinstance(item, (params.Param, params.Body, params.Depends))
    ]
    return markers[-1] if markers else None


def _complete_annotated(declared: _Declared, marker: FieldInfo) -> FieldInfo:
    """Copy a declaration found in `Annotated`, with the parameter's default."""
    name, kind = declared.name, type(marker).__name__
    field_info = copy_field_info(field_info=marker, annotation=declared.annotation)
    if field_info.default is not RequiredParam:
        raise DefaultInAnnotatedError(
            f"`{kind}` default value cannot be set in `Annotated` for {name!r}. "
            "Set the default value with `=` instead.",
            instead=f"{name}: Annotated[…, {kind}()] = {field_info.default!r}",
            parameter=name,
        )
    if declared.value is _EMPTY:
        return field_info
    if declared.is_path:
        raise PathParameterDefaultError(
            "Path parameters cannot have default values: without the value the path does not match",
            instead=f"{name}: Annotated[…, {kind}()]",
            parameter=name,
        )
    field_info.default = declared.value
    return field_info


def _infer(declared: _Declared) -> FieldInfo:
    """Make a declaration for a parameter without one, based on its name or on its type."""
    type_, annotation = declared.type, declared.annotation
    default = RequiredParam if declared.value is _EMPTY else declared.value
    field_info: FieldInfo
    if declared.is_path:
        # The default is ignored: paths with and without this name may share the callable.
        field_info = params.Path(annotation=annotation)
    else:
        kind: type[params.Query | params.Body]
        if is_uploadfile_or_nonable_uploadfile_annotation(
            type_
        ) or is_uploadfile_sequence_annotation(type_):
            kind = params.File
        elif field_annotation_is_scalar(type_) and not is_decoded_elsewhere(annotation):
            kind = params.Query
        else:
            kind = params.Body
        field_info = kind(annotation=annotation, default=default)
    if get_origin(annotation) is Annotated:
        inferred_default = field_info.default
        field_info = copy_field_info(field_info=field_info, annotation=annotation)
        field_info.default = inferred_default
        if declared.is_path:
            field_info.default_factory = None
    return field_info


def _make_field(
    declared: _Declared, field_info: FieldInfo, path_param_names: set[str]
) -> ModelField:
    name = declared.name
    if declared.is_path:
        if not isinstance(field_info, params.Path):
            kind = type(field_info).__name__
            raise WrongPathParameterError(
                f"Cannot use `{kind}` for path param {name!r}",
                instead=f"{name}: Annotated[…, Path()], or another name",
                parameter=name,
            )
    elif isinstance(field_info, params.Param) and getattr(field_info, "in_", None) is None:
        field_info.in_ = params.ParamTypes.query
    if isinstance(field_info, params.Form):
        used("dependencies.utils.ensure_multipart_is_installed", ensure_multipart_is_installed)()
        if get_form_union_models(field_info.annotation):
            field_info.annotation = add_form_union_validators(field_info.annotation)
    field_info = _choose_path_alias(field_info, path_param_names)
    if not field_info.alias and getattr(field_info, "convert_underscores", None):
        field_info.alias = name.replace("_", "-")
    else:
        field_info.alias = field_info.alias or name
    try:
        field = create_model_field(name=name, type_=declared.annotation, field_info=field_info)
    except PydanticV1NotSupportedError:
        raise
    except UnusableTypeError as error:
        raise InvalidParameterTypeError(
            error.problem, instead=error.instead, parameter=name
        ) from None
    except FastAPIError:
        raise InvalidParameterTypeError(
            unusable_type_problem(declared.annotation),
            instead=_usable_type(declared),
            parameter=name,
        ) from None
    _check_type(declared, field)
    return field


def _usable_type(declared: _Declared) -> str:
    """Suggest what to write instead of a type that Pydantic cannot handle."""
    injected = [type_ for type_ in get_args(declared.type) if injected_slot(type_) is not None]
    if injected:
        return f"{declared.name}: {injected[0].__name__}, which is always there"
    return "a type that Pydantic supports, or Depends(…) for what your code provides"


def _choose_path_alias(field_info: FieldInfo, path_param_names: set[str]) -> FieldInfo:
    """Choose the alias that occurs in the path, in a copy if other routes share the field."""
    choices = path_alias_choices(field_info)
    found = next((choice for choice in choices if choice in path_param_names), None)
    if found is None:
        return field_info
    copied = copy(field_info)
    copied.validation_alias = found
    return copied


def path_alias_choices(field_info: FieldInfo) -> list[str]:
    """Return the names under which a path parameter may be in the path."""
    alias = field_info.validation_alias
    if not (isinstance(field_info, params.Path) and isinstance(alias, AliasChoices)):
        return []
    if not all(isinstance(choice, str) for choice in alias.choices):
        return []
    return cast(list[str], alias.choices)


def is_scalar_field(field: ModelField) -> bool:
    """Return whether a field is a single value outside the body."""
    info = field.field_info
    return field_annotation_is_scalar(info.annotation) and not isinstance(info, params.Body)


def _check_type(declared: _Declared, field: ModelField) -> None:
    name, annotation = declared.name, field.field_info.annotation
    if declared.is_path:
        if not is_scalar_field(field) or field.types.is_of_msgspec:
            raise UnsupportedParameterTypeError(
                "Path params must be of one of the supported types, "
                f"and {annotation!r} cannot be read from one part of a path",
                instead=f"{name}: str, int, UUID, an Enum, …",
                parameter=name,
            )
    elif field.types.is_of_msgspec:
        _check_struct(name, annotation, field)
    elif isinstance(field.field_info, params.Query) and not (
        is_scalar_field(field)
        or field_annotation_is_scalar_sequence(annotation)
        or get_model_type(annotation) is not None
    ):
        raise UnsupportedParameterTypeError(
            f"Query parameter {name!r} must be one of the supported types, "
            f"and {annotation!r} cannot be read from a query",
            instead="a scalar, a list of scalars, one model, or Body()",
            parameter=name,
        )


def _check_struct(name: str, annotation: Any, field: ModelField) -> None:
    """Check that the fields of a Struct can be read one by one if it is not JSON."""
    if isinstance(field.field_info, params.Param | params.Form) and (
        get_model_type(annotation) is None
    ):
        kind = type(field.field_info).__name__
        raise UnsupportedParameterTypeError(
            f"{kind} parameter {name!r} must be one Struct, whose fields are the values, "
            f"and {annotation!r} cannot be read from strings",
            instead="a scalar, a list of scalars, one Struct, or Body()",
            parameter=name,
        )


_INJECTED = (
    (Request, "request_param_name"),
    (WebSocket, "websocket_param_name"),
    (HTTPConnection, "http_connection_param_name"),
    (Response, "response_param_name"),
    (BackgroundTasks, "background_tasks_param_name"),
)


def injected_slot(type_: object) -> str | None:
    """Return the `Dependant` attribute for an injected type (Request, Response, …), or None."""
    for class_, slot in _INJECTED:
        if lenient_issubclass(type_, class_):
            return slot
    for module in ("rapide.security.scopes", "fastapi.security.oauth2"):
        scopes_class = loaded_class(module, "SecurityScopes")
        if scopes_class is not None and lenient_issubclass(type_, scopes_class):
            return "security_scopes_param_name"
    return None


_LISTS: dict[object, str] = {
    params.ParamTypes.path: "path_params",
    params.ParamTypes.query: "query_params",
    params.ParamTypes.header: "header_params",
    params.ParamTypes.cookie: "cookie_params",
}


def list_of_field(field: ModelField) -> str:
    """Return the list of `Dependant` that a parameter outside the body belongs to.

    Raises:
        UnknownParameterKindError: It is not a path, query, header or cookie parameter.
    """
    name = _LISTS.get(getattr(field.field_info, "in_", None))
    if name is None:
        raise UnknownParameterKindError(
            f"non-body parameters must be in path, query, header or cookie: {field.name}",
            instead="Query(), Header(), … where Pydantic's Field() is the default",
            parameter=field.name,
        )
    return name


def add_param_to_fields(*, field: ModelField, dependant: Dependant) -> None:
    """Add a field to the list of its kind.

    Raises:
        UnknownParameterKindError: It is not a path, query, header or cookie parameter.
    """
    getattr(dependant, list_of_field(field)).append(field)
