"""docs/openapi.md lists the rules that exist."""

from rapide.contracts.diff.rules import RULES

from .pages import ROOT, check_made, read_blocks


def test_the_page_lists_every_rule_with_its_meaning() -> None:
    (block,) = (
        block
        for block in read_blocks(ROOT / "docs" / "openapi.md")
        if block.marker == "made: rules"
    )
    width = max(map(len, RULES))
    lines = [f"{'rule':{width}}  in a request  in a response  what changed"]
    lines += [
        f"{rule.name:{width}}  {rule.request:12}  {rule.response:13}  {rule.sentence}"
        for rule in RULES.values()
    ]
    check_made(block, "\n".join(lines) + "\n")
