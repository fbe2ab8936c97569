"""Numbers of several processes, which all of them can read."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rapide.server import ledger as ledgers
from rapide.server.ledger import Full, Ledger, make_folder, shared_folder
from rapide.server.options import OptionError

PROGRAM = """
import sys
from pathlib import Path
from rapide.server.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
ledger.cells(("requests", "/"), 2)[:] = memoryview(__import__("array").array("d", [3.0, 0.5]))
ledger.cells(("late",), 1)[0] = 1
print("counted", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that has counted."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "counted\n"
    return process


def test_a_process_that_is_killed_loses_no_number(
    tmp_path: Path, other: subprocess.Popen[str]
) -> None:
    ledger = Ledger(tmp_path)
    ledger.cells(("requests", "/"), 2)[0] = 1
    theirs = {("requests", "/"): [3.0, 0.5], ("late",): [1.0]}
    own = {("requests", "/"): [1.0, 0.0]}
    assert ledger.read() == [own, theirs, {}]
    other.kill()
    other.communicate()
    for _ in range(2):
        assert ledger.read() == [own, theirs]
    assert [path.name for path in tmp_path.glob("*.cells")] == [ledger.path and ledger.path.name]
    assert Ledger(tmp_path).read() == [{}, own, theirs]


def test_a_reader_that_dies_while_it_clears_up_counts_nothing_twice(
    tmp_path: Path, other: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    other.kill()
    other.communicate()
    ledger = Ledger(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ledger.read()
    assert ledger.read()[-1][("requests", "/")] == [3.0, 0.5]


def test_there_is_room_for_so_many_numbers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "MOST_CELLS", 4)
    ledger = Ledger(None)
    ledger.cells(("a",), 3)[2] = 1
    with pytest.raises(Full):
        ledger.cells(("b",), 2)
    assert ledger.read() == [{("a",): [0.0, 0.0, 1.0]}, {}]


def test_a_folder_is_there_for_its_server_and_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv(ledgers.VARIABLE, "/of/another/server")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    stale = tmp_path / f"rapide-metrics-{ended.pid}-abc"
    stale.mkdir()
    with shared_folder(False):
        assert ledgers.folder_of_environment() is None
    with shared_folder(True):
        folder = ledgers.folder_of_environment()
        assert folder is not None
        assert (folder.parent, folder.is_dir(), stale.exists()) == (tmp_path, True, False)
        assert make_folder() != folder
    assert not folder.exists()


def test_files_are_in_memory_where_no_folder_can_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gettempdir() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(tempfile, "gettempdir", gettempdir)
    monkeypatch.setattr(ledgers, "_MEMORY", str(tmp_path))
    with shared_folder(True):
        folder = ledgers.folder_of_environment()
        assert folder is not None
        assert folder.parent == tmp_path


def test_a_folder_that_cannot_be_made_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with (
        pytest.raises(OptionError, match="several workers need a temporary folder: no such"),
        shared_folder(True),
    ):
        raise AssertionError
