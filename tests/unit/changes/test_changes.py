"""What changes while an application runs is counted."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

import rapide.routing
from rapide import APIRouter, FastAPI
from rapide.changes import Changes, OverridesFingerprint, WatchedDict, WatchedList, changes
from rapide.compiler import forcing_generic
from rapide.generic import seams

Change = Callable[[Any], Any]

LIST_CHANGES: dict[str, Change] = {
    "append": lambda items: items.append(4),
    "extend": lambda items: items.extend([4, 5]),
    "extend by an iterator": lambda items: items.extend(iter([4])),
    "insert": lambda items: items.insert(0, 4),
    "remove": lambda items: items.remove(1),
    "pop": lambda items: items.pop(),
    "pop the first": lambda items: items.pop(0),
    "clear": lambda items: items.clear(),
    "sort": lambda items: items.sort(),
    "sort by a key": lambda items: items.sort(key=lambda item: -item, reverse=True),
    "reverse": lambda items: items.reverse(),
    "set an item": lambda items: items.__setitem__(0, 9),
    "set a slice": lambda items: items.__setitem__(slice(0, 2), [7]),
    "delete an item": lambda items: items.__delitem__(0),
    "delete a slice": lambda items: items.__delitem__(slice(None)),
    "+=": lambda items: items.__iadd__([4]),
    "*=": lambda items: items.__imul__(2),
}
DICT_CHANGES: dict[str, Change] = {
    "set": lambda items: items.__setitem__("c", 3),
    "set again": lambda items: items.__setitem__("a", 9),
    "delete": lambda items: items.__delitem__("a"),
    "|=": lambda items: items.__ior__({"c": 3}),
    "clear": lambda items: items.clear(),
    "pop": lambda items: items.pop("a"),
    "pop with a default": lambda items: items.pop("a", None),
    "popitem": lambda items: items.popitem(),
    "setdefault": lambda items: items.setdefault("c", 3),
    "update by a mapping": lambda items: items.update({"c": 3}),
    "update by pairs": lambda items: items.update([("c", 3)]),
    "update by names": lambda items: items.update(c=3),
}
READS: dict[str, Change] = {
    "length": len,
    "iteration": list,
    "membership": lambda items: "a" in items,
    "copy": lambda items: items.copy(),
    "repr": repr,
    "comparison": lambda items: items == items,
}


@pytest.mark.parametrize("change", LIST_CHANGES)
def test_every_change_of_a_list_bumps_the_version_and_its_own(change: str) -> None:
    plain, watched = [3, 1, 2], WatchedList([3, 1, 2])
    before = changes.version, watched.version
    expected = LIST_CHANGES[change](plain)
    assert LIST_CHANGES[change](watched) == expected
    assert watched == plain
    assert changes.version > before[0]
    assert watched.version > before[1]


@pytest.mark.parametrize("change", DICT_CHANGES)
def test_every_change_of_overrides_bumps_the_version(change: str) -> None:
    plain, watched = {"a": 1, "b": 2}, WatchedDict({"a": 1, "b": 2})
    before = changes.version, changes.overrides
    expected = DICT_CHANGES[change](plain)
    assert DICT_CHANGES[change](watched) == expected
    assert watched == plain
    assert changes.version > before[0]
    assert changes.overrides > before[1]


def test_no_method_that_changes_a_list_or_a_dictionary_was_forgotten() -> None:
    for watched, builtin, reading in (
        (WatchedList, list, {"copy", "count", "index"}),
        (WatchedDict, dict, {"copy", "fromkeys", "get", "items", "keys", "values"}),
    ):
        names = {name for name in vars(builtin) if not name.startswith("_")} - reading
        names |= {"__setitem__", "__delitem__"}
        names |= {name for name in vars(builtin) if name in ("__iadd__", "__imul__", "__ior__")}
        assert names - set(vars(watched)) == set()


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("watched", [WatchedList(["a"]), WatchedDict({"a": 1})])
def test_looking_at_them_does_not_bump_the_version(watched: Any, read: str) -> None:
    before = changes.version
    READS[read](watched)
    assert changes.version == before


@pytest.mark.parametrize(
    ("kind", "change", "error"),
    [
        (WatchedList, lambda items: items.remove("none"), ValueError),
        (WatchedList, lambda items: items.pop(9), IndexError),
        (WatchedDict, lambda items: items.pop("none"), KeyError),
        (WatchedDict, lambda items: items.__delitem__("none"), KeyError),
    ],
)
def test_what_cannot_be_changed_raises_as_ever(
    kind: type, change: Change, error: type[Exception]
) -> None:
    with pytest.raises(error):
        change(kind())


def interrupted(first: Any) -> Iterator[Any]:
    yield first
    raise RuntimeError("no more")


@pytest.mark.parametrize(
    ("watched", "change"),
    [
        (WatchedList(), lambda items: items.extend(interrupted(1))),
        (WatchedList(), lambda items: items.__iadd__(interrupted(1))),
        (WatchedList([2, 1, None]), lambda items: items.sort(key=lambda item: 1 / (item or 0))),
        (WatchedDict(), lambda items: items.update(interrupted(("a", 1)))),
        (WatchedDict(), lambda items: items.__ior__(interrupted(("a", 1)))),
    ],
    ids=["extend", "+=", "sort", "update", "|="],
)
def test_a_change_that_fails_half_way_is_noticed(watched: Any, change: Change) -> None:
    before = changes.version
    with pytest.raises((RuntimeError, ZeroDivisionError)):
        change(watched)
    assert changes.version > before


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
@pytest.mark.parametrize("watched", [WatchedList([1, 2]), WatchedDict({"a": 1})])
def test_copies_are_equal_and_watched_themselves(watched: Any, duplicate: Change) -> None:
    twin = duplicate(watched)
    assert twin == watched
    assert type(twin) is type(watched)
    before = changes.version
    twin.clear()
    assert changes.version > before
    assert watched


def test_changes_are_counted_from_zero() -> None:
    own = Changes()
    own.bump()
    own.bump()
    assert (own.version, own.overrides, own.generic_only) == (2, 0, False)


def test_a_fingerprint_changes_with_the_overrides_it_looks_at() -> None:
    provider = SimpleNamespace(dependency_overrides={})
    prints = OverridesFingerprint(provider)
    first = prints.overrides
    assert prints.overrides == first
    provider.dependency_overrides[len] = max
    second = prints.overrides
    provider.dependency_overrides[len] = min
    third = prints.overrides
    provider.dependency_overrides = {len: max}
    assert prints.overrides == second
    assert len({first, second, third}) == 3
    assert OverridesFingerprint(None).overrides == ()
    assert OverridesFingerprint(SimpleNamespace(dependency_overrides=None)).overrides == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda app: setattr(app, "dependency_overrides", {}),
        lambda app: app.dependency_overrides.update({len: max}),
        lambda app: app.add_api_route("/x", list),
        lambda app: app.router.routes.pop(),
        lambda app: setattr(app.router, "routes", []),
        lambda app: app.mount("/m", FastAPI()),
        lambda app: app.include_router(APIRouter()),
        lambda app: app.host("x.test", FastAPI()),
    ],
)
def test_changes_of_an_application_are_noticed(change: Change) -> None:
    app = FastAPI()
    before = changes.version
    change(app)
    assert changes.version > before


def replacement(*args: Any, **kwargs: Any) -> None:
    """What a tool puts in the place of a function."""


@pytest.mark.parametrize("name", seams.NAMES)
def test_assigning_a_function_of_the_routing_module_is_noticed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = changes.version
    monkeypatch.setattr(rapide.routing, name, replacement)
    assert changes.version > before
    assert [item.name for item in seams.replaced()] == [f"routing.{name}"]
    assert seams.current[name] is replacement
    during = changes.version
    monkeypatch.undo()
    assert changes.version > during
    assert seams.replaced() == []
    assert seams.current[name] is seams.original[name] is getattr(rapide.routing, name)


@pytest.mark.parametrize("name", seams.NAMES)
def test_patching_by_mock_is_noticed(name: str) -> None:
    before = changes.version
    with mock.patch(f"rapide.routing.{name}") as fake:
        assert [item.name for item in seams.replaced()] == [f"routing.{name}"]
        assert seams.current[name] is fake
    assert seams.replaced() == []
    assert changes.version >= before + 2


def test_other_names_of_the_routing_module_may_be_set_freely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = changes.version
    monkeypatch.setattr(rapide.routing, "of_nobody", 1, raising=False)
    assert changes.version == before
    assert seams.replaced() == []


def test_a_route_says_which_function_was_replaced_and_forgets_it_again() -> None:
    app = FastAPI()

    @app.get("/")
    async def read() -> int:
        return 1

    route: Any = app.routes[-1]
    assert route.fallback_reason is None
    with mock.patch("rapide.routing.solve_dependencies"):
        assert "solve_dependencies was replaced" in route.fallback_reason
    assert route.fallback_reason is None
    with forcing_generic():
        assert route.fallback_reason == "the generic path is forced"
    assert route.fallback_reason is None


def test_a_fingerprint_of_overrides_that_change_while_it_looks_is_like_no_other() -> None:
    class Changing(dict[Any, Any]):
        def items(self) -> Any:
            raise RuntimeError("dictionary changed size during iteration")

    prints = OverridesFingerprint(SimpleNamespace(dependency_overrides=Changing({len: max})))
    assert prints.overrides != prints.overrides
