"""Requests that were written down: as JSON lines, and in HTTP archives."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from rapide.cli.verify.exchange import Request
from rapide.cli.verify.recorded import read_archive, read_lines
from rapide.cli.verify.settings import VerifyError


def read_line(folder: Path, **line: Any) -> Request:
    (folder / "r.jsonl").write_text(json.dumps(line))
    (request,) = read_lines(folder / "r.jsonl")
    return request


def test_a_line_needs_a_path_only(tmp_path: Path) -> None:
    assert read_line(tmp_path, path="/a?b=c") == Request(
        "GET", "/a?b=c", origin="line 1 of r.jsonl"
    )


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ({"path": "/é b?q=ü&x=%20"}, "/%C3%A9%20b?q=%C3%BC&x=%20"),
        ({"url": "https://example.org/a?b=c#d"}, "/a?b=c"),
        ({"url": "http://example.org"}, "/"),
        ({"path": "/orders/${order}"}, "/orders/${order}"),
        ({"path": "//a"}, "//a"),
    ],
)
def test_path_and_query_are_sent(tmp_path: Path, given: dict[str, str], target: str) -> None:
    assert read_line(tmp_path, **given).target == target


@pytest.mark.parametrize(
    ("given", "body", "kind"),
    [
        ({"json": {"a": "é"}}, '{"a": "é"}'.encode(), "application/json"),
        ({"json": None}, b"null", "application/json"),
        ({"form": {"a": ["1", "2"]}}, b"a=1&a=2", "application/x-www-form-urlencoded"),
        ({"body": "é"}, "é".encode(), None),
        ({"base64": base64.b64encode(b"\xff").decode()}, b"\xff", None),
        ({}, None, None),
    ],
)
def test_a_body_is_given_in_one_of_four_ways(
    tmp_path: Path, given: dict[str, Any], body: bytes | None, kind: str | None
) -> None:
    request = read_line(tmp_path, method="post", path="/", **given)
    assert (request.method, request.body) == ("POST", body)
    assert dict(request.headers).get("Content-Type") == kind


def test_a_content_type_that_is_given_is_kept(tmp_path: Path) -> None:
    request = read_line(tmp_path, path="/", json=1, headers=[["content-type", "text/x"]])
    assert request.headers == (("content-type", "text/x"),)


def test_lines_are_numbered_and_empty_ones_skipped(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"path": "/a"}\n\n{"path": "/b"}\n')
    origins = [request.origin for request in read_lines(tmp_path / "r.jsonl")]
    assert origins == ["line 1 of r.jsonl", "line 3 of r.jsonl"]


def test_what_is_written_of_a_request_can_be_read_again(tmp_path: Path) -> None:
    request = Request(
        "PUT",
        "/a?b=%20",
        (("X", "1"), ("X", "2")),
        b"\xff\x00",
        "line 1 of r.jsonl",
        keep={"id": "items.0.id"},
    )
    again = read_line(tmp_path, **request.as_line())
    assert (again, again.keep) == (request, request.keep)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1 of r.jsonl: Expecting property name"),
        ("[]", "a JSON object is needed"),
        ("{}", "either path or url is needed"),
        ('{"path": "a"}', "a path begins with a slash: a"),
        ('{"path": "/", "cookie": 1}', "unknown: cookie; known: base64, body,"),
        ('{"path": "/", "body": "", "json": 1}', "only one body is possible, not json and body"),
        ('{"path": "/", "base64": "?"}', "base64: "),
        ('{"path": "/", "headers": 1}', "line 1 of r.jsonl: "),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "r.jsonl").write_text(line)
    with pytest.raises(VerifyError) as error:
        list(read_lines(tmp_path / "r.jsonl"))
    assert message in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match=r"cannot read .*r\.jsonl: .*No such file"):
        list(read_lines(tmp_path / "r.jsonl"))


def archive(folder: Path, *requests: dict[str, Any]) -> Path:
    file = folder / "a.har"
    file.write_text(json.dumps({"log": {"entries": [{"request": each} for each in requests]}}))
    return file


def test_an_archive_gives_its_http_requests(tmp_path: Path) -> None:
    headers = [
        {"name": ":authority", "value": "example.org"},
        {"name": "host", "value": "example.org"},
        {"name": "content-length", "value": "1"},
        {"name": "cookie", "value": "a=b"},
    ]
    posted = {"mimeType": "text/plain", "text": "é"}
    file = archive(
        tmp_path,
        {"method": "GET", "url": "https://example.org/a?b=c", "headers": headers},
        {"method": "GET", "url": "wss://example.org/socket", "headers": []},
        {"method": "POST", "url": "https://example.org/", "headers": [], "postData": posted},
    )
    assert list(read_archive(file)) == [
        Request("GET", "/a?b=c", (("cookie", "a=b"),), origin="request 1 of a.har"),
        Request("POST", "/", (), "é".encode(), origin="request 3 of a.har"),
    ]


def test_an_archive_may_have_parameters_and_encoded_bodies(tmp_path: Path) -> None:
    form = {"params": [{"name": "a", "value": "1 2"}, {"name": "b"}]}
    coded = {"text": "/w==", "encoding": "base64"}
    file = archive(
        tmp_path,
        *({"method": "POST", "url": "http://x/", "postData": each} for each in (form, coded)),
    )
    assert [request.body for request in read_archive(file)] == [b"a=1+2&b=", b"\xff"]


@pytest.mark.parametrize("text", ["{", "{}", '{"log": {"entries": [{}]}}', "[]"])
def test_what_is_no_archive_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.har").write_text(text)
    with pytest.raises(VerifyError, match=r"a\.har is not an HTTP archive: "):
        list(read_archive(tmp_path / "a.har"))
