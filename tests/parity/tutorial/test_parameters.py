"""Tutorial, first half: from the first endpoint to everything a request can carry."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, model_validator

from ..client import GET, POST, PUT, Req, document
from ..harness import parity


@parity(document("/openapi.json"), "/ /nothing HEAD / POST /")
def test_first_steps(fw):
    app = fw.FastAPI()

    @app.get("/")
    async def tell_the_moon():
        return {"moon": "waxing"}

    return app


class Planet(StrEnum):
    mars = "mars"
    venus = "venus"


@parity(
    "/moons/7 /moons/seven /moons/7.0 /planets/mars /planets/pluto /stars/me /stars/sirius "
    "/maps/north/pole.png /maps/ /phase/0.5 /phase/2"
)
def test_path_parameters(fw):
    """Numbers are validated."""
    app = fw.FastAPI()

    @app.get("/moons/{number}")
    async def moon(number: int):
        return number

    @app.get("/planets/{planet}")
    def planet(planet: Planet):
        return {"planet": planet, "hot": planet is Planet.venus}

    @app.get("/stars/me")
    def own_star():
        return "the sun"

    @app.get("/stars/{name}")
    def star(name: str):
        return name

    @app.get("/maps/{file:path}")
    def map_file(file: str):
        return file

    @app.get("/phase/{share}")
    def phase(share: Annotated[float, fw.Path(title="Share lit", ge=0, lt=1)]):
        return share

    return app


@parity(
    "/search /search?word=io /search?word=io&limit=3&exact=on /search?word=io&exact=maybe",
    "/search?word=io&limit=-1&tag=a&tag=b /search?word=Ganymede /search?word=io&old=1",
    "/isbn/978-0141439518 /isbn/12 /filter?order=name&limit=5 /filter?order=size /filter?extra=1",
)
def test_query_parameters(fw):
    """Strings are validated, also by validators of one's own, and models gather them."""
    app = fw.FastAPI()

    @app.get("/search")
    async def search(
        word: Annotated[str, fw.Query(min_length=2, max_length=6, pattern="^[a-z]+$")],
        tag: Annotated[list[str], fw.Query(description="Any of these")] = [],  # noqa: B006
        limit: Annotated[int, fw.Query(gt=0)] = 10,
        exact: bool | None = None,
        old: Annotated[str | None, fw.Query(deprecated=True, alias="old-name")] = None,
    ):
        return [word, tag, limit, exact, old]

    def check_isbn(value: str) -> str:
        if not value.startswith("978-"):
            raise ValueError("an ISBN of 13 digits starts with 978")
        return value

    @app.get("/isbn/{number}")
    def isbn(number: Annotated[str, AfterValidator(check_isbn)]):
        return number

    class Filter(BaseModel):
        model_config = ConfigDict(extra="forbid")
        limit: int = Field(100, gt=0, le=100)
        order: Literal["name", "year"] = "year"

    @app.get("/filter")
    def filtered(query: Annotated[Filter, fw.Query()]):
        return query

    return app


class Author(BaseModel):
    name: str = Field(min_length=1, examples=["Jane Austen"])
    born: date | None = None


class Book(BaseModel):
    title: str
    authors: list[Author] = []
    pages: int | None = Field(default=None, gt=0, title="Pages", description="Without the cover")
    links: dict[str, HttpUrl] = {}
    genres: set[str] = set()


EMMA = {"title": "Emma", "authors": [{"name": "Jane Austen", "born": "1775-12-16"}]}


@parity(
    POST("/books", EMMA),
    POST("/books", {"title": "Emma", "pages": 0, "authors": [{}], "links": {"a": "x"}}),
    POST("/books", {"links": {"gutenberg": "https://www.gutenberg.org/ebooks/158"}, "title": "E"}),
    POST("/books", [EMMA]),
    POST("/books"),
    PUT("/books/3?notify=1", EMMA),
    PUT("/books/3/loan", {"book": EMMA, "author": {"name": "A"}, "days": 14}),
    PUT("/books/3/loan", {"book": EMMA, "days": "many"}),
    POST("/only", {"book": EMMA}),
    POST("/only", EMMA),
    POST("/many", [EMMA, {"title": 3}]),
    POST("/weights", {"1": 0.5, "2": 1}),
    POST("/weights", {"one": 0.5}),
)
def test_request_bodies(fw):
    """Bodies have several parameters, fields, nested models and examples."""
    app = fw.FastAPI()

    @app.post("/books")
    async def add(book: Book):
        return book

    @app.put("/books/{book_id}")
    async def change(book_id: int, book: Book, notify: bool = False):
        return {"id": book_id, "notify": notify, **book.model_dump()}

    @app.put("/books/{book_id}/loan")
    def lend(
        book_id: int, book: Book, days: Annotated[int, fw.Body(gt=0)], author: Author | None = None
    ):
        return [book_id, book.title, days, author]

    @app.post("/only")
    def only(book: Annotated[Book, fw.Body(embed=True, examples=[EMMA])]):
        return book.title

    @app.post("/many")
    def many(books: list[Book]) -> int:
        return len(books)

    @app.post("/weights")
    def weights(weights: dict[int, float]):
        return weights

    return app


