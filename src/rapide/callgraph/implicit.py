"""Expressions that call a method of an object although no parentheses follow its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from rapide.callgraph.scopes import Known, Value

_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_OPERATORS: dict[type, str] = {
    ast.Add: "__add__",
    ast.Sub: "__sub__",
    ast.Mult: "__mul__",
    ast.MatMult: "__matmul__",
    ast.Div: "__truediv__",
    ast.FloorDiv: "__floordiv__",
    ast.Mod: "__mod__",
    ast.Pow: "__pow__",
    ast.LShift: "__lshift__",
    ast.RShift: "__rshift__",
    ast.BitOr: "__or__",
    ast.BitXor: "__xor__",
    ast.BitAnd: "__and__",
}
#: What functions of Python call of their first argument.
_FUNCTIONS: dict[object, tuple[str, ...]] = {
    len: ("__len__",),
    bool: ("__bool__",),
    str: ("__str__",),
    repr: ("__repr__",),
    iter: ("__iter__",),
    next: ("__next__",),
    **dict.fromkeys((list, tuple, set, sorted, sum, any, all), ("__iter__", "__next__")),
}


def implicit_calls(node: ast.expr, callee: Value | None) -> Iterator[tuple[ast.expr, str]]:
    """Yield the objects and the names of the methods or properties that an expression calls.

    Args:
        node: The expression, without those in it.
        callee: What it calls, if it is a call.
    """
    if isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node.ctx, ast.Load):
            yield node.value, node.attr if isinstance(node, ast.Attribute) else "__getitem__"
    elif isinstance(node, ast.BinOp):
        if (name := _OPERATORS.get(type(node.op))) is not None:
            yield node.left, name
    elif isinstance(node, ast.Call):
        yield from _of_function(node, callee)
    elif isinstance(node, ast.Compare):
        for operator, item in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                yield item, "__contains__"
    elif isinstance(node, _Comprehension):
        yield from _of_comprehension(node)


def _of_function(node: ast.Call, callee: Value | None) -> Iterator[tuple[ast.expr, str]]:
    found = callee.it if isinstance(callee, Known) else None
    # Objects of the application are not looked up, because that would call their `__hash__`.
    names = _FUNCTIONS.get(found, ()) if type(found) in (type, type(len)) else ()
    if node.args and not isinstance(node.args[0], ast.Starred):
        for name in names:
            yield node.args[0], name


def _of_comprehension(node: _Comprehension) -> Iterator[tuple[ast.expr, str]]:
    for part in node.generators:
        for name in ("__aiter__", "__anext__") if part.is_async else ("__iter__", "__next__"):
            yield part.iter, name
