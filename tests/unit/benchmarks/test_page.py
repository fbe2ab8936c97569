import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.document import newest
from benchmarks.floors import SERVED
from benchmarks.machine import ROOT
from benchmarks.page import made
from benchmarks.plot import Bar, chart

FACTS: dict[str, Any] = {
    "settings": {"rounds": 3, "seconds": 1, "connections": 64},
    "machine": {"processor": "a processor", "cores": "2", "kernel": "Linux", "python": "CPython"},
    "versions": {"fastapi": "0.165.0", "rapide": "1"},
}


def two_sided(ratio: float, floor: float) -> dict[str, Any]:
    latency = {
        "median_p99": 2.5,
        "rate": 50.0,
        "achieved": 50.0,
        "p50": 1.0,
        "p99": 2.0,
        "p999": 3.0,
        "worst": 4.0,
    }
    return {
        "name": "example",
        "title": "small JSON",
        "unit": "req/s",
        "goal": {"low": floor, "high": None},
        "ratio": ratio,
        "cpu_ratio": ratio,
        "met": ratio >= floor,
        "baseline": [100.0],
        "candidate": [100.0 * ratio],
        "latency": {"baseline": latency, "candidate": {**latency, "p99": 2.5}},
    }


def of_peers(**rates: float) -> dict[str, Any]:
    samples = {name: [{"cpu_microseconds": 1000 / rate}] for name, rate in rates.items()}
    return {
        "samples": samples,
        "name": "hello",
        "title": "small JSON",
        "rates": rates,
        "latency": {},
        "missing": {"falcon": "refuses <everything>"},
        "notes": {},
    }


def save(folder: Path, topic: str, *results: dict[str, Any], day: int = 1) -> None:
    names = ("rapide", "fastapi", "sanic", "falcon", "nginx")
    peers: dict[str, dict[str, Any]] = {
        name: {"title": name.title(), "settings": "settings"} for name in names
    }
    peers["nginx"]["outside"] = True
    data = {**FACTS, "peers": peers, "results": results}
    (folder / f"2026-01-0{day}-{topic}.json").write_text(json.dumps(data))


def test_the_committed_page_is_made_of_the_newest_results() -> None:
    page = made()
    assert (ROOT / "docs/benchmarks.md").read_text() == page.text, "make it anew: make bench-page"
    plots = {path.name: path.read_text() for path in (ROOT / "docs/benchmarks").glob("*.svg")}
    assert plots == page.plots


def test_the_newest_results_of_a_topic_are_taken_and_quick_ones_never(tmp_path: Path) -> None:
    save(tmp_path, "serving", two_sided(2, 1), day=1)
    save(tmp_path, "serving", two_sided(3, 1), day=2)
    save(tmp_path, "serving-quick", two_sided(9, 1), day=3)
    found = newest(tmp_path, "serving")
    assert found is not None
    assert (found["date"], found["results"][0]["ratio"]) == ("2026-01-02", 3)
    assert newest(tmp_path, "peers") is None


def test_a_missed_floor_and_a_worse_latency_are_said(tmp_path: Path) -> None:
    save(tmp_path, "serving", two_sided(5.2, 5.5))
    text = made(tmp_path).text
    assert "**Missed: small JSON.**" in text
    assert "**FastAPI's p99 is lower in: small JSON.**" in text


def test_the_floor_of_today_counts_and_not_that_of_the_results(tmp_path: Path) -> None:
    row = two_sided(SERVED["hello"] - 0.01, 1)
    save(tmp_path, "serving", {**row, "name": "hello"})
    text = made(tmp_path).text
    assert "**Missed: small JSON.**" in text
    assert f"| ≥ {SERVED['hello']:g} |" in text


def test_a_reached_floor_is_said(tmp_path: Path) -> None:
    save(tmp_path, "serving", two_sided(6, 5.5))
    assert "Every floor is reached." in made(tmp_path).text


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ({"rapide": 100, "fastapi": 10, "sanic": 130}, "- small JSON: Sanic by 30%"),
        ({"rapide": 100, "fastapi": 10, "sanic": 101}, "- small JSON: Sanic is level"),
        ({"rapide": 100, "fastapi": 10, "sanic": 90}, "Nowhere: in every work"),
        ({"fastapi": 10, "sanic": 90}, "- small JSON: Rapide has no figure"),
    ],
)
def test_the_page_says_where_a_peer_is_ahead(
    rates: dict[str, float], said: str, tmp_path: Path
) -> None:
    save(tmp_path, "peers", of_peers(**rates))
    assert said in made(tmp_path).text


