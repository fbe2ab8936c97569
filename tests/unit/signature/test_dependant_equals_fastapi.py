"""Every declaration is read as the installed FastAPI reads it."""

from importlib import import_module
from typing import Any

import pytest

from .declarations import ACCEPTED
from .oracle import describe, describe_field, interface, readable
from .refused import REFUSED

fastapi_models = import_module("fastapi.dependencies.models")
fastapi_utils = import_module("fastapi.dependencies.utils")
rapide_models = import_module("rapide.dependencies.models")
dependencies = import_module("rapide.signature.dependencies")
bodies = import_module("rapide.signature.bodies")


def name_of(case: Any) -> str:
    return case.__name__


def read_both(case: Any) -> tuple[Any, Any]:
    path, endpoint = case(interface("fastapi"))
    theirs = fastapi_utils.get_dependant(path=path, call=endpoint)
    path, endpoint = case(interface("rapide"))
    return theirs, dependencies.get_dependant(path=path, call=endpoint)


@pytest.mark.parametrize("case", ACCEPTED, ids=name_of)
def test_the_dependency_graph_is_the_same(case: Any) -> None:
    theirs, ours = read_both(case)

    assert describe(ours, rapide_models) == describe(theirs, fastapi_models)


@pytest.mark.parametrize("case", ACCEPTED, ids=name_of)
def test_the_second_reading_is_like_the_first(case: Any) -> None:
    path, endpoint = case(interface("rapide"))
    first = dependencies.get_dependant(path=path, call=endpoint)
    described = describe(first, rapide_models)

    second = dependencies.get_dependant(path=path, call=endpoint)

    assert describe(second, rapide_models) == described


@pytest.mark.parametrize("case", ACCEPTED, ids=name_of)
def test_the_flat_parameters_are_the_same(case: Any) -> None:
    theirs, ours = read_both(case)

    assert [describe_field(field) for field in dependencies.get_flat_params(ours)] == [
        describe_field(field) for field in fastapi_utils.get_flat_params(theirs)
    ]


@pytest.mark.parametrize("case", ACCEPTED, ids=name_of)
@pytest.mark.parametrize("convert", [False, True])
def test_the_accepted_names_are_the_same(case: Any, convert: bool) -> None:
    theirs, ours = read_both(case)

    def names(flat: Any, get_aliases: Any) -> list[Any]:
        return [get_aliases(field, convert_underscores=convert) for field in flat]

    assert names(dependencies.get_flat_params(ours), dependencies.get_param_aliases) == names(
        fastapi_utils.get_flat_params(theirs), fastapi_utils._get_param_aliases
    )


@pytest.mark.parametrize("case", ACCEPTED, ids=name_of)
def test_the_body_is_the_same(case: Any) -> None:
    theirs, ours = read_both(case)
    their_fields = fastapi_utils._get_flat_body_params(theirs)
    our_fields = dependencies.get_flat_body_params(ours)
    embed = bodies.should_embed_body_fields(our_fields)
    assert embed == fastapi_utils._should_embed_body_fields(their_fields)

    their_body = fastapi_utils._get_body_field(
        body_params=their_fields, name="it", embed_body_fields=embed
    )
    our_body = bodies.get_body_field(body_params=our_fields, name="it", embed_body_fields=embed)

    assert (our_body and describe_field(our_body)) == (their_body and describe_field(their_body))
    assert [readable(bodies.get_form_models(field)) for field in our_fields] == [
        readable(fastapi_utils._get_form_models(field)) for field in their_fields
    ]


@pytest.mark.parametrize("case", REFUSED, ids=name_of)
def test_a_broken_declaration_is_refused_with_the_same_facts(case: Any) -> None:
    path, endpoint = case(interface("fastapi"))
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - whichever it is
        fastapi_utils.get_dependant(path=path, call=endpoint)
    path, endpoint = case(interface("rapide"))
    with pytest.raises(Exception) as ours:  # noqa: PT011
        dependencies.get_dependant(path=path, call=endpoint)

    names = {base.__name__ for base in type(ours.value).__mro__}
    assert type(theirs.value).__name__ in names
    if theirs.type is AssertionError:
        assert readable(str(theirs.value))[1:-1] in readable(str(ours.value))
