"""What docs/verify.md says is so."""

import re
from pathlib import Path

from rapide.cli import program
from rapide.cli.verify.recorded import read_lines

from .conftest import ROOT

PAGE = (ROOT / "docs/verify.md").read_text(encoding="utf-8")


def test_the_options_documented_are_those_taken_with_their_defaults() -> None:
    command = program.command_named("verify")
    taken = {
        option: parameter.default
        for parameter in command.params
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    }
    table = PAGE.partition("\n## Options\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`--[^|]*) \|([^|]*)\|", table, re.MULTILINE)
    documented = {
        option: default.strip()
        for names, default in rows
        for option in re.findall("--[a-z-]+", names)
    }
    assert documented.keys() == taken.keys()
    numbers = {option: text for option, text in documented.items() if text.isdecimal()}
    assert numbers == {
        option: f"{default:g}"
        for option, default in taken.items()
        if isinstance(default, int | float) and not isinstance(default, bool)
    }


def test_the_recorded_requests_documented_can_be_read(tmp_path: Path) -> None:
    block = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    (tmp_path / "r.jsonl").write_text(block[1])
    requests = list(read_lines(tmp_path / "r.jsonl"))
    assert [request.method for request in requests] == ["POST", "POST", "GET", "PUT"]
    assert requests[2].filled({"order": "7", "token": "t"}).target == "/orders/7?details=1"