def test_servers_outside_of_python_have_lines_of_their_own(tmp_path: Path) -> None:
    save(tmp_path, "peers", of_peers(rapide=100, fastapi=10, nginx=200))
    text = made(tmp_path).text
    assert "Nowhere: in every work Rapide serves the most requests." in text
    assert "| Nginx | 200 | 5.0 | 2.00 | – |" in text
    assert "| Rapide | 100 | 10.0 | 1.00 | – |" in text


def test_the_page_says_who_takes_less_cpu_time(tmp_path: Path) -> None:
    save(tmp_path, "peers", of_peers(rapide=100, fastapi=10, sanic=125))
    assert "- small JSON: Sanic (8.0 µs, Rapide 10.0)" in made(tmp_path).text


def test_instructions_stand_beside_the_rows_that_were_counted(tmp_path: Path) -> None:
    save(tmp_path, "serving", two_sided(6, 5.5))
    counted = {"name": "example", "baseline": 470_400.0, "candidate": 41_200.0}
    save(tmp_path, "instructions", counted)
    row = next(line for line in made(tmp_path).text.splitlines() if "| small JSON |" in line)
    assert row.endswith("| ≥ 5.5 | 470 | 41 |")


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ([1.0, 2.0, 4.0], "No slope of Rapide's is steeper than FastAPI's."),
        ([1.0, 3.0, 9.0], "**Rapide's slope is steeper in: flat routes.**"),
    ],
)
def test_growth_is_shown_with_its_slopes(own: list[float], said: str, tmp_path: Path) -> None:
    row = {"name": "flat", "title": "flat routes", "size": "routes", "unit": "ms"}
    save(tmp_path, "growth", {**row, "sizes": [1, 2, 4], "baseline": [2, 4, 8], "candidate": own})
    page = made(tmp_path)
    assert said in page.text
    assert "| flat routes | 4 routes | 8 ms | " in page.text
    assert ElementTree.fromstring(page.plots["growth-flat.svg"]).tag.endswith("svg")


def test_every_plot_that_is_made_is_shown(tmp_path: Path) -> None:
    save(tmp_path, "serving", two_sided(6, 5.5))
    save(tmp_path, "peers", of_peers(rapide=100, fastapi=10))
    page = made(tmp_path)
    assert set(re.findall(r"\]\(benchmarks/([\w-]+\.svg)\)", page.text)) == set(page.plots)
    assert len(page.plots) == 3


def test_a_chart_is_xml_and_says_everything_in_words() -> None:
    bars = [Bar("A & B", 10, "10", "own", 12), Bar("C", 5, "5"), Bar("D", None, "– <no>")]
    root = ElementTree.fromstring(chart("Title <1>", "per second", bars))
    space = "{http://www.w3.org/2000/svg}"
    texts = [element.text for element in root.iter(f"{space}text")]
    assert {"Title <1>", "A & B", "C", "5", "D", "– <no>"} <= set(texts)
    description = root.find(f"{space}desc")
    assert description is not None
    assert description.text == "per second: A & B 10; C 5; D – <no>"
    widths = [float(bar.attrib["width"]) for bar in root.iter(f"{space}rect")][1:]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)


def test_a_logarithmic_chart_leaves_a_ratio_of_one_without_length() -> None:
    svg = chart("Ratios", "times", [Bar("a", 100, "100"), Bar("b", 10, "10"), Bar("c", 1, "1")])
    logarithmic = chart(
        "Ratios",
        "times",
        [Bar("a", 100, "100"), Bar("b", 10, "10"), Bar("c", 0.9, "0.9")],
        logarithmic=True,
    )
    lengths = [
        [
            float(width)
            for width in re.findall(r'<rect class="peer"[^>]* width="([\d.]+)"', text, re.S)
        ]
        for text in (svg, logarithmic)
    ]
    assert lengths[0][1] == pytest.approx(lengths[0][0] / 10, abs=0.2)
    assert lengths[1][1] == pytest.approx(lengths[1][0] / 2, abs=0.2)
    assert lengths[1][2] == 1
