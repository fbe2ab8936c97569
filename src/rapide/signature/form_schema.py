"""JSON Schema of forms that have the fields of models beside other fields."""

from collections.abc import Sequence
from copy import deepcopy
from typing import get_args

from pydantic import AliasChoices, BaseModel, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from rapide.schema import ModelField, get_cached_model_fields
from rapide.schema.fields import takes_extra
from rapide.signature.forms import get_form_models, get_param_aliases, get_validation_alias
from rapide.types import JsonObject

Schema = JsonObject


def describe_form_model(
    model: type[BaseModel], core_schema: CoreSchema, handler: GetJsonSchemaHandler
) -> Schema:
    """Return the schema of a form model, with the names that a form may use for its fields."""
    schema = handler(core_schema)
    resolved = handler.resolve_ref_schema(schema)
    renamed = _renamed_fields(model, resolved.get("properties", {}), resolved.get("required", []))
    if not renamed:
        return schema
    # The model's own schema is shared with its other uses.
    described: Schema = deepcopy(resolved)
    described["properties"] = {
        renamed.get(name, [name])[0]: member for name, member in described["properties"].items()
    }
    required, described["required"] = described.get("required", []), []
    for name in required:
        names = renamed.get(name, [name])
        if len(names) == 1:
            described["required"].append(names[0])
        else:
            described.setdefault("allOf", []).append({"anyOf": [_requiring(one) for one in names]})
    return described


def _requiring(name: str) -> Schema:
    return {"required": [name]}


def _renamed_fields(
    model: type[BaseModel], properties: Schema, required: Sequence[str]
) -> dict[str, list[str]]:
    """Map the names in Pydantic's schema to the accepted names, where these differ."""
    renamed = {}
    for field in get_cached_model_fields(model):
        alias = field.field_info.validation_alias
        name: object = get_validation_alias(field)
        if isinstance(alias, AliasChoices):
            name = alias.choices[0]
        if not isinstance(name, str) or name not in properties:
            continue
        names = [accepted for accepted, _ in get_param_aliases(field)]
        if names[0] != name or (len(names) > 1 and name in required):
            renamed[name] = names
    return renamed


def describe_form_body(body_params: list[ModelField], schema: Schema) -> None:
    """Turn the schema of a combined form, whose members have numbers, into that of a flat form."""
    members = schema.pop("properties")
    schema.pop("required", None)
    properties: Schema = {}
    required: list[str] = []
    conditions: list[Schema] = []
    for index, field in enumerate(body_params):
        member = members[f"field_{index}"]
        if get_form_models(field):
            conditions += _form_model_conditions(field, member)
            continue
        alias = get_param_aliases(field)[0][0]
        if alias in properties:
            conditions.append({"properties": {alias: member}})
        else:
            properties[alias] = member
        if field.field_info.is_required() and alias not in required:
            required.append(alias)
    schema.update({"properties": properties} if properties else {})
    schema.update({"required": required} if required else {})
    schema["allOf"] = conditions


def _form_model_conditions(field: ModelField, member: Schema) -> list[Schema]:
    """Return the conditions for a form to contain a model, or to omit an optional one."""
    member.pop("default", None)
    if type(None) not in get_args(field.field_info.annotation):
        return [member]
    # In a form, None means that all fields of the model are absent.
    member["anyOf"] = [choice for choice in member["anyOf"] if choice.get("type") != "null"]
    absent = _absence_of(get_form_models(field))
    if field.field_info.is_required():
        return [{"not": absent}, member]
    return [{"anyOf": [absent, member]}]


def _absence_of(models: Sequence[type[BaseModel]]) -> Schema:
    if any(map(takes_extra, models)):
        return {"maxProperties": 0}
    names = sorted(
        alias
        for alias in {
            alias
            for model in models
            for item in get_cached_model_fields(model)
            for alias, _ in get_param_aliases(item)
        }
    )
    return {"not": {"anyOf": [_requiring(name) for name in names]}} if names else {}
