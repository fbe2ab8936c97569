from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from rapide.development.masking import HIDDEN, Secrets, is_secret


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "db_password",
        "PASSWD",
        "x-api-key",
        "X_API_KEY",
        "apiKey",
        "accessToken",
        "client-secret",
        "Authorization",
        b"proxy-authorization",
        "private_key",
        "credentials",
        "Set-Cookie",
        "auth",
        "basicAuth",
        "pin",
    ],
)
def test_the_names_of_secrets_are_known(name: str | bytes) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["name", "author", "spinner", "page", "key", "monkey", "compass", "", 3, None, object()]
)
def test_other_names_are_not_secret(name: object) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    "text",
    [
        "password='hunter2'",
        "User(name='a', password='hunter2', x=1)",
        "{'api_key': 'hunter2'}",
        '{"token":"hunter2"}',
        '{"nested": {"secret": "hunter2"}}',
        'b\'{"token": "hunter2"}\'',
        "'{\\'token\\': \\'hunter2\\'}'",
        '"{\\\\\\"token\\\\\\": \\\\\\"hunter2\\\\\\"}"',
        "q=1&password=hunter2&page=3",
        "Authorization: Bearer hunter2",
        "postgresql://shop:hunter2@db:5432/shop",
        "the header was Basic hunter2==",
        "password: hunter2",
        "{'token': 'hunter2 and the text was cut",
    ],
)
def test_a_value_with_the_name_of_a_secret_is_hidden_in_any_text(text: str) -> None:
    hidden = Secrets().hide(text)
    assert "hunter2" not in hidden
    assert HIDDEN in hidden


@pytest.mark.parametrize(
    "text",
    ["token=None", "is_private=True", "a token", "https://host:8000/path", "name='hunter2'", ""],
)
def test_a_text_without_secrets_stays(text: str) -> None:
    assert Secrets().hide(text) == text


def test_what_was_hidden_once_is_hidden_everywhere() -> None:
    secrets = Secrets()
    secrets.add("Bearer abc.def.ghi")
    secrets.add(b"raw-bytes")
    secrets.add("Basic " + base64.b64encode(b"ann:swordfish").decode())
    text = secrets.hide("abc.def.ghi, raw-bytes and swordfish of ann")
    assert text == f"{HIDDEN}, {HIDDEN} and {HIDDEN} of ann"


def test_a_secret_is_hidden_in_every_way_of_writing_it() -> None:
    secrets = Secrets()
    secrets.add('it\'s "ä/b" +\n1')
    for written in (
        'it\'s "ä/b" +\n1',
        repr('it\'s "ä/b" +\n1'),
        json.dumps('it\'s "ä/b" +\n1'),
        json.dumps('it\'s "ä/b" +\n1', ensure_ascii=False),
        urlencode({"q": 'it\'s "ä/b" +\n1'}),
        quote('it\'s "ä/b" +\n1'),
    ):
        assert secrets.hide(f"<{written}>").strip("<'\">").removeprefix("q=") == HIDDEN


def test_literals_in_code_are_searched_for_secrets() -> None:
    secrets = Secrets()
    for line in (
        "connect('host=h password=hunter2 dbname=x')",
        'send(\'{"token": "hunter2"}\')',
        'get("http://h/?q=1&api_key=hunter2")',
    ):
        hidden = secrets.hide_in_code(line)
        assert "hunter2" not in hidden
        assert HIDDEN in hidden
    for line in ("f'password={password}'", "fail('unknown token: log in again')"):
        assert secrets.hide_in_code(line) == line


@pytest.mark.parametrize("short", ["", "a", "12345", "Basic ???", None, 3])
def test_a_short_text_does_not_empty_the_page(short: Any) -> None:
    secrets = Secrets()
    secrets.add(short)
    assert secrets.hide("a 12345 ??? 3") == "a 12345 ??? 3"


def test_literals_are_hidden_in_code_and_nothing_else() -> None:
    secrets = Secrets()
    assert secrets.hide_in_code('password = "hunter2"') == f"password = {HIDDEN}"
    assert secrets.hide_in_code("x = f(api_key='k', page=1)") == f"x = f(api_key={HIDDEN}, page=1)"
    assert secrets.hide_in_code('def f(token: str | None = "t"):') == (
        f"def f(token: str | None = {HIDDEN}):"
    )
    kept = "token: Annotated[str, Header()] = read_token(secret)"
    assert secrets.hide_in_code(kept) == kept
    assert secrets.hide_in_code("if password == 'a':") == "if password == 'a':"


def test_an_object_is_no_name() -> None:
    assert not is_secret(SimpleNamespace(password=1))
