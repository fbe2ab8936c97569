"""Compile code in which `await` is allowed outside of functions.

The code itself runs in the main thread, where the client can be used. Only what is awaited runs on
the event loop of the lifespan. So each `await x` outside of functions becomes

    __rapide_await__(lambda: x)

and a statement with `async for`, `async with` or an asynchronous comprehension becomes a function:

    async def __rapide_statement__():
        global name
        async with x as name: ...
    __rapide_await__(__rapide_statement__)
"""

import ast
from collections.abc import Iterator
from types import CodeType

#: The name of the function that runs an awaitable: see `execution.waiting_on`.
AWAIT = "__rapide_await__"
_STATEMENT = "__rapide_statement__"
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def compile_code(source: str | bytes, filename: str, mode: str, flags: int = 0) -> CodeType:
    """Compile code as `compile` does, with the awaits replaced.

    Raises:
        SyntaxError: It is not valid.
        ValueError: It has a null byte.
    """
    tree: ast.Module | ast.Interactive = compile(
        source, filename, mode, flags | ast.PyCF_ONLY_AST, dont_inherit=True
    )
    AwaitReplacer().visit(tree)
    code: CodeType = compile(tree, filename, mode, flags, dont_inherit=True)
    return code


class AwaitReplacer(ast.NodeTransformer):
    """Replace what is asynchronous in the statements of a module."""

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace what is asynchronous in a module or a statement."""
        if isinstance(node, ast.Module | ast.Interactive):
            node.body = [new for old in node.body for new in _replaced(old)]
            ast.fix_missing_locations(node)
        return node


class _Awaits(ast.NodeTransformer):
    """Replace `await` in a statement that has nothing else that is asynchronous."""

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, _SCOPES):
            return node
        self.generic_visit(node)
        if not isinstance(node, ast.Await):
            return node
        no_arguments = ast.arguments([], [], None, [], [], None, [])
        return ast.copy_location(_call(ast.Lambda(no_arguments, node.value)), node)


def _replaced(statement: ast.stmt) -> list[ast.stmt]:
    own = [*_own_nodes(statement)]
    if any(map(_needs_function, own)):
        return _as_function(statement, own)
    if any(isinstance(node, ast.Await) for node in own):
        _Awaits().visit(statement)
    return [statement]


def _needs_function(node: ast.AST) -> bool:
    """Return whether a node cannot be part of code that is not asynchronous."""
    if isinstance(node, ast.Await):  # a lambda would keep a name, and cannot wait itself
        inside = [*_own_nodes(node.value)]
        return any(isinstance(inner, ast.Await | ast.NamedExpr) for inner in inside)
    is_asynchronous = isinstance(node, ast.comprehension) and node.is_async
    return bool(is_asynchronous) or isinstance(node, ast.AsyncFor | ast.AsyncWith)


def _as_function(statement: ast.stmt, own: list[ast.AST]) -> list[ast.stmt]:
    """Make a function of a statement, and call it; the names that it binds stay global."""
    body: list[ast.stmt] = [statement]
    if isinstance(statement, ast.Expr):  # a prompt shows its value
        body = [ast.Return(statement.value)]
    names = sorted({name for node in own for name in _names_bound_by(node)})
    if names:
        body.insert(0, ast.Global(names))
    function = ast.parse(f"async def {_STATEMENT}(): pass").body[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    function.body = body
    call = ast.Expr(_call(ast.Name(_STATEMENT, ast.Load())))
    for made in (function, call, *body):
        ast.copy_location(made, statement)
    return [function, call]


def _call(argument: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(AWAIT, ast.Load()), [argument], [])


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Return a node and those below that belong to the same scope; of functions, their names."""
    yield node
    if isinstance(node, _SCOPES):
        return
    for inner in ast.iter_child_nodes(node):
        yield from _own_nodes(inner)


def _names_bound_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
