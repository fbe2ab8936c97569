"""README.md shows the newest results of the table of serving, as they were committed.

`RAPIDE_UPDATE_DOCS=1` writes them anew.
"""

import re
from pathlib import Path

from .pages import ROOT, UPDATE

README = ROOT / "README.md"
BEGIN, END = "<!-- made: benchmark -->\n", "<!-- end of benchmark -->\n"
#: The table's first columns: work, FastAPI, Rapide, ratio.
SHOWN = 4
#: Rows in which most of the time is that of a database, by what README.md calls them.
DATABASE = {
    "PostgreSQL by asyncpg: one row": "one row by asyncpg",
    "session of SQLAlchemy: one row": "one row by a session of SQLAlchemy",
}


def newest_result() -> Path:
    """Return the report of the last day; its name begins with the date."""
    return max((ROOT / "benchmarks" / "results").glob("*-serving.md"))


def make_block(report: Path) -> str:
    """Return what README.md says of a report: the day, the versions, and its main table."""
    text = report.read_text(encoding="utf-8")
    facts = dict(re.findall(r"^- ([\w -]+): (.+)$", text, re.M))
    day = re.match(r"# Benchmark, (\S+)\n", text)
    assert day is not None
    table = text.partition("\n\n")[2].partition("\n\n")[0]
    lines = [line for line in table.splitlines() if "against itself" not in line]
    rows = ["|".join(line.split("|")[: SHOWN + 1]) + "|" for line in lines]
    link = report.relative_to(ROOT).as_posix()
    return (
        f"Measured on {day[1]} with {facts['python']} on {facts['processor']}, FastAPI"
        f" {facts['fastapi']},\nuvicorn {facts['uvicorn']} ([all figures]({link})):\n\n"
        + "\n".join(rows)
        + "\n"
        + database_gain(lines)
    )


def database_gain(lines: list[str]) -> str:
    """Return a sentence about the rows that read from a database; nothing without such rows."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    gains = [f"{DATABASE[row[0]]} {row[3]} ×" for row in cells if row[0] in DATABASE]
    if not gains:
        return ""
    return (
        "\nThe more of a request is work of others, the smaller is the gain. From PostgreSQL:"
        f" {', '.join(gains)}.\n"
    )


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
    block = make_block(newest_result())
    assert "| small JSON |" in block
    assert "floor" not in block
    assert "itself" not in block
    assert database_gain(["| session of SQLAlchemy: one row | 1 | 2 | 1.90 |"]).endswith(
        "one row by a session of SQLAlchemy 1.90 ×.\n"
    )
    assert {line.count("|") for line in block.splitlines() if line.startswith("|")} == {SHOWN + 1}
