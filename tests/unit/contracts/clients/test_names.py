"""The names of clients, and that nothing but the application decides the output."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rapide.contracts.clients.api import Alias, Api, ListOf, Model, Named, Property, Scalar
from rapide.contracts.clients.names import Names, camel, encoded_path, pascal, snake
from rapide.contracts.clients.reading import own_name
from rapide.contracts.clients.variants import joined_variants

TEXT = Scalar("string")


@pytest.mark.parametrize(
    ("make", "given", "expected"),
    [
        (snake, "order_id", "order_id"),
        (snake, "orderId", "order_id"),
        (snake, "X-Order-ID", "x_order_id"),
        (snake, "HTTPBearer", "http_bearer"),
        (snake, "OAuth2PasswordBearer", "oauth2_password_bearer"),
        (snake, "_private", "private"),
        (snake, "_204", "value_204"),
        (snake, "1st item", "value_1st_item"),
        (snake, "größe", "größe"),
        (snake, "--", "value"),
        (camel, "read_book", "readBook"),
        (camel, "http_bearer", "httpBearer"),
        (camel, "1st", "value1st"),
        (pascal, "Page_BookOut_", "PageBookOut"),
        (pascal, "Book-Input", "BookInput"),
        (pascal, "shop__models__Book", "ShopModelsBook"),
        (pascal, "404", "Type404"),
        (lambda path: own_name(f"read{path}", "/items/{id}", "get"), "_items__id__get", "read"),
        (lambda path: own_name(f"both{path}", "/items", "post"), "_items_get", "both"),
        (lambda name: own_name(name, "/items", "get"), "myOperation", "myOperation"),
        (lambda path: encoded_path(path, {"a": "{x}"}), '/ä "`$/{a}', "/%C3%A4%20%22%60$/{x}"),
    ],
)
def test_a_name_is_made(make: Any, given: str, expected: str) -> None:
    assert make(given) == expected


def test_a_name_is_given_once() -> None:
    names = Names({"class"})
    given = ["class", "id", "id", "id"]
    assert [names.give(name) for name in given] == ["class_", "id", "id_2", "id_3"]
    assert names.give("id", "id_query") == "id_query"


def test_input_and_output_are_one_type_only_if_all_that_they_are_made_of_is() -> None:
    def variants(name: str, part: str, *more: Property) -> list[Any]:
        return [
            Model(f"{name}{way}", (Property("part", ListOf(Named(f"{part}{way}"))), *extra))
            for way, extra in (("Input", more), ("Output", ()))
        ]

    definitions = [
        *variants("Tree", "Tree"),
        *variants("Book", "Author", Property("own", TEXT)),
        *variants("Author", "Tree"),
        *variants("Shelf", "Book"),
        *variants("Shop", "Tree"),
        Alias("Shop", TEXT),
    ]
    joined = joined_variants(Api("", "", definitions=tuple(definitions)))
    assert [definition.name for definition in joined.definitions] == [
        *("Author", "BookInput", "BookOutput", "ShelfInput", "ShelfOutput"),
        *("Shop", "ShopInput", "ShopOutput", "Tree"),
    ]


APPLICATION = """
from rapide import FastAPI
from pydantic import BaseModel

app = FastAPI()

class Item(BaseModel):
    words: set[str] = {"a", "b", "c", "d", "e"}

@app.api_route("/items", methods=["GET", "POST", "PUT", "DELETE"])
def items(item: Item) -> Item: ...
"""


def test_each_process_writes_the_same(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APPLICATION)
    printed = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "rapide", "client", "typescript"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1]
    assert b"itemsPut(" in printed[0]