@parity(
    POST("/example", EMMA),
    document("/openapi.json"),
)
def test_examples_of_request_bodies(fw):
    class Measure(BaseModel):
        model_config = ConfigDict(json_schema_extra={"examples": [{"unit": "m", "value": 3}]})
        unit: str = "m"
        value: float = Field(default=0, examples=[3])

    app = fw.FastAPI()

    @app.post("/example")
    def example(
        measure: Annotated[
            Measure,
            fw.Body(
                openapi_examples={
                    "plain": {"summary": "One", "value": {"unit": "m", "value": 1}},
                    "wrong": {"summary": "Refused", "value": {"unit": "m", "value": "long"}},
                }
            ),
        ],
    ):
        return measure

    return app


@parity(
    PUT(
        "/events/0f8fad5b-d9cb-469f-a165-70867728950e",
        {
            "start": "2024-02-29T10:00:00Z",
            "day": "2024-02-29",
            "at": "10:30",
            "takes": "PT1H30M",
            "price": "12.50",
            "kinds": ["a", "a"],
        },
    ),
    PUT("/events/1", {"start": "yesterday", "takes": "long"}),
)
def test_extra_data_types(fw):
    app = fw.FastAPI()

    @app.put("/events/{event}")
    async def event(
        event: UUID,
        start: Annotated[datetime, fw.Body()],
        takes: Annotated[timedelta, fw.Body()],
        day: Annotated[date | None, fw.Body()] = None,
        at: Annotated[time | None, fw.Body()] = None,
        price: Annotated[Decimal, fw.Body()] = Decimal(0),
        kinds: Annotated[frozenset[str], fw.Body()] = frozenset(),
    ):
        return {"event": event, "end": start + takes, "at": at, "day": day, "kinds": kinds}

    return app


@parity(
    GET("/read", headers={"cookie": "visit=3", "user-agent": "curl", "x-token": "a"}),
    GET("/read", headers={"cookie": "visit=often"}),
    GET("/read", headers=[("x-token", "a"), ("x-token", "b")]),
    GET("/models", headers={"cookie": "visit=3; tracker=x", "x-token": "a"}),
    GET("/models", headers={"cookie": "visit=3", "dnt": "1", "x-token": "a"}),
    GET("/models", headers={"x-token": "a"}),
)
def test_cookies_and_headers(fw):
    """Models gather them."""
    app = fw.FastAPI()

    @app.get("/read")
    async def read(
        visit: Annotated[int | None, fw.Cookie()] = None,
        user_agent: Annotated[str | None, fw.Header()] = None,
        x_token: Annotated[list[str] | None, fw.Header()] = None,
    ):
        return [visit, user_agent, x_token]

    class Cookies(BaseModel):
        model_config = ConfigDict(extra="forbid")
        visit: int

    class Headers(BaseModel):
        x_token: str
        dnt: bool = False

    @app.get("/models")
    def models(cookies: Annotated[Cookies, fw.Cookie()], headers: Annotated[Headers, fw.Header()]):
        return [cookies, headers]

    return app


@parity(
    POST("/users", {"name": "ada", "password": "secret"}),
    POST("/users", {"name": "ada"}),
    "/users/1 /users/2 /vehicle/car /vehicle/plane /counts /either",
    "/unset /included /excluded /redirect /none /teapot",
)
def test_response_models(fw):
    """Return types, several models of one thing, and statuses shape the answer."""

    class Base(BaseModel):
        name: str
        email: str | None = None
        admin: bool = False

    class Incoming(Base):
        password: str

    class Car(BaseModel):
        kind: Literal["car"] = "car"
        wheels: int = 4

    class Plane(BaseModel):
        kind: Literal["plane"] = "plane"
        wings: int = 2

    app = fw.FastAPI()

    @app.post("/users", status_code=fw.status.HTTP_201_CREATED, response_model=Base)
    async def add(user: Incoming):
        return user

    @app.get("/users/{number}")
    def user(number: int) -> Base:
        return Incoming(name="ada", password="secret", admin=number == 1)

    @app.get("/vehicle/{kind}", response_model=Plane | Car)
    def vehicle(kind: str):
        return {"kind": kind}

    @app.get("/counts")
    def counts() -> dict[str, int]:
        return {"books": 3}

    @app.get("/either", response_model=None)
    def either(portal: bool = False) -> fw.Response | dict:
        return fw.responses.PlainTextResponse("plain") if portal else {"plain": False}

    @app.get("/unset", response_model=Base, response_model_exclude_unset=True)
    def unset():
        return {"name": "ada", "admin": False}

    @app.get("/included", response_model=Base, response_model_include={"name"})
    def included():
        return {"name": "ada"}

    @app.get("/excluded", response_model=Base, response_model_exclude={"email", "admin"})
    def excluded():
        return {"name": "ada"}

    @app.get("/redirect")
    def redirect() -> fw.responses.RedirectResponse:
        return fw.responses.RedirectResponse("/users/1")

    @app.get("/none", status_code=204)
    def none(): ...

    @app.get("/teapot", status_code=418)
    def teapot():
        return {"tea": True}

    return app


