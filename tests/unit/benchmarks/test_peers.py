import ast
import json
from pathlib import Path

import pytest

import benchmarks.peers
from benchmarks.inprocess import Answer
from benchmarks.peers.on_outside import COMMANDS
from benchmarks.peers.table import OUTSIDE, PEERS, Peer
from benchmarks.peers.tasks import TASKS, all_errors, same_json, same_status, same_text
from benchmarks.serving import SERVING

FOLDER = Path(benchmarks.peers.__file__).parent
NAMES = {task.name for task in TASKS}


def defined(module: str) -> set[str]:
    """The names that a peer's file defines, read without importing its framework."""
    names = set()
    for node in ast.parse((FOLDER / f"{module}.py").read_text()).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return names


def as_json(value: object, status: int = 200) -> Answer:
    return Answer(status, "application/json", json.dumps(value).encode())


def test_peers_get_works_of_the_table_of_serving() -> None:
    assert {work.name for work in SERVING} >= NAMES


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_peer_serves_a_work_or_says_why_not(peer: Peer) -> None:
    assert set(peer.missing) | set(peer.notes) | set(peer.works or ()) <= NAMES
    # Two modules serve any application file.
    if peer.module is not None and peer.module not in ("on_granian", "on_fastapi"):
        served = (defined(peer.module) & NAMES) | set(peer.missing)
        assert served == NAMES if peer.works is None else set(peer.works) <= served


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_server_outside_of_python_has_a_command(name: str) -> None:
    (peer,) = (peer for peer in PEERS if peer.name == name)
    assert peer.framework in COMMANDS


def test_json_is_compared_by_what_it_says() -> None:
    expected = as_json({"a": 1, "b": [2]})
    assert same_json(expected, Answer(200, "application/json; charset=utf-8", b'{"b":[2],"a":1}'))
    assert not same_json(expected, as_json({"a": 1, "b": [3]}))
    assert not same_json(expected, as_json({"a": 1, "b": [2]}, status=201))
    assert not same_json(expected, Answer(200, "text/plain", expected.body))


def test_text_is_compared_byte_by_byte() -> None:
    expected = Answer(200, "text/plain; charset=utf-8", b"Hello")
    assert same_text(expected, Answer(200, "text/plain", b"Hello"))
    assert not same_text(expected, Answer(200, "text/plain", b"Hello "))


def test_a_refused_body_needs_as_many_errors_as_fastapi_finds() -> None:
    expected = as_json({"detail": [{"loc": 1}, {"loc": 2}]}, status=422)
    assert all_errors(expected, as_json({"errors": ["one", "two"]}, status=400))
    assert not all_errors(expected, as_json({"errors": ["one"]}, status=422))
    assert not all_errors(expected, as_json({"errors": ["one", "two"]}, status=500))
    assert not all_errors(expected, Answer(422, "text/plain", b"two errors"))


def test_a_page_that_is_not_found_may_look_as_it_likes() -> None:
    assert same_status(as_json({"detail": "Not Found"}, 404), Answer(404, "text/html", b"<p>"))
    assert not same_status(as_json({}, 404), Answer(200, "text/html", b"<p>"))


def test_limits_are_probed_where_a_work_validates() -> None:
    probed = {task.name for task in TASKS if task.refused}
    assert {"parameters", "models", "dependencies", "bearer"} <= probed
