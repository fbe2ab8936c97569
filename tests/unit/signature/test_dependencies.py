"""What is analysed once, and what is read anew for each route."""

from typing import Annotated, Any

from pydantic import AliasChoices

from rapide.param_functions import Depends, Header, Path, Query, Security
from rapide.params import Security as SecurityClass
from rapide.signature.dependencies import (
    get_dependant,
    get_flat_params,
    get_parameterless_sub_dependant,
)


def get_db(limit: Annotated[int, Query()] = 3, x_token: str | None = Header(None)) -> None: ...


def read_items(db: Any = Depends(get_db)) -> None: ...


def read_users(db: Any = Depends(get_db)) -> None: ...


def names(fields: Any) -> list[str]:
    return [field.name for field in fields]


def test_two_routes_share_what_cannot_change_of_a_dependency() -> None:
    items = get_dependant(path="/items", call=read_items).dependencies[0]
    users = get_dependant(path="/users/{user_id}", call=read_users).dependencies[0]

    assert items.query_params[0].types is users.query_params[0].types
    assert items.query_params[0]._type_adapter is users.query_params[0]._type_adapter


def test_two_routes_have_fields_of_their_own() -> None:
    items = get_dependant(path="/items", call=read_items).dependencies[0]
    users = get_dependant(path="/users", call=read_users).dependencies[0]

    items.query_params[0].name = "renamed"
    items.query_params[0].field_info.default = 7

    assert users.query_params[0].name == "limit"
    assert users.query_params[0].field_info.default == 3


def test_two_routes_share_a_declaration_that_is_a_default_value() -> None:
    items = get_dependant(path="/items", call=read_items).dependencies[0]
    users = get_dependant(path="/users", call=read_users).dependencies[0]

    assert items.header_params[0] is not users.header_params[0]
    assert items.header_params[0].field_info is users.header_params[0].field_info


def test_a_changed_declaration_counts_for_what_is_read_later() -> None:
    limit = Query(3)

    def get_page(limit: int = limit) -> None: ...

    get_dependant(path="/", call=get_page)
    limit.title = "Most"
    field = get_dependant(path="/", call=get_page).query_params[0]

    assert field.field_info is limit
    assert field._type_adapter.json_schema()["title"] == "Most"


def test_two_routes_do_not_share_the_lists_of_a_dependency() -> None:
    items = get_dependant(path="/items", call=read_items)
    users = get_dependant(path="/users", call=read_users)

    items.dependencies[0].query_params.clear()
    items.dependencies.clear()

    assert names(users.dependencies[0].query_params) == ["limit"]


def test_a_dependency_keeps_the_path_of_its_route() -> None:
    assert get_dependant(path="/a", call=read_items).dependencies[0].path == "/a"
    assert get_dependant(path="/b", call=read_items).dependencies[0].path == "/b"


def test_a_parameter_follows_the_path_it_is_used_under() -> None:
    def get_item(item_id: int | None = None) -> None: ...

    def endpoint(item: Any = Depends(get_item)) -> None: ...

    without = get_dependant(path="/", call=endpoint).dependencies[0]
    within = get_dependant(path="/{item_id}", call=endpoint).dependencies[0]
    again = get_dependant(path="/again", call=endpoint).dependencies[0]

    assert (names(without.query_params), names(without.path_params)) == (["item_id"], [])
    assert (names(within.query_params), names(within.path_params)) == ([], ["item_id"])
    assert (names(again.query_params), names(again.path_params)) == (["item_id"], [])


def test_an_alias_choice_follows_the_path_it_is_used_under() -> None:
    choice = Path(validation_alias=AliasChoices("item", "thing"))

    def annotated(x: Annotated[int, choice]) -> None: ...

    def by_default(x: int = choice) -> None: ...

    for call in (annotated, by_default):
        for name in ("item", "thing", "item"):
            field = get_dependant(path=f"/{{{name}}}", call=call).path_params[0]
            assert field.validation_alias == name


def test_a_declaration_shared_by_two_parameters_says_what_was_read_last() -> None:
    shared = Query(None)

    def first(a: int = shared) -> None: ...

    def second(b: str = shared) -> None: ...

    get_dependant(path="/", call=first)
    get_dependant(path="/", call=second)
    field = get_dependant(path="/", call=first).query_params[0]

    assert shared.annotation is int
    assert field.alias == "a"


def test_a_field_keeps_validating_what_it_was_declared_for() -> None:
    shared = Query(None)

    def first(a: int = shared) -> None: ...

    def second(b: str = shared) -> None: ...

    field = get_dependant(path="/", call=first).query_params[0]
    get_dependant(path="/", call=second)

    assert field.validate("1") == (1, [])


def test_a_changed_signature_is_read_again() -> None:
    def dep(a: int = 1) -> None: ...

    def endpoint(d: Any = Depends(dep)) -> None: ...

    get_dependant(path="/", call=endpoint)
    dep.__annotations__["a"] = str

    field = get_dependant(path="/", call=endpoint).dependencies[0].query_params[0]
    assert field.field_info.annotation is str


def test_scopes_of_parents_come_first_and_stay_apart_per_route() -> None:
    def token() -> None: ...

    def user(t: Any = Security(token, scopes=["me"])) -> None: ...

    def endpoint(u: Any = Security(user, scopes=["items"])) -> None: ...

    dependant = get_dependant(path="/", call=endpoint, own_oauth_scopes=["root"])

    inner = dependant.dependencies[0].dependencies[0]
    assert inner.own_oauth_scopes == ["me"]
    assert inner.parent_oauth_scopes == ["root", "items"]


def test_a_dependency_without_parameter_has_its_scopes_but_no_name() -> None:
    dependant = get_parameterless_sub_dependant(
        depends=SecurityClass(get_db, scopes=["a"]), path="/"
    )

    assert dependant.name is None
    assert dependant.own_oauth_scopes == ["a"]


def test_a_dependency_used_twice_gives_its_parameters_once() -> None:
    def endpoint(a: Any = Depends(get_db), b: Any = Depends(get_db)) -> None: ...

    flat = get_flat_params(get_dependant(path="/", call=endpoint))

    assert names(flat) == ["limit", "x_token"]
