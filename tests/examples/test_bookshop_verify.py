"""`rapide verify` finds no difference in the bookshop."""

import json
import subprocess
import sys
from pathlib import Path

from .server import BOOKSHOP, PASSWORD, STAFF, environment

BY = {"Authorization": "Bearer ${token}"}
LOGIN = {"username": STAFF, "password": PASSWORD}
REQUESTS = [
    {"method": "POST", "path": "/token", "form": LOGIN, "keep": {"token": "access_token"}},
    {"path": "/catalogue?q=emma"},
    {"path": "/books?author=zola&sort=-year&size=3"},
    {"path": "/books.csv?size=1"},
    {"method": "PUT", "path": "/stock/hamlet", "headers": BY, "json": {"copies": 2}},
    {
        "method": "POST",
        "path": "/orders",
        "headers": BY,
        "json": {"lines": [{"book": "hamlet"}]},
        "keep": {"order": "id"},
    },
    {"path": "/orders/${order}", "headers": BY},
    {"method": "POST", "path": "/orders/${order}/ship", "headers": BY},
    {"path": "/stock-changes", "headers": BY | {"Last-Event-ID": "0"}},
]
ENVIRONMENT = {
    "BOOKSHOP_DB": "{tmp}/shop.db",
    "BOOKSHOP_COVERS": "{tmp}/covers",
    "BOOKSHOP_STAFF_PASSWORD": PASSWORD,
}


def test_no_difference_is_found(tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text("".join(f"{json.dumps(request)}\n" for request in REQUESTS))
    report = tmp_path / "report.json"
    options = [
        *("--examples", "2", "--requests", str(requests), "--json", str(report)),
        *("--header", f"Authorization: {BY['Authorization']}"),
        *(part for name, value in ENVIRONMENT.items() for part in ("--env", f"{name}={value}")),
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "rapide", "verify", str(BOOKSHOP / "main.py"), *options],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads(report.read_text())
    assert (found["document"], found["answers"]) == ([], [])
    assert found["statuses"].keys() >= {"200", "201", "404", "422"}
    assert "POST /orders: body id" in found["not_comparable"]
    assert not any("token" in note for note in found["notes"])
