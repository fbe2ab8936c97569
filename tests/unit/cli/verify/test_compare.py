"""What counts as a difference between two answers, and what is chance."""

import gzip
import json
from typing import Any

import pytest

from rapide.cli.verify.compare import (
    Comparison,
    Difference,
    compare_answers,
    compare_documents,
    shown,
)
from rapide.cli.verify.exchange import Answer


def answer(body: Any = b"", *, status: int = 200, kind: str = "", **headers: str) -> Answer:
    if not isinstance(body, bytes):
        body, kind = json.dumps(body).encode(), kind or "application/json"
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if kind:
        fields["content-type"] = kind
    fields["content-length"] = str(len(body))
    return Answer(status, tuple(fields.items()), body)


def compare(*answers: Answer, ignoring: frozenset[str] = frozenset({"date"})) -> Comparison:
    """Compare the last answer, Rapide's, with those before it."""
    *baselines, own = answers
    return compare_answers(baselines, own, ignoring)


def places(found: Comparison) -> list[str]:
    return [f"{each.kind} {each.place}".strip() for each in found.differences]


def test_equal_answers_do_not_differ() -> None:
    assert compare(answer({"a": 1}, x="y"), answer({"a": 1}, x="y")) == Comparison()


def test_another_status_is_a_difference() -> None:
    found = compare(answer(status=200), answer(status=201))
    assert found.differences == [Difference("status", "", "200", "201")]


def test_bodies_of_other_statuses_are_shown_as_a_whole() -> None:
    error = answer(b"Internal Server Error", status=500, kind="text/plain")
    found = compare(answer({"id": 1}), answer({"id": 2}), error)
    assert places(found) == ["status", "header content-type", "body"]
    assert found.by_chance == []


def test_an_answer_that_does_not_come_is_another_outcome() -> None:
    found = compare(answer(), Answer(None, failure="no answer within 1 s"))
    assert found.differences[0] == Difference("status", "", "200", "no answer within 1 s")


def test_a_body_that_breaks_off_is_another_outcome() -> None:
    found = compare(answer(), Answer(200, answer().headers, failure="the body breaks off"))
    assert found.differences == [Difference("status", "", "200", "200, the body breaks off")]


@pytest.mark.parametrize(
    ("own", "shown_as"), [({"x": "b"}, "b"), ({}, "(absent)")], ids=["other", "none"]
)
def test_another_value_of_a_header_and_a_missing_header_are_differences(
    own: dict[str, str], shown_as: str
) -> None:
    assert compare(answer(x="a"), answer(**own)).differences == [
        Difference("header", "x", "a", shown_as)
    ]


def test_headers_that_are_repeated_are_compared_one_by_one() -> None:
    two = Answer(200, (("set-cookie", "a=1"), ("set-cookie", "b=2")))
    one = Answer(200, (("set-cookie", "a=1"),))
    assert places(compare(two, one)) == ["header set-cookie"]


def test_ignored_headers_are_not_compared() -> None:
    found = compare(
        answer(date="now", x="a"), answer(date="later"), ignoring=frozenset({"date", "x"})
    )
    assert found == Comparison()


def test_a_difference_in_json_is_told_by_its_path() -> None:
    fastapi = {"items": [{"name": "a"}, {"name": "b"}], "x-y": {"a b": 1}, "n": 1}
    own = {"items": [{"name": "a"}, {"name": "c"}], "x-y": {"a b": 2}}
    assert compare(answer(fastapi), answer(own)).differences == [
        Difference("body", "items[1].name", "b", "c"),
        Difference("body", 'x-y["a b"]', "1", "2"),
        Difference("body", "n", "1", "(absent)"),
    ]


@pytest.mark.parametrize(
    ("fastapi", "own"),
    [(1, 1.0), (1, True), ("1", 1), (None, False), ([], {}), ([1, 2], [2, 1]), ([1], [1, 1])],
)
def test_json_of_other_types_or_another_order_differs(fastapi: Any, own: Any) -> None:
    assert "body" in {each.kind for each in compare(answer(fastapi), answer(own)).differences}


def test_another_order_of_keys_is_told_as_that() -> None:
    found = compare(answer({"o": {"a": 1, "b": 2}}), answer({"o": {"b": 2, "a": 1}}))
    assert places(found) == ["body o (order of keys)"]


def test_the_same_json_in_other_bytes_differs() -> None:
    found = compare(answer(b'{"a":1}', kind="application/json"), answer({"a": 1}))
    assert found.differences == [Difference("body", "", '{"a":1}', '{"a": 1}')]


def test_the_length_follows_from_the_body_and_is_no_difference_of_its_own() -> None:
    assert places(compare(answer({"a": 1}), answer({"a": 10}))) == ["body a"]


def test_the_length_is_a_difference_where_the_body_is_the_same() -> None:
    without = Answer(200, (), b"ab")
    assert places(compare(answer(b"ab"), without)) == ["header content-length"]


