"""Who may do what, on both databases."""

import base64
import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from .server import PASSWORD, READER, STAFF, STAFFED, Shop, rapide_run, serve


def log_in(client: httpx.Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/token", data={"username": email, "password": password, **more})


def test_somebody_who_signs_up_can_log_in_and_is_a_customer(client: httpx.Client) -> None:
    email = "Jo.March@example.org"
    account = client.post("/accounts", json={"email": email, "password": PASSWORD})
    assert account.status_code == 201, account.text
    assert account.json() == {"email": "jo.march@example.org", "role": "customer"}

    answer = log_in(client, email)

    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()
    assert token == {
        "access_token": token["access_token"],
        "token_type": "bearer",
        "expires_in": 1800,
        "scope": "orders",
    }
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert client.get("/accounts/me", headers=headers).json() == account.json()


def test_an_address_has_one_account(reader: httpx.Client) -> None:
    body = {"email": READER.upper(), "password": "another one"}
    answer = reader.post("/accounts", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate")


def test_a_password_is_never_told_back(client: httpx.Client) -> None:
    answer = client.post("/accounts", json={"email": "nobody", "password": "my dear secret"})
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["detail"]] == [["body", "email"]]
    assert "my dear secret" not in answer.text


@pytest.mark.parametrize(("email", "password"), [(READER, "guess"), ("who@example.org", PASSWORD)])
def test_a_wrong_password_and_an_unknown_account_are_refused_alike(
    reader: httpx.Client, email: str, password: str
) -> None:
    answer = log_in(reader, email, password)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_grant",
        "error_description": "The account or the password is wrong.",
    }


def test_a_token_has_the_scopes_asked_for_and_no_others(client: httpx.Client) -> None:
    token = log_in(client, STAFF, scope="stock orders").json()
    assert token["scope"] == "stock orders"
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert client.get("/stock", headers=headers).status_code == 200
    refused = client.get("/outbox", headers=headers)
    assert refused.status_code == 403
    assert refused.headers["www-authenticate"] == (
        'Bearer error="insufficient_scope", scope="orders:all"'
    )


def test_no_customer_gets_a_scope_of_the_staff(reader: httpx.Client) -> None:
    answer = log_in(reader, READER, scope="orders stock")
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_scope",
        "error_description": "Not for this account: stock.",
    }


STAFF_ROUTES = [
    ("POST", "/books", "catalogue"),
    ("PATCH", "/books/emma", "catalogue"),
    ("DELETE", "/books/emma", "catalogue"),
    ("PUT", "/books/emma/cover", "catalogue"),
    ("DELETE", "/books/emma/cover", "catalogue"),
    ("POST", "/authors", "catalogue"),
    ("GET", "/stock", "stock"),
    ("PUT", "/stock/emma", "stock"),
    ("GET", "/outbox", "orders:all"),
    ("POST", "/orders/00000000-0000-0000-0000-000000000000/ship", "orders:all"),
]


@pytest.mark.parametrize(("method", "path", "scope"), STAFF_ROUTES)
def test_a_customer_may_not_do_what_is_the_staffs(
    reader: httpx.Client, method: str, path: str, scope: str
) -> None:
    answer = reader.request(method, path, json={})
    assert answer.status_code == 403
    assert answer.json() == {
        "detail": f"This needs the scope {scope!r}.",
        "code": "not_allowed",
        "info": {"scope": scope},
    }


@pytest.mark.parametrize("authorization", [None, "Bearer guess", "Bearer ключ", "Basic abc"])
@pytest.mark.parametrize(
    ("method", "path"),
    [*(route[:2] for route in STAFF_ROUTES), ("GET", "/orders"), ("GET", "/accounts/me")],
)
def test_a_stranger_is_asked_to_log_in(
    client: httpx.Client, method: str, path: str, authorization: str | None
) -> None:
    headers = {b"Authorization": authorization.encode()} if authorization else None
    answer = client.request(method, path, headers=headers, json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_that_was_tampered_with_is_refused(shop: Shop, reader: httpx.Client) -> None:
    head, _, signature = shop.tokens[READER].split(".")
    claims = {"sub": STAFF, "scope": "stock", "exp": int(time.time()) + 60}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    unsigned = jwt.encode(claims, None, "none")
    for token in (f"{head}.{payload}.{signature}", unsigned):
        answer = reader.get("/stock", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


def test_a_secret_from_the_environment_signs_and_old_tokens_expire(tmp_path: Path) -> None:
    secret = "a secret of thirty-two characters"
    variables = STAFFED | {"BOOKSHOP_SECRET": secret}
    with serve(rapide_run(), tmp_path, **variables) as shop, shop.staff() as staff:
        claims = jwt.decode(shop.tokens[STAFF], secret, ["HS256"])
        assert claims["sub"] == STAFF
        for age, status in ((-60, 200), (60, 401)):
            token = jwt.encode(claims | {"exp": int(time.time()) - age}, secret, "HS256")
            answer = staff.get("/stock", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status


def test_tokens_outlive_a_restart_and_the_staffs_password_follows_the_environment(
    tmp_path: Path,
) -> None:
    with serve(rapide_run(), tmp_path, **STAFFED) as shop, shop.staff() as staff:
        assert staff.get("/stock").status_code == 200
        tokens = shop.tokens
    with serve(rapide_run(), tmp_path, BOOKSHOP_STAFF_PASSWORD="new password") as shop:
        headers = {"Authorization": f"Bearer {tokens[STAFF]}"}
        with shop.client() as client:
            assert client.get("/stock", headers=headers).status_code == 200
            assert log_in(client, STAFF).status_code == 400
            assert log_in(client, STAFF, "new password").status_code == 200
    with sqlite3.connect(tmp_path / "bookshop.db") as database:
        kept = "".join(database.iterdump())
    database.close()
    assert PASSWORD not in kept
    assert "$argon2id$" in kept
