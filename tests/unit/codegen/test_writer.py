from __future__ import annotations

import ast

import pytest

from rapide.codegen.writer import WIDTH, Writer


def test_blocks_indent_what_is_written_in_them() -> None:
    out = Writer()
    with out.block("if ready:"):
        out.comment("stage")
        with out.block("for item in items:"):
            out.line("use(item)")
    out.line("done()")
    assert out.text() == (
        "if ready:\n    # stage\n    for item in items:\n        use(item)\ndone()\n"
    )


def test_a_block_ends_when_its_generator_fails() -> None:
    out = Writer()

    def fail() -> None:
        with out.block("try:"):
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    out.line("after()")
    assert out.text() == "try:\nafter()\n"


@pytest.mark.parametrize("count", [0, 1, 5, 12, 300])
@pytest.mark.parametrize("depth", [0, 3, 8])
def test_calls_stay_within_the_width_and_keep_their_arguments(count: int, depth: int) -> None:
    out, arguments = Writer(depth), [f"argument_{i}=value_{i}" for i in range(count)]
    out.call("result = function(", arguments)
    assert max(map(len, out.text().splitlines())) <= WIDTH
    statement = ast.parse(out.text().lstrip()).body[0]
    assert isinstance(statement, ast.Assign)
    assert ast.unparse(statement.value) == f"function({', '.join(arguments)})"


@pytest.mark.parametrize("length", [5, 40])
def test_a_choice_stays_within_the_width_and_its_meaning(length: int) -> None:
    out = Writer(2)
    value, condition, other = (letter * length for letter in "vco")
    out.choice("target", value, condition, other)
    assert max(map(len, out.text().splitlines())) <= WIDTH
    meaning = ast.unparse(ast.parse(out.text().lstrip()))
    assert meaning == f"target = {value} if {condition} else {other}"


def test_a_definition_holds_any_number_of_parameters() -> None:
    out = Writer()
    with out.define("async def read(", [f"parameter_{i}" for i in range(50)]):
        out.line("return 1")
    assert max(map(len, out.text().splitlines())) <= WIDTH
    definition = ast.parse(out.text()).body[0]
    assert isinstance(definition, ast.AsyncFunctionDef)
    assert len(definition.args.args) == 50
