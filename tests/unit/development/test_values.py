from __future__ import annotations

import os
from collections import OrderedDict, namedtuple
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import MagicMock

import msgspec
import pytest
from pydantic import BaseModel, Field, SecretStr, ValidationError
from starlette.datastructures import Headers

from rapide.development import patience
from rapide.development.masking import HIDDEN, Secrets
from rapide.development.patience import call_all
from rapide.development.values import MOST_SEARCHED, Describer
from rapide.exceptions import ResponseValidationError


class Model(BaseModel):
    name: str
    password: str = "hunter2"
    pin: SecretStr = SecretStr("123456789")
    internal: str = Field(default="not shown", repr=False)


@dataclass
class Data:
    api_key: str
    model: Model
    skipped: str = field(default="not shown", repr=False)


class Struct(msgspec.Struct):
    token: str
    size: int = 3


Pair = namedtuple("Pair", ["name", "secret"])


def describe(value: object, name: str = "value") -> str:
    return Describer(Secrets()).describe(name, value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"token": "abcdefgh", "page": 3}, "{'token': [hidden], 'page': 3}"),
        ([{"a": {"passwd": 4}}], "[{'a': {'passwd': [hidden]}}]"),
        (Model(name="Ann"), "Model(name='Ann', password=[hidden], pin=[hidden])"),
        (
            Data("key", Model(name="Ann")),
            "Data(api_key=[hidden], model=Model(name='Ann', password=[hidden], pin=[hidden]))",
        ),
        (Struct("abcdefgh"), "Struct(token=[hidden], size=3)"),
        (Pair("a", "b"), "Pair(name='a', secret=[hidden])"),
        ((b"authorization", b"Bearer x"), "(b'authorization', [hidden])"),
        (Headers({"cookie": "a=b", "host": "h"}), "Headers({'cookie': [hidden], 'host': 'h'})"),
        (OrderedDict(token="x", a=None), "OrderedDict({'token': [hidden], 'a': None})"),
        ((1,), "(1,)"),
        (set(), "set()"),
        (frozenset({1}), "frozenset({1})"),
        (b"a\xff", "b'a\\xff'"),
        ({"token": None, "is_private": True}, "{'token': None, 'is_private': True}"),
    ],
)
def test_values_are_described_without_their_secrets(value: object, shown: str) -> None:
    assert describe(value) == shown


def test_the_environment_is_described_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "abcdefgh")
    monkeypatch.setenv("SHELL", "sh")
    assert describe(os.environ) == ("_Environ({'AWS_SECRET_ACCESS_KEY': [hidden], 'SHELL': 'sh'})")


@pytest.mark.parametrize("value", ["swordfish", 4711, ["a"], Model(name="x"), object()])
def test_the_value_of_a_secret_name_is_hidden_whatever_it_is(value: object) -> None:
    assert describe(value, "user_password") == HIDDEN


@pytest.mark.parametrize("value", [None, True, len, Model, os])
def test_what_contains_no_secret_is_shown(value: object) -> None:
    assert describe(value, "hash_password") == repr(value)


def test_a_secret_in_a_repr_is_hidden() -> None:
    class Client:
        def __repr__(self) -> str:
            return "<Client url='https://ann:swordfish@host' token='abcdefgh' page=3>"

    assert describe(Client()) == ("<Client url='https://ann:[hidden]@host' token=[hidden] page=3>")


def test_a_secret_is_hidden_where_it_occurs_under_another_name() -> None:
    secrets = Secrets()
    Describer(secrets).describe("value", {"login": Data("key-4711", Model(name="A"))})
    assert secrets.hide("wrong: key-4711, hunter2, 123456789") == (
        f"wrong: {HIDDEN}, {HIDDEN}, {HIDDEN}"
    )


def test_large_values_are_cut() -> None:
    assert describe("x" * 10**6).endswith("… and 999,500 more")
    assert describe([*range(10**5)]).endswith("19, … and 99,980 more]")
    deep: Any = []
    for _ in range(1000):
        deep = [deep]
    assert describe(deep) == "[[[[[list(…)]]]]]"
    recursive: dict[str, Any] = {}
    recursive["self"] = recursive
    assert "dict(…)" in describe(recursive)

    class Huge:
        def __repr__(self) -> str:
            return "x" * 10**6

    assert len(describe([Huge()] * 100)) <= MOST_SEARCHED + 1


def test_a_broad_value_is_described_quickly() -> None:
    broad: Any = "leaf of a tree"
    for _ in range(5):
        broad = dict.fromkeys(range(20), broad)
    assert len(describe({"tree": broad})) <= MOST_SEARCHED + 1


@pytest.mark.parametrize("value", ["hunter2", "abc", 4711])
def test_a_validation_error_does_not_show_the_secret_that_is_not_valid(value: object) -> None:
    class Strict(BaseModel):
        password: list[int]

    secrets = Secrets()
    with pytest.raises(ValidationError) as caught:
        Strict.model_validate({"password": value})
    text = secrets.hide(Describer(secrets).message_of(caught.value))
    assert str(value) not in text
    assert "input_value=[hidden]" in text
    response_error = ResponseValidationError(caught.value.errors())
    assert str(value) not in Describer(secrets).message_of(response_error)


def test_a_repr_that_raises_is_named() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise SystemExit("no")

    class NoText:
        def __repr__(self) -> Any:
            return 3

    assert describe([Broken()]) == "[[its __repr__ raised SystemExit]]"
    assert describe(NoText()) == "[its __repr__ raised TypeError]"
    assert describe(10**5000) == "[its __repr__ raised ValueError]"
    assert "MagicMock" in describe(MagicMock())


def test_a_call_that_never_returns_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FOR_ONE", 0.2)

    def loop() -> str:
        while True:
            pass

    def fail() -> str:
        raise KeyboardInterrupt

    results = call_all([lambda: "first", loop, fail, lambda: "last"])
    assert results == [
        "first",
        "[not shown: it takes longer than 0.2 s]",
        "[not shown: it raised KeyboardInterrupt]",
        "last",
    ]


def test_many_calls_that_never_return_end_with_the_time_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "FOR_ONE", 0.05)
    monkeypatch.setattr(patience, "FOR_ALL", 0.1)

    def loop() -> str:
        while True:
            pass

    results = call_all([loop] * 50)
    assert len(results) == 50
    assert results[-1] == "[not shown: the values before it took too long]"
