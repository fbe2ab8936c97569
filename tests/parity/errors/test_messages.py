"""What programs match in errors, warnings and log records: the kind, and the first words.

Test suites and filters of warnings look for FastAPI's words, often from the beginning of a message
on. So each message begins as FastAPI's does, and goes on in words of its own. The table makes every
one of them on both frameworks; a second test finds in FastAPI's source what the table leaves out.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..harness import ORACLE, SUBJECT, Framework
from . import messages, messages_of_applications, messages_of_declarations
from .messages import TABLE, Row, Said, listening

#: The files of the code that provokes messages.
PROVOKING = {
    module.__file__ for module in (messages, messages_of_applications, messages_of_declarations)
}


def heard(root: str, row: Row, folder: Path) -> list[Said]:
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch, listening() as said:
        row.provoke(Framework(root), patch, folder)
    return said


@pytest.mark.parametrize("name", TABLE)
def test_a_message_is_of_the_same_kind_and_begins_with_the_same_words(
    name: str, tmp_path: Path
) -> None:
    phrase = TABLE[name].phrase
    theirs, ours = (
        [said for said in heard(root, TABLE[name], tmp_path / root) if phrase in said.text]
        for root in (ORACLE, SUBJECT)
    )
    assert theirs, "the table is wrong"
    assert [said.text[: len(phrase)] for said in ours] == [phrase] * len(theirs)
    for their, our in zip(theirs, ours, strict=True):
        kinds = [kind for kind in our.kinds if kind in their.kinds]
        assert kinds == their.kinds
        assert (our.file in PROVOKING) >= (their.file in PROVOKING)


#: What the table leaves out: where it is, how it begins, and why.
LEFT_OUT = {
    "dependant.call must be a function": "what FastAPI assures itself of",
    "fastapi_middleware_astack not found": "routers answer without an application",
    "fastapi_inner_astack not found": "routers answer without an application",
    "fastapi_function_astack not found": "routers answer without an application",
    "Cannot specify multiple FastAPI annotations": "other assertions come before it",
    "Params must be subclasses of Param": "what FastAPI assures itself of",
    "request_body_to_args() should be called": "what FastAPI assures itself of",
    "A request body must be a Pydantic Field": "what FastAPI assures itself of",
    "email-validator not installed": "it depends on what is installed at import",
    "FastAPI telemetry cleanup failed": "it needs exporters that fail at exit",
}

#: Functions that take a message.
SAYING = {"warnings.warn", "logger.warning", "logger.error", "logger.exception"}


def literal_beginnings(source: Path) -> Iterator[str]:
    """Give the literal beginnings of the messages in a module."""
    for node in ast.walk(ast.parse(source.read_text())):
        for message in messages_of(node):
            text = message.values[0] if isinstance(message, ast.JoinedStr) else message
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value.partition("%s")[0]


def messages_of(node: ast.AST) -> Iterator[ast.expr | None]:
    """Give what a statement, a call or a decorator says."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from node.exc.args[:1]
    elif isinstance(node, ast.Assert):
        yield node.msg
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in SAYING:
        yield from node.args[:1]
        yield from (word.value for word in node.keywords if word.arg == "message")
    elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        decorators = [item for item in node.decorator_list if isinstance(item, ast.Call)]
        for decorator in decorators:
            if ast.unparse(decorator.func) == "deprecated":
                yield from decorator.args[:1]


def test_the_table_has_every_message_that_fastapi_has(tmp_path: Path) -> None:
    said = "\n".join(
        said.text for name, row in TABLE.items() for said in heard(ORACLE, row, tmp_path / name)
    )
    package = Path(importlib.import_module(ORACLE).__file__ or "").parent
    missing = {
        f"{path.relative_to(package)}: {text}"
        for path in package.rglob("*.py")
        for text in literal_beginnings(path)
        if text not in said and not text.startswith(tuple(LEFT_OUT))
    }
    assert missing == set()
