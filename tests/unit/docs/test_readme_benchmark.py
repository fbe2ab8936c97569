"""README.md shows the newest results of the table of serving, as they were committed.

`RAPIDE_UPDATE_DOCS=1` writes them anew.
"""

import re
from pathlib import Path

from benchmarks.serving import SERVING

from .pages import ROOT, UPDATE

README = ROOT / "README.md"
BEGIN, END = "<!-- made: benchmark -->\n", "<!-- end of benchmark -->\n"
#: The table's first columns: work, FastAPI, Rapide, ratio.
SHOWN = 4
#: The rows that README.md shows: little work and much, and one in which a database does most of it.
ROWS = (
    "small JSON, a browser's headers",
    "path and query parameters, validated",
    "JSON body into a model and a model out",
    "three nested dependencies, one with yield",
    "list of 100 models",
    "session of SQLAlchemy: one row",
)


def newest_result() -> Path:
    """Return the report of the last day; its name begins with the date."""
    return max((ROOT / "benchmarks" / "results").glob("*-serving.md"))


def make_block(report: Path) -> str:
    """Return what README.md says of a report: the day, the versions, and its telling rows."""
    text = report.read_text(encoding="utf-8")
    facts = dict(re.findall(r"^- ([\w -]+): (.+)$", text, re.M))
    day = re.match(r"# Benchmark, (\S+)\n", text)
    assert day is not None
    table = text.partition("\n\n")[2].partition("\n\n")[0]
    return (
        f"Measured on {day[1]} with {facts['python']} on {facts['processor']}, FastAPI"
        f" {facts['fastapi']},\nuvicorn {facts['uvicorn']} ([all rows](docs/benchmarks.md)):\n\n"
        + "\n".join(shown_lines(table.splitlines()))
        + "\n"
    )


def shown_lines(table: list[str]) -> list[str]:
    """Return the head and the rows of `ROWS`, without the columns that only developers want."""
    rows = {line.split("|")[1].strip(): line for line in table[2:]}
    lines = [*table[:2], *(rows[name] for name in ROWS if name in rows)]
    return ["|".join(line.split("|")[: SHOWN + 1]) + "|" for line in lines]


def test_the_readme_shows_the_newest_results() -> None:
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    shown, _, after = rest.partition(END)
    assert after, "README.md has no place for the benchmark"
    made = make_block(newest_result())
    if UPDATE and shown != made:
        README.write_text(before + BEGIN + made + END + after, encoding="utf-8")
        return
    assert shown == made, "make it anew with RAPIDE_UPDATE_DOCS=1"


def test_the_block_leaves_out_what_only_developers_want() -> None:
    lines = [line for line in make_block(newest_result()).splitlines() if line.startswith("|")]
    assert 2 + 5 <= len(lines) <= 2 + len(ROWS)
    assert {line.count("|") for line in lines} == {SHOWN + 1}


def test_a_row_of_a_database_is_shown_as_soon_as_a_result_has_one() -> None:
    name = "session of SQLAlchemy: one row"
    table = [
        "| work | FastAPI | Rapide | ratio | floor |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| 404 | 1 req/s | 2 req/s | 2.00 | – |",
        f"| {name} | 1 req/s | 2 req/s | 1.90 | ≥ 1 |",
    ]
    assert shown_lines(table)[2:] == [f"| {name} | 1 req/s | 2 req/s | 1.90 |"]


def test_the_rows_have_the_names_that_the_bench_gives_them() -> None:
    assert set(ROWS) <= {work.title for work in SERVING}
