"""Tutorial, second half: operations, errors, dependencies, middleware, streams, tasks."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

from pydantic import BaseModel

from ..client import GET, POST, Req, document
from ..harness import parity


class Item(BaseModel):
    name: str
    price: float = 0


@parity(document("/openapi.json"), "/books /loans /old", POST("/books", {"name": "a"}))
def test_path_operation_configuration(fw):
    """Operations have a status, tags, a summary and a description, or are deprecated."""
    from enum import Enum

    class Tags(Enum):
        books = "books"
        loans = "loans"

    app = fw.FastAPI()

    @app.post("/books", tags=[Tags.books], status_code=fw.status.HTTP_201_CREATED, summary="Add")
    async def add(item: Item) -> Item:
        """
        Add a book:

        - **name**: its title
        \f
        Not shown.
        """
        return item

    @app.get("/books", tags=["books", Tags.loans], description="All of *them*")
    def books():
        return []

    @app.get("/loans", tags=[Tags.loans], response_description="Who has what")
    def loans_of_everyone():
        """Everybody's loans."""
        return []

    @app.get("/old", deprecated=True)
    def old():
        return "old"

    return app


@parity(
    "/books/emma /books/none /dragons/1 /dragons/0 /missing /number/x /sum/1 /fail",
    POST("/books", {"price": "much"}),
)
def test_handling_errors(fw):
    """Handlers are one's own and those of the framework."""

    class DragonError(Exception):
        def __init__(self, number):
            self.number = number

    app = fw.FastAPI()

    @app.exception_handler(DragonError)
    async def dragon(request: fw.Request, error: DragonError):
        return fw.responses.JSONResponse({"dragon": error.number}, status_code=418)

    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def refused(request: fw.Request, error: fw.exceptions.RequestValidationError):
        if request.url.path.startswith("/number"):
            return fw.responses.PlainTextResponse(f"{len(error.errors())} wrong", status_code=400)
        return await fw.exception_handlers.request_validation_exception_handler(request, error)

    @app.exception_handler(fw.exceptions.StarletteHTTPException)
    async def http(request, error):
        fw.log.append(repr(error.detail))
        return await fw.exception_handlers.http_exception_handler(request, error)

    @app.get("/books/{name}")
    async def book(name: str):
        if name == "none":
            raise fw.HTTPException(404, {"missing": name}, headers={"x-error": "none"})
        return name

    @app.get("/dragons/{number}")
    def dragons(number: int):
        if number:
            raise DragonError(number)
        return "none"

    @app.get("/number/{number}")
    @app.get("/sum/{number}")
    def number(number: int, other: int):
        return number + other

    @app.post("/books")
    def add(item: Item):
        return item

    @app.get("/fail")
    def fail():
        raise fw.HTTPException(status_code=400)

    return app


@parity(
    "/books?q=a&skip=1 /users?limit=x /class?q=a /sub /twice /cached",
    GET("/sub", headers={"cookie": "last=emma"}),
    GET("/guarded"),
    GET("/guarded", headers={"x-token": "good", "x-key": "good"}),
    GET("/guarded", headers={"x-token": "bad", "x-key": "good"}),
    "/session /session?fail=1 /session?fail=2 /missing",
    trio=True,
)
def test_dependencies(fw):
    """They are classes, nest, stand in decorators, are global, and yield."""
    log = fw.log

    async def everywhere(request: fw.Request):
        log.append(f"everywhere {request.url.path}")

    app = fw.FastAPI(dependencies=[fw.Depends(everywhere)])

    async def page(q: str | None = None, skip: int = 0, limit: int = 100):
        return {"q": q, "skip": skip, "limit": limit}

    Page = Annotated[dict, fw.Depends(page)]

    @app.get("/books")
    async def books(page: Page):
        return page

    @app.get("/users")
    def users(page: Page):
        return page

    class Search:
        def __init__(self, q: str | None = None, limit: int = 10):
            self.q, self.limit = q, limit

    @app.get("/class")
    async def by_class(search: Annotated[Search, fw.Depends()]):
        return [search.q, search.limit]

    def query(q: str | None = None):
        return q

    def query_or_cookie(
        q: Annotated[str | None, fw.Depends(query)], last: Annotated[str | None, fw.Cookie()] = None
    ):
        return q or last

    @app.get("/sub")
    async def sub(word: Annotated[str | None, fw.Depends(query_or_cookie)]):
        return {"word": word}

    def counted():
        log.append("counted")
        return len(log)

    @app.get("/twice")
    def twice(
        a: Annotated[int, fw.Depends(counted)],
        b: Annotated[int, fw.Depends(counted, use_cache=False)],
    ):
        return a == b

    @app.get("/cached")
    def cached(a: Annotated[int, fw.Depends(counted)], b: Annotated[int, fw.Depends(counted)]):
        return a == b

    async def check_token(x_token: Annotated[str, fw.Header()]):
        if x_token != "good":
            raise fw.HTTPException(400, "bad token")

    def check_key(x_key: Annotated[str, fw.Header()]):
        log.append(x_key)
        return x_key

    @app.get("/guarded", dependencies=[fw.Depends(check_token), fw.Depends(check_key)])
    def guarded():
        return "in"

    class BrokenError(Exception): ...

    async def session():
        log.append("open")
        try:
            yield "session"
        except BrokenError as error:
            log.append("broken")
            raise fw.HTTPException(400, str(error)) from None
        finally:
            log.append("close")

    @app.get("/session")
    async def use(session: Annotated[str, fw.Depends(session)], fail: int = 0):
        if fail == 1:
            raise BrokenError("nothing saved")
        if fail == 2:
            raise fw.HTTPException(409, "twice")
        return session

    return app


