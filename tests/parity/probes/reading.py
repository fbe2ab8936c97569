"""Applications in which each callable may read the request, and all pairs of readers and ways.

An application has one declaration of a body and one frame of callables around it. Which of them
read the request, and how, is said with each call.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, count, product

from ..client import BOUNDARY, Req, multipart
from .driver import Call

WAYS = ("body", "json", "form", "stream")

#: What an endpoint declares of the body.
DECLARATIONS = {
    "nothing": "",
    "model": "item: Item",
    "dictionary": "item: dict[str, Any]",
    "embedded": "item: Annotated[Item, Body(embed=True)]",
    "two": "item: Item, other: Annotated[int, Body()] = 1",
    "bytes": "item: Annotated[bytes, Body()]",
    "field": "a: Annotated[int, Form()]",
    "form": "item: Annotated[Item, Form()]",
    "file": "a: UploadFile",
    "optional": "item: Item | None = None",
}


@dataclass(frozen=True)
class Frame:
    """The callables of an application that may read, in the order in which they run."""

    readers: tuple[str, ...]
    has_request: bool = False
    is_sync: bool = False
    dependencies: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    route_class: str = ""


EVERY = ("depends", "scheme", "yields")
FRAMES = {
    "bare": Frame(("handler",)),
    "sync": Frame(("handler",), is_sync=True),
    "endpoint": Frame(("endpoint", "background", "handler"), has_request=True),
    "dependency": Frame(("depends", "handler"), dependencies=("depends",)),
    "scheme": Frame(("scheme", "handler"), dependencies=("scheme",)),
    "yields": Frame(("yields", "yields_after", "handler"), dependencies=("yields",)),
    "function": Frame(("yields", "yields_after", "handler"), dependencies=("yields_function",)),
    "all": Frame((*EVERY, "endpoint", "yields_after", "background", "handler"), True, False, EVERY),
    "http": Frame(("around", "handler", "around_after"), around=("http",)),
    "http all": Frame(
        ("around", *EVERY, "endpoint", "yields_after", "background", "handler", "around_after"),
        True, False, EVERY, ("http",),
    ),
    "http twice": Frame(
        ("outer", "around", "depends", "endpoint", "handler", "around_after", "outer_after"),
        True, False, ("depends",), ("http", "outer"),
    ),
    "class": Frame(
        ("around", "depends", "endpoint", "handler", "around_after"),
        True, False, ("depends",), ("class",),
    ),
    "asgi": Frame(("asgi", "depends", "endpoint", "handler"), True, False, ("depends",), ("asgi",)),
    "replaying": Frame(
        ("asgi", "depends", "endpoint", "handler"), True, False, ("depends",), ("replaying",)
    ),
    "route": Frame(
        ("route", "depends", "endpoint", "handler", "route_after"),
        True, False, ("depends",), (), "Route",
    ),
}  # fmt: skip

PRELUDE = """
class Item(BaseModel):
    a: int


async def depends(request: Request):
    await J.at("depends", request)


class Scheme(APIKeyHeader):
    async def __call__(self, request: Request):
        await J.at("scheme", request)
        return await super().__call__(request)


scheme = Scheme(name="x-key", auto_error=False)


async def yields(request: Request):
    await J.at("yields", request)
    try:
        yield
    except Exception as error:
        J.caught("yields", error)
        raise
    finally:
        await J.at("yields_after", request)


class Route(APIRoute):
    def get_route_handler(self):
        handler = super().get_route_handler()

        async def run(request):
            await J.at("route", request)
            try:
                return await handler(request)
            except Exception as error:
                J.caught("route", error)
                raise
            finally:
                await J.at("route_after", request)

        return run


app = FastAPI()


@app.exception_handler(RequestValidationError)
@app.exception_handler(StarletteHTTPException)
@app.exception_handler(418)
@app.exception_handler(Mine)
@app.exception_handler(Exception)
async def handler(request, exc):
    J.caught("handler", exc)
    await J.at("handler", request)
    return PlainTextResponse(type(exc).__name__, 499)
