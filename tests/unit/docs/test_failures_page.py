"""The page about failures has the results of the tests that kill something."""

from tests.engines.table import BEGIN, END, PAGE, RESULTS, row, table, write

from .pages import UPDATE


def test_the_table_is_made_from_the_results() -> None:
    if UPDATE:
        write()
    shown = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    assert shown == table(), "write it anew: python -m tests.engines.table"
    assert shown.count("\n") == len([*RESULTS.glob("*.json")]) + 2


def test_the_name_of_a_count_decides_on_its_column() -> None:
    facts = {
        "processors": 2,
        "executions": 1000,
        "killed workers": 20,
        "lost jobs": 0,
        "jobs that ended more than once": 3,
    }
    assert row("killed-workers", facts) == (
        "killed workers",
        "executions: 1,000",
        "killed workers: 20",
        "lost jobs: 0",
        "jobs that ended more than once: 3",
    )
    assert row("x", {"what": "a test"}) == ("a test", "–", "–", "–", "–")