@parity(
    GET("/", headers={"origin": "https://example.org"}),
    GET("/", headers={"origin": "https://example.com"}),
    Req(
        "OPTIONS",
        "/",
        headers={"origin": "https://example.org", "access-control-request-method": "PUT"},
    ),
    "/fail /missing",
)
def test_middleware_and_cors(fw):
    app = fw.FastAPI()
    app.add_middleware(
        fw.module("middleware.cors").CORSMiddleware,
        allow_origins=["https://example.org"],
        allow_methods=["GET", "PUT"],
        allow_credentials=True,
        expose_headers=["x-seen"],
    )

    @app.middleware("http")
    async def mark(request: fw.Request, call_next):
        response = await call_next(request)
        response.headers["x-seen"] = request.url.path
        return response

    @app.get("/")
    async def root():
        return {}

    @app.get("/fail")
    async def fail():
        raise fw.HTTPException(400)

    return app


@parity(
    "/numbers /typed /broken",
    document("/openapi.json"),
    compiled=False,
    trio=True,
)
def test_streams_of_json_lines(fw):
    app = fw.FastAPI()

    @app.get("/numbers")
    def numbers() -> Iterator[int]:
        yield from (1, 2, 3)

    @app.get("/typed")
    async def typed() -> AsyncIterator[Item]:
        for name in ("chair", "table"):
            yield Item(name=name, price=3)

    @app.get("/broken")
    async def broken() -> AsyncIterator[Item]:
        yield {"name": "chair"}
        yield {"price": 1}

    return app


@parity(
    "/items /typed /resume /raw",
    GET("/resume", headers={"last-event-id": "1"}),
    POST("/chat", {"name": "hi"}),
    document("/openapi.json"),
    compiled=False,
)
def test_server_sent_events(fw):
    app = fw.FastAPI()
    sse = fw.sse
    events = sse.EventSourceResponse

    @app.get("/items", response_class=events)
    async def items():
        yield {"name": "chair"}
        yield "text"

    @app.get("/typed", response_class=events)
    def typed() -> Iterator[Item]:
        yield Item(name="chair")

    @app.get("/resume", response_class=events)
    async def resume(last_event_id: Annotated[int, fw.Header()] = -1):
        for number in range(last_event_id + 1, 3):
            yield sse.ServerSentEvent(data=number, id=str(number), event="n", retry=500)

    @app.get("/raw", response_class=events)
    async def raw() -> AsyncIterator[sse.ServerSentEvent]:
        yield sse.ServerSentEvent(raw_data="a\nb", comment="as it is")
        yield sse.ServerSentEvent(data=None)

    @app.post("/chat", response_class=events)
    async def chat(item: Item):
        for letter in item.name:
            yield sse.ServerSentEvent(data=letter)

    return app


@parity(POST("/send/a@example.org"), POST("/send/a@example.org?q=x"))
def test_background_tasks(fw):
    """The endpoint and a dependency add them."""
    app = fw.FastAPI()

    def write(text: str, mark: str = ""):
        fw.log.append(text + mark)

    async def send(text: str):
        fw.log.append(text)

    def query(tasks: fw.BackgroundTasks, q: str | None = None):
        if q:
            tasks.add_task(write, f"query {q}", mark="!")
        return q

    @app.post("/send/{address}")
    async def notify(
        address: str, tasks: fw.BackgroundTasks, q: Annotated[str | None, fw.Depends(query)]
    ):
        tasks.add_task(send, f"mail to {address}")
        return {"q": q}

    return app