def test_texts_are_shown_from_a_little_before_they_differ() -> None:
    found = compare(answer(b"x" * 100 + b"<p>a"), answer(b"x" * 100 + b"<p>b"))
    assert found.differences == [
        Difference("body", "", "…" + "x" * 37 + "<p>a", "…" + "x" * 37 + "<p>b")
    ]


def test_bytes_that_are_no_text_are_compared() -> None:
    found = compare(answer(b"\xff\x00"), answer(b"\xff\x00\x01"))
    assert found.differences == [Difference("body", "", "2 bytes", "3 bytes")]


def test_compressed_bodies_are_compared_by_what_is_in_them() -> None:
    one, other = (
        answer(gzip.compress(b"same", mtime=time), content_encoding="gzip") for time in (1, 2)
    )
    assert compare(one, other) == Comparison()
    another = answer(gzip.compress(b"other"), content_encoding="gzip")
    assert places(compare(one, another)) == ["body"]


def test_an_unfinished_body_is_compared_as_far_as_all_have_come() -> None:
    long, short = (Answer(200, (), body, unfinished=True) for body in (b"abc", b"ab"))
    assert compare(long, short) == Comparison()
    assert places(compare(long, Answer(200, (), b"ax", unfinished=True))) == ["body"]


class TestChance:
    """What differs between two runs of FastAPI is not held against Rapide."""

    def test_values_that_differ_by_chance_are_named_and_not_compared(self) -> None:
        found = compare(
            *(answer({"id": n, "name": "a", "at": [{"t": n}]}) for n in ("x", "y", "zzz"))
        )
        assert found == Comparison([], ["body id", "body at[0].t"])

    def test_what_stands_beside_them_is_compared(self) -> None:
        found = compare(
            answer({"id": 1, "n": "a"}), answer({"id": 2, "n": "a"}), answer({"id": 3, "n": "b"})
        )
        assert places(found) == ["body n"]

    def test_another_type_in_their_place_is_a_difference(self) -> None:
        found = compare(answer({"id": 1}), answer({"id": 2}), answer({"id": "3"}))
        assert found.differences == [Difference("body", "id", "1", "3")]

    def test_a_list_of_another_length_by_chance_may_have_any_length(self) -> None:
        found = compare(answer({"a": [1]}), answer({"a": [1, 2]}), answer({"a": [1, {"b": 2}]}))
        assert places(found) == ["body a[1]"]
        assert compare(answer([1]), answer([1, 2]), answer([1, 3])).differences == []

    def test_what_lies_within_a_value_that_differs_by_chance_is_not_compared(self) -> None:
        found = compare(answer({"a": None}), answer({"a": {"b": 1}}), answer({"a": {"b": 2}}))
        assert found.differences == []

    def test_a_header_that_differs_by_chance_has_to_be_there(self) -> None:
        assert compare(answer(x="1"), answer(x="2"), answer(x="3")).differences == []
        found = compare(answer(x="1"), answer(x="2"), answer())
        assert found.differences == [Difference("header", "x", "1", "(absent)")]

    def test_words_of_a_text_that_differ_by_chance_are_not_compared(self) -> None:
        first, second, third = (f"<p>order {n}: hamlet".encode() for n in ("1a-b", "2c-d", "3e-f"))
        found = compare(answer(first), answer(second), answer(third))
        assert (found.differences, found.by_chance) == ([], ["body, in part"])
        other = answer(third.replace(b"hamlet", b"emma"))
        assert places(compare(answer(first), answer(second), other)) == ["body"]

    def test_texts_of_other_words_by_chance_are_not_compared(self) -> None:
        found = compare(answer(b"a"), answer(b"a b c"), answer(b"x y"))
        assert (found.differences, found.by_chance) == ([], ["body"])

    def test_bytes_that_differ_by_chance_are_not_compared(self) -> None:
        found = compare(answer(b"\xff1"), answer(b"\xff2"), answer(b"\xff3"))
        assert (found.differences, found.by_chance) == ([], ["body"])

    def test_nothing_is_compared_where_the_status_is_by_chance(self) -> None:
        found = compare(answer(status=200), answer(status=500), answer(status=404))
        assert (found.differences, found.by_chance) == ([], ["status"])


def test_documents_are_compared_by_path() -> None:
    fastapi = {"paths": {"/a/{b}": {"get": {"responses": {"200": {"description": "x"}}}}}}
    own: dict[str, Any] = {"paths": {"/a/{b}": {"get": {"responses": {}}}}}
    place = 'paths["/a/{b}"].get.responses["200"]'
    assert compare_documents(fastapi, own) == [
        Difference("document", place, '{"description": "x"}', "(absent)")
    ]
    assert compare_documents(fastapi, fastapi) == []


def test_what_is_shown_is_one_line_and_not_too_long() -> None:
    assert shown("a\nb\x00é") == r"a\nb\x00\xe9"
    assert shown("é") == "é"
    assert shown("a" * 201) == "a" * 200 + "… (201 characters)"