"""
AROUND = {
    "http": '''
@app.middleware("http")
async def around(request, call_next):
    await J.at("around", request)
    response = await call_next(request)
    await J.at("around_after", request)
    return response
''',
    "outer": '''
@app.middleware("http")
async def outer(request, call_next):
    await J.at("outer", request)
    response = await call_next(request)
    await J.at("outer_after", request)
    return response
''',
    "class": '''
class Around(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        await J.at("around", request)
        response = await call_next(request)
        await J.at("around_after", request)
        return response
app.add_middleware(Around)
''',
    "asgi": '''
class Asgi:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await J.at("asgi", Request(scope, receive))
        await self.app(scope, receive, send)
app.add_middleware(Asgi)
''',
    "replaying": '''
class Replaying:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        kept = []

        async def keep():
            kept.append(await receive())
            return kept[-1]

        async def replay():
            return kept.pop(0) if kept else await receive()
        await J.at("asgi", Request(scope, keep))
        await self.app(scope, replay, send)
app.add_middleware(Replaying)
''',
}  # fmt: skip
NEEDED = {
    "depends": "Depends(depends)",
    "scheme": "Security(scheme)",
    "yields": "Depends(yields)",
    "yields_function": 'Depends(yields, scope="function")',
}


def application(declaration: str, frame: Frame) -> str:
    """Return the source of an application."""
    given = ["request: Request", "tasks: BackgroundTasks"] if frame.has_request else []
    options = ['"/"', f"dependencies=[{', '.join(NEEDED[name] for name in frame.dependencies)}]"]
    lines = [PRELUDE, *(AROUND[name] for name in frame.around)]
    if frame.route_class:
        lines.append(f"app.router.route_class = {frame.route_class}")
    given += [declaration] if declaration else []
    lines.append(f"@app.post({', '.join(options)})")
    lines.append(f"{'' if frame.is_sync else 'async '}def endpoint({', '.join(given)}):")
    lines.append("    J.call('endpoint called', values=dict(locals()))")
    if frame.has_request:
        lines.append('    tasks.add_task(J.at, "background", request)')
        lines.append('    await J.at("endpoint", request)')
    else:
        lines.append('    if J.wants("endpoint"): raise J.error("endpoint")')
    lines.append("    return {'answer': 1}")
    return "\n".join([*lines, ""])


JSON, URLENCODED = "application/json", "application/x-www-form-urlencoded"
PARTS = [("a", None, None, b"1")]
FILES = [("a", "a.txt", "text/plain", b"content")]
BROKEN = b"--broken"
CONTENTS: tuple[tuple[str, bytes], ...] = (
    (JSON, b'{"a": 1}'),
    (JSON, b'{"item": {"a": 1}, "other": 2}'),
    (JSON, b'{"a": "x"}'),
    (JSON, b'{"a": '),
    (URLENCODED, b"a=1"),
    (URLENCODED, b"b=x"),
    (f"multipart/form-data; boundary={BOUNDARY}", multipart(PARTS)),
    (f"multipart/form-data; boundary={BOUNDARY}", multipart(FILES)),
    (f"multipart/form-data; boundary={BOUNDARY}", BROKEN),
    ("text/plain", b"text"),
    ("", b""),
)
#: What is raised, most often nothing.
KINDS = ("", "http", "mine", "", "key", "invalid", "")


def calls(frame: Frame) -> Iterator[Call]:
    """Yield a call for each pair of readers and ways; contents and errors take turns."""
    turn = count()
    pairs = [("", reader) for reader in frame.readers]
    pairs += list(combinations(frame.readers, 2))
    places = [reader for reader in (*frame.readers, "endpoint") if reader != "background"]
    for (first, second), one, other in product(pairs, WAYS, WAYS):
        if not first and one != other:
            continue
        reads = {second: other} | ({first: one} if first else {})
        for number, (content_type, content) in enumerate(CONTENTS):
            n = next(turn)
            # Without an error, the handler of a right request does not run.
            kind = KINDS[n % len(KINDS)]
            raising = {places[n % len(places)]: kind} if kind else {}
            # A broken form is refused when all of it is there, in FastAPI at the first wrong byte.
            is_split = (n + number) % 3 == 0 and content != BROKEN
            half = len(content) // 2 if is_split else 0
            parts = [content[:half], content[half:]] if half else [content]
            headers = {"content-type": content_type} if content_type else {}
            yield Call(Req("POST", "/", headers, content=parts), raising, reads, is_alone=True)
