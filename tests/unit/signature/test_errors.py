"""What the errors about broken declarations say."""

import sys
from functools import partial
from typing import Annotated, Any

import pytest

from rapide.exceptions import DependencyScopeError, FastAPIError
from rapide.param_functions import Depends, Path, Query
from rapide.params import Depends as DependsClass
from rapide.signature.dependencies import get_dependant, get_parameterless_sub_dependant
from rapide.signature.errors import (
    DeclarationError,
    ScopeMismatchError,
    UncallableDependencyError,
    WrongPathParameterError,
)


class Opaque:
    pass


def get_db(limit: Annotated[int, Query(3)]) -> int:
    return limit


def get_user(db: Any = Depends(get_db)) -> Any:
    return db


def read_item(user: Any = Depends(get_user)) -> Any:
    return user


def refusal(call: Any, path: str = "/") -> DeclarationError:
    with pytest.raises(DeclarationError) as caught:
        get_dependant(path=path, call=call)
    return caught.value


def test_an_error_names_route_parameter_place_and_chain() -> None:
    message = str(refusal(read_item).in_route("GET /items"))

    assert message.splitlines() == [
        "`Query` default value cannot be set in `Annotated` for 'limit'. "
        "Set the default value with `=` instead.",
        "  instead: limit: Annotated[…, Query()] = 3",
        "  route: GET /items",
        "  parameter: limit",
        f"  defined at: {__file__}:{get_db.__code__.co_firstlineno}",
        "  reached by: read_item → get_user → get_db",
    ]


def test_an_error_found_by_fastapi_with_an_assertion_is_an_assertion_error() -> None:
    error = refusal(read_item)

    assert isinstance(error, AssertionError)
    assert isinstance(error, FastAPIError)


def test_an_unusable_type_is_no_assertion_error_and_says_where() -> None:
    def endpoint(thing: Opaque) -> None: ...

    error = refusal(endpoint)

    assert not isinstance(error, AssertionError)
    assert str(error).startswith("Invalid args for response field!")
    assert "parameter: thing" in str(error)
    assert "or Depends(…)" in str(error)
    assert "reached by: endpoint" in str(error)


def test_a_query_for_a_path_name_is_refused_with_the_way_out() -> None:
    def endpoint(item_id: int = Query()) -> None: ...

    error = refusal(endpoint, "/{item_id}")

    assert type(error) is WrongPathParameterError
    assert error.instead == "item_id: Annotated[…, Path()], or another name"


def test_a_path_parameter_in_annotated_takes_no_default() -> None:
    def endpoint(item_id: Annotated[int, Path()] = 1) -> None: ...

    assert "Path parameters cannot have default values" in str(refusal(endpoint, "/{item_id}"))


def test_a_scope_mismatch_is_fastapis_error_with_the_details() -> None:
    def session() -> Any:
        yield

    def transaction(s: Any = Depends(session, scope="function")) -> Any:
        yield

    def endpoint(t: Any = Depends(transaction)) -> None: ...

    error = refusal(endpoint)

    assert type(error) is ScopeMismatchError
    assert isinstance(error, DependencyScopeError)
    assert error.instead == 'Depends(transaction, scope="function")'
    assert error.chain == ["endpoint", "transaction"]


def test_a_dependency_run_for_its_effects_must_be_callable() -> None:
    with pytest.raises(UncallableDependencyError, match="must have a callable dependency"):
        get_parameterless_sub_dependant(depends=DependsClass(None), path="/")


def test_an_error_of_pydantic_gets_a_note_for_each_callable() -> None:
    def get_page(size: Annotated[int, Query(gt=1.5)]) -> None: ...

    def endpoint(page: Any = Depends(get_page)) -> None: ...

    with pytest.raises(Exception, match="integer") as caught:
        get_dependant(path="/", call=endpoint)

    assert caught.value.__notes__ == [
        f"while reading the signature of get_page ({__file__}:{get_page.__code__.co_firstlineno})",
        f"while reading the signature of endpoint ({__file__}:{endpoint.__code__.co_firstlineno})",
    ]


def test_a_cycle_is_named_and_a_chain_that_is_only_long_is_not_one() -> None:
    def shelf(book: Any) -> None: ...

    def book(shelf: Any = Depends(shelf)) -> None: ...

    shelf.__defaults__ = (Depends(book),)
    error = refusal(lambda found=Depends(book): None)
    assert isinstance(error, RecursionError)
    assert error.problem.endswith("a cycle: book → shelf → book")
    assert error.chain == ["<lambda>", "book", "shelf", "book"]
    long: Any = get_user
    for _ in range(sys.getrecursionlimit()):
        long = partial(read_item, user=Depends(long))
    with pytest.raises(RecursionError) as caught:
        get_dependant(path="/", call=long)
    assert not isinstance(caught.value, DeclarationError)
