"""The data that a fresh shop starts with."""

import json
import re
from collections import Counter
from typing import Any

import pytest

from .server import BOOKSHOP


@pytest.fixture(scope="module")
def data() -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = json.loads(
        (BOOKSHOP / "data" / "books.json").read_text(encoding="utf-8")
    )
    return loaded


def test_every_slug_is_a_url_segment_of_its_own(data: dict[str, list[dict[str, Any]]]) -> None:
    for rows in data.values():
        slugs = [row["slug"] for row in rows]
        assert len(slugs) == len(set(slugs))
        assert slugs == sorted(slugs)
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs)


def test_every_author_has_a_book_and_every_book_an_author(
    data: dict[str, list[dict[str, Any]]],
) -> None:
    authors = {author["slug"] for author in data["authors"]}
    assert {slug for book in data["books"] for slug in book["authors"]} == authors
    assert all(book["authors"] for book in data["books"])


def test_every_book_is_in_the_public_domain(data: dict[str, list[dict[str, Any]]]) -> None:
    assert max(book["year"] for book in data["books"]) < 1930
    assert max(author["died"] or 0 for author in data["authors"]) <= 1955


def test_no_book_is_older_than_its_author(data: dict[str, list[dict[str, Any]]]) -> None:
    born = {author["slug"]: author["born"] or 0 for author in data["authors"]}
    for book in data["books"]:
        assert all(book["year"] - born[slug] >= 15 for slug in book["authors"]), book["slug"]


def test_no_two_books_share_a_gutenberg_number(data: dict[str, list[dict[str, Any]]]) -> None:
    numbers = Counter(book["gutenberg"] for book in data["books"] if "gutenberg" in book)
    assert numbers
    assert max(numbers.values()) == 1
