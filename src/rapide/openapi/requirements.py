"""The parameters and security requirements of an operation's whole dependency graph."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rapide.datastructures import _Unset
from rapide.encoders import jsonable_encoder
from rapide.openapi.schemas import FieldSchemas
from rapide.schema import get_cached_model_fields
from rapide.signature.dependencies import ReadFields, get_flat_fields_from_params
from rapide.signature.forms import get_param_aliases, get_param_model
from rapide.signature.models import (
    get_cache_key,
    get_oauth_scopes,
    get_security_scheme,
    is_security_scheme,
)
from rapide.types import JsonObject

if TYPE_CHECKING:
    from rapide.schema import ModelField
    from rapide.signature.models import Dependant, UsesScopesCache


@dataclass(slots=True)
class Requirements:
    """What a dependency graph requires of a request, except for the body."""

    parameters: "dict[str, list[ModelField]]" = field(
        default_factory=lambda: {place: [] for place in ("path", "query", "header", "cookie")}
    )
    security: "list[tuple[Dependant, list[str]]]" = field(default_factory=list)

    def fields(self) -> "list[ModelField]":
        """Return the parameters by place, with each parameter model replaced by its fields."""
        return [
            flat
            for parameters in self.parameters.values()
            for flat in get_flat_fields_from_params(parameters)
        ]


def collect_requirements(dependant: "Dependant", read: ReadFields = getattr) -> Requirements:
    """Walk the graph depth first, each dependency once, and pass scopes from parent to child."""
    found = Requirements()
    if not dependant.dependencies:
        for place, fields in found.parameters.items():
            fields.extend(read(dependant, f"{place}_params"))
        return found
    seen = set()
    uses_scopes_cache: UsesScopesCache = {}
    pending: list[tuple[Dependant, list[str]]] = [(dependant, [])]
    while pending:
        current, inherited = pending.pop()
        key = get_cache_key(current, uses_scopes_cache)
        if key in seen:
            continue
        seen.add(key)
        for place, fields in found.parameters.items():
            fields.extend(read(current, f"{place}_params"))
        scopes = list(dict.fromkeys([*inherited, *get_oauth_scopes(current)]))
        if current is not dependant and is_security_scheme(current):
            found.security.append((current, scopes))
        pending.extend((child, scopes) for child in reversed(current.dependencies))
    return found


def describe_security(
    security: "Iterable[tuple[Dependant, list[str]]]",
) -> tuple[JsonObject, list[dict[str, list[str]]]]:
    """Return the security schemes by name, and one requirement that merges their scopes."""
    schemes: JsonObject = {}
    scopes_by_name: dict[str, dict[str, None]] = {}
    for dependant, scopes in security:
        scheme = get_security_scheme(dependant)
        schemes[scheme.scheme_name] = jsonable_encoder(
            scheme.model, by_alias=True, exclude_none=True
        )
        scopes_by_name.setdefault(scheme.scheme_name, {}).update(dict.fromkeys(scopes))
    return schemes, [{name: list(scopes)} for name, scopes in scopes_by_name.items()]


def describe_parameters(required: Requirements, schemas: FieldSchemas) -> list[JsonObject]:
    """Return the Parameter Objects, one per place and name. Required ones take precedence."""
    described: dict[tuple[str, str], JsonObject] = {}
    strict: dict[tuple[str, str], JsonObject] = {}
    for parameter in describe_each_parameter(required, schemas):
        key = (parameter["in"], parameter["name"])
        described[key] = parameter
        if parameter["required"]:
            strict[key] = parameter
    return list((described | strict).values())


def describe_each_parameter(required: Requirements, schemas: FieldSchemas) -> Iterator[JsonObject]:
    """Yield the Parameter Objects of all declarations, which may repeat a name."""
    for place, fields in required.parameters.items():
        for declared in fields:
            if getattr(declared.field_info, "include_in_schema", True):
                yield from _describe_declared(place, declared, schemas)


def _describe_declared(
    place: str, declared: "ModelField", schemas: FieldSchemas
) -> Iterable[JsonObject]:
    """Describe a parameter, or each field of a parameter model."""
    info = declared.field_info
    model = get_param_model(declared)
    # With `filters: Filters | None = None`, required fields of the model may be missing.
    optional = model is not None and info.annotation is not model and not info.is_required()
    underscores = getattr(info, "convert_underscores", True)
    flats = [declared] if model is None else get_cached_model_fields(model)
    for flat in flats:
        own = getattr(flat.field_info, "convert_underscores", underscores)
        alias, name = get_param_aliases(flat, convert_underscores=place == "header" and own)[0]
        yield _describe_parameter(
            flat,
            {
                "name": name,
                "in": place,
                "required": flat.field_info.is_required() and not optional,
                "schema": schemas.schema(flat, alias),
            },
        )


def _describe_parameter(parameter: "ModelField", described: JsonObject) -> JsonObject:
    info = parameter.field_info
    if info.description:
        described["description"] = info.description
    described |= describe_examples(info)
    if getattr(info, "deprecated", None):
        described["deprecated"] = True
    return described


def describe_examples(info: object) -> JsonObject:
    """Return the `examples` or the `example` of a parameter or of a body, if there are any."""
    if examples := getattr(info, "openapi_examples", None):
        return {"examples": jsonable_encoder(examples)}
    # COMPAT: in FastAPI 0.165, fields of a parameter model have None, which the document omits.
    example = getattr(info, "example", None)
    return {} if example is _Unset else {"example": jsonable_encoder(example)}
