"""Annotations say what they can: `Any` is rare."""

import io
import tokenize
from pathlib import Path

import rapide

SOURCES = Path(rapide.__file__).parent.parent
#: The maximal number of `Any` per 1,000 lines.
LIMIT = 20


def count_any(source: str) -> int:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return sum(token.type == tokenize.NAME and token.string == "Any" for token in tokens)


def test_few_annotations_are_any() -> None:
    sources = [
        file.read_text()
        for package in ("rapide", "rapide_as_fastapi")
        for file in sorted((SOURCES / package).rglob("*.py"))
    ]
    lines = sum(source.count("\n") for source in sources)
    found = sum(map(count_any, sources))
    assert found <= LIMIT * lines / 1000, f"{found} in {lines} lines"


def test_words_and_names_that_contain_any_do_not_count() -> None:
    assert count_any("from typing import Any\n\nAnyUrl = 'Any'  # Any\nvalue: Any\n") == 2
