"""Whether one pattern matches all that another one matches."""

import re

import pytest

from rapide.contracts.checker.patterns import includes, sample

TEXT = "[^/]+"
NUMBER = "[0-9]+"
DECIMAL = r"[0-9]+(\.[0-9]+)?"
HEX = "[0-9a-fA-F]"
UUID = f"{HEX}{{8}}-?{HEX}{{4}}-?{HEX}{{12}}"


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("/a", "/a"),
        (f"/u/{TEXT}", "/u/me"),
        (f"/u/{TEXT}", f"/u/{NUMBER}"),
        (f"/u/{TEXT}", f"/u/{UUID}"),
        ("/.*", f"/u/{TEXT}"),
        ("/f/.*", "/f/x/.*"),
        (f"/{DECIMAL}", f"/{NUMBER}"),
        (r"/\d+", f"/{NUMBER}"),
        (f"/a-{TEXT}", "/a-b"),
        ("/(?:a|bc)", "/bc"),
        ("/[a-z0-9_-]{2,4}", "/[a-f]{3}"),
        (f"/{TEXT}", rf"/{TEXT}\.json"),
        (f"/{TEXT}/{TEXT}", f"/a/{TEXT}"),
        ("/(?:a|b)+", "/(?:ab)*?a"),
    ],
)
def test_a_wider_pattern_includes_a_narrower_one_but_not_the_reverse(
    wide: str, narrow: str
) -> None:
    assert includes(wide, narrow)
    assert includes(narrow, wide) == (wide == narrow)
    text = sample(narrow)
    assert text is not None
    assert re.fullmatch(narrow, text)
    assert re.fullmatch(wide, text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"/u/{NUMBER}", "/u/me"),
        (f"/u/{TEXT}", f"/u/{TEXT}/x"),
        (f"/{TEXT}/a", f"/b/{TEXT}"),
        ("/.*/a", "/a"),
        ("/(?=a).*", "/a"),
        ("(?i:/a)", "/A"),
        (r"/(a)\1", "/aa"),
        ("/a{0,3000}", "/a"),
    ],
)
def test_nothing_is_claimed_without_a_proof(one: str, other: str) -> None:
    assert not includes(one, other)
    assert not includes(other, one)
