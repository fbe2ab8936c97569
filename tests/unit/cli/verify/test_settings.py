"""Which requests are sent, and options that hold a name and a value."""

import pytest

from rapide.cli.verify.settings import Settings, VerifyError, pairs


def settings(only: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Settings:
    return Settings(
        examples=1, seed=0, baselines=1, timeout=1, start_timeout=1, only=only, exclude=exclude
    )


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("/items/{id}", True),
        ("/items/{other}", True),
        ("GET /items/{id}", True),
        ("get /items/7", True),
        ("/items/*", True),
        ("*", True),
        ("POST /items/{id}", False),
        ("/items", False),
        ("/items/8", False),
        ("/items/[7]", False),
    ],
)
@pytest.mark.parametrize("label", ["GET /items/{id}", ""], ids=["generated", "recorded"])
def test_a_pattern_names_a_path_or_a_method_and_a_path(
    label: str, pattern: str, matches: bool
) -> None:
    request = (label, "GET", "/items/7")
    assert settings(only=(pattern,)).takes(*request) is matches
    assert settings(exclude=(pattern,)).takes(*request) is not matches


def test_exclude_wins_and_patterns_add_up() -> None:
    chosen = settings(only=("/a/*", "/b"), exclude=("DELETE *",))
    assert chosen.takes("", "GET", "/a/1")
    assert chosen.takes("", "GET", "/b")
    assert not chosen.takes("", "GET", "/c")
    assert not chosen.takes("", "DELETE", "/b")


def test_names_and_values_are_split_at_the_first_separator() -> None:
    assert pairs(["A: b: c", "D:"], ":", "--header") == (("A", "b: c"), ("D", ""))


@pytest.mark.parametrize("text", ["A", "=b"])
def test_a_missing_name_or_separator_is_told(text: str) -> None:
    with pytest.raises(VerifyError, match=r"--env '.*': a name and a value are needed, with ="):
        pairs([text], "=", "--env")