@parity(
    POST("/login", form={"username": "ada", "password": "x"}),
    POST("/login", form={"username": ""}),
    POST("/login", {"username": "ada"}),
    POST("/model", form={"username": "ada", "remember": "on"}),
    POST("/model", form={"username": "ada", "other": "1"}),
    Req("POST", "/file", files=[("file", "a.txt", "text/plain", b"hello")]),
    Req("POST", "/file", files=[("file", "", None, b"")]),
    Req("POST", "/file"),
    Req(
        "POST",
        "/all",
        files=[
            ("upload", "a.png", "image/png", b"\x89PNG"),
            ("others", "b", None, b"b"),
            ("others", "c", None, b"cc"),
            ("note", None, None, "é".encode()),
        ],
    ),
    Req("POST", "/all", files=[("note", None, None, b"x")]),
)
def test_forms_and_files(fw):
    """Forms have models, and files beside fields."""
    app = fw.FastAPI()

    @app.post("/login")
    async def login(username: Annotated[str, fw.Form()], password: Annotated[str, fw.Form()]):
        return {"username": username, "letters": len(password)}

    class Login(BaseModel):
        model_config = ConfigDict(extra="forbid")
        username: str
        remember: bool = False

    @app.post("/model")
    def model(form: Annotated[Login, fw.Form()]):
        return form

    @app.post("/file")
    def file(file: Annotated[bytes | None, fw.File(description="Small")] = None):
        return None if file is None else len(file)

    @app.post("/all")
    async def everything(
        upload: fw.UploadFile,
        others: Annotated[list[fw.UploadFile], fw.File()],
        note: Annotated[str, fw.Form()],
    ):
        names = [upload.filename, upload.content_type, *(one.filename for one in others)]
        return [names, len(await upload.read()), [one.size for one in others], note]

    return app


@parity(
    PUT("/items/1", {"name": "chair", "price": 3}),
    Req("PATCH", "/items/1", json={"price": 4.5}),
    Req("PATCH", "/items/1", json={"price": "cheap"}),
    Req("PATCH", "/items/9", json={"price": 1}),
    "/items/1",
)
def test_updates_of_a_stored_model(fw):
    """PUT and PATCH use the JSON compatible encoder."""

    class Thing(BaseModel):
        name: str | None = None
        price: float | None = None
        added: datetime = datetime(2024, 1, 1)
        tags: set[str] = set()

    stored: dict[str, dict] = {}
    app = fw.FastAPI()

    @app.put("/items/{key}", response_model=Thing)
    async def replace(key: str, thing: Thing):
        stored[key] = fw.encoders.jsonable_encoder(thing)
        return stored[key]

    @app.patch("/items/{key}")
    async def update(key: str, thing: Thing) -> Thing:
        if key not in stored:
            raise fw.HTTPException(404, "no such thing")
        current = Thing(**stored[key]).model_copy(update=thing.model_dump(exclude_unset=True))
        stored[key] = fw.encoders.jsonable_encoder(current)
        return current

    @app.get("/items/{key}")
    def item(key: str):
        return stored[key]

    return app


@parity(
    POST("/span", {"low": 1, "high": 2}),
    POST("/span", {"low": 3, "high": 2}),
    POST("/span", {"low": 1, "high": 2, "unit": {"name": "m"}}),
)
def test_models_that_check_themselves(fw):
    """Models have validators."""

    class Span(BaseModel):
        low: int
        high: int
        unit: "str | dict[str, str]" = "m"

        @model_validator(mode="after")
        def ordered(self):
            if self.low > self.high:
                raise ValueError("low is above high")
            return self

    app = fw.FastAPI()

    @app.post("/span")
    def span(span: Span) -> Span:
        return span

    return app
