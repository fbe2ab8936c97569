"""How the body of a response is framed."""

from itertools import product

import pytest

from rapide.http11.framing import chunk, framing_of, lines_of
from rapide.http11.heads import read_head
from rapide.http11.states import BY_LENGTH, CHUNKED, NO_BODY, UNTIL_CLOSE

LENGTH, OTHER = (b"content-length", b"5"), (b"content-length", b"7")
CODED, FIELD = (b"transfer-encoding", b"chunked"), (b"x-a", b"b")


@pytest.mark.parametrize(
    ("status", "method", "version", "fields", "framing", "lines"),
    [
        (200, "GET", "1.1", [LENGTH], BY_LENGTH, b"content-length: 5\r\n"),
        (200, "GET", "1.1", [], CHUNKED, b""),
        (200, "GET", "1.0", [], UNTIL_CLOSE, b""),
        (200, "GET", "1.1", [CODED], CHUNKED, b"transfer-encoding: chunked\r\n"),
        (200, "GET", "1.0", [CODED], UNTIL_CLOSE, b""),
        (200, "GET", "1.0", [CODED, LENGTH], BY_LENGTH, b""),
        (200, "GET", "1.1", [LENGTH, FIELD, OTHER], BY_LENGTH, b"content-length: 5\r\nx-a: b\r\n"),
        (
            200,
            "GET",
            "1.1",
            [LENGTH, CODED, FIELD, OTHER],
            CHUNKED,
            b"x-a: b\r\ntransfer-encoding: chunked\r\n",
        ),
        (200, "HEAD", "1.1", [LENGTH], NO_BODY, b"content-length: 5\r\n"),
        (304, "GET", "1.1", [LENGTH], NO_BODY, b"content-length: 5\r\n"),
        (204, "GET", "1.1", [LENGTH, FIELD], NO_BODY, b"x-a: b\r\n"),
        (204, "GET", "1.1", [CODED], NO_BODY, b""),
        (100, "GET", "1.1", [LENGTH], NO_BODY, b""),
        (205, "GET", "1.1", [LENGTH], NO_BODY, b"content-length: 0\r\n"),
    ],
)
def test_a_body_is_framed_by_status_method_version_and_head(
    status, method, version, fields, framing, lines
):
    head = read_head(fields)
    assert framing_of(status, method, version, head) == framing
    assert lines_of(status, version, head, framing) == lines


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_response_never_has_two_lengths_nor_a_length_next_to_chunks_of_its_own(version):
    for status, method, fields in product(
        (200, 204, 205, 304, 404),
        ("GET", "HEAD"),
        ([LENGTH, OTHER], [LENGTH, CODED, OTHER], [OTHER, LENGTH, FIELD]),
    ):
        head = read_head(fields)
        framing = framing_of(status, method, version, head)
        lines = lines_of(status, version, head, framing)
        assert lines.count(b"content-length") <= 1
        assert framing != CHUNKED or b"content-length" not in lines


def test_an_empty_part_makes_no_chunk_as_that_would_end_the_body():
    assert chunk(b"") == b""
    assert chunk(b"sixteen letters.") == b"10\r\nsixteen letters.\r\n"
