"""Pydantic models that gather query, header, cookie and form parameters."""

from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from ..client import GET, POST
from ..harness import parity


class Filter(BaseModel):
    limit: int = Field(100, gt=0, le=100)
    order_by: Literal["created", "updated"] = "created"
    tags: list[str] = []


class StrictFilter(Filter):
    model_config = {"extra": "forbid"}


class OpenFilter(Filter):
    model_config = {"extra": "allow"}


@parity(
    """
    / /?limit=5&tags=a&tags=b /?limit=0&order_by=x /?unknown=1 /strict?unknown=1&limit=3
    /strict?unknown=1&unknown=2 /strict /open?unknown=1&other=2&other=3 /open?tags=a
    /?limit=1&limit=2 /default /default?limit=4
    """,
)
def test_a_model_gathers_query_parameters(fw):
    """One model forbids other parameters."""
    app = fw.FastAPI()

    @app.get("/")
    def read(f: Annotated[Filter, fw.Query()]):
        return f

    @app.get("/strict")
    def strict(f: Annotated[StrictFilter, fw.Query()]):
        return f

    @app.get("/open")
    def open_(f: Annotated[OpenFilter, fw.Query()]):
        return f.model_dump()

    @app.get("/default")
    def default(f: Filter = fw.Query()):
        return f

    return app


class Page(BaseModel):
    page: int
    size: int = 10


@parity(
    """
    /?page=1&limit=4 /?limit=4 /?page=x&limit=x /optional /optional?page=2 /optional?size=2
    /optional?q=1 /optional?page=x /mixed?page=1&q=2 /mixed?page=1 /mixed?q=x /twice?page=1
    /twice?page=x /default-model /default-model?page=9
    """,
)
def test_models_may_be_several_optional_or_mixed_with_scalars(fw):
    """An optional model is absent if none of its names arrive."""
    app = fw.FastAPI()
    Query = fw.Query

    @app.get("/")
    def several(p: Annotated[Page, Query()], f: Annotated[Filter, Query()]):
        return [p, f]

    @app.get("/optional")
    def optional(p: Annotated[Page | None, Query()] = None):
        return {"p": p}

    @app.get("/mixed")
    def mixed(q: int, p: Annotated[Page, Query()]):
        return [q, p]

    @app.get("/twice")
    def twice(a: Annotated[Page, Query()], b: Annotated[Page, Query()]):
        return [a, b]

    @app.get("/default-model")
    def default_model(p: Annotated[Page, Query()] = Page(page=3)):
        return p

    return app


class Aliased(BaseModel):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    first: int = Field(alias="one")
    second: int = Field(5, validation_alias=AliasChoices("two", "deux"))
    third: str = Field("t", serialization_alias="three")


class AliasOnly(BaseModel):
    first: int = Field(alias="fi-rst")
    second: list[int] = Field([], alias="se-cond")


@parity(
    """
    /?one=1&two=2 /?first=1&deux=2&third=x /?second=2 /?one=x /only?fi-rst=1&se-cond=2&se-cond=3
    /only?first=1 /optional?first=1 /optional?one=1&deux=3 /optional
    """,
)
def test_aliases_of_model_fields_are_read(fw):
    """`AliasChoices` and `validate_by_name` count for requests and for the document."""
    app = fw.FastAPI()

    @app.get("/")
    def read(a: Annotated[Aliased, fw.Query()]):
        return a

    @app.get("/only")
    def only(a: Annotated[AliasOnly, fw.Query()]):
        return a

    @app.get("/optional")
    def optional(a: Annotated[Aliased | None, fw.Query()] = None):
        return {"a": a}

    return app


class CommonHeaders(BaseModel):
    host: str
    save_data: bool
    if_modified_since: str | None = None
    x_tag: list[str] = []


class StrictHeaders(BaseModel):
    model_config = {"extra": "forbid"}
    x_one: int


class Cookies(BaseModel):
    session_id: str
    tracker: int | None = None


class StrictCookies(Cookies):
    model_config = {"extra": "forbid"}


@parity(
    GET("/", headers=[("save-data", "1"), ("x-tag", "a"), ("x-tag", "b")]),
    GET("/", headers={"save_data": "1"}),
    GET("/"),
    GET("/literal", headers={"save_data": "1"}),
    GET("/literal", headers={"save-data": "1"}),
    GET("/strict", headers={"x-one": "1"}),
    GET("/strict", headers={"x-one": "1", "x-two": "2"}),
    GET("/optional"),
    GET("/optional", headers={"x-one": "2"}),
    GET("/cookies", headers={"cookie": "session_id=a; tracker=2"}),
    GET("/cookies"),
    GET("/cookies", headers={"cookie": "tracker=x"}),
    GET("/strict-cookies", headers={"cookie": "session_id=a; other=1"}),
    GET("/strict-cookies", headers={"cookie": "session_id=a"}),
)
def test_models_gather_headers_and_cookies(fw):
    """Models of headers convert underscores."""
    app = fw.FastAPI()

    @app.get("/")
    def headers(h: Annotated[CommonHeaders, fw.Header()]):
        return h

    @app.get("/literal")
    def literal(h: Annotated[CommonHeaders, fw.Header(convert_underscores=False)]):
        return h

    @app.get("/strict")
    def strict(h: Annotated[StrictHeaders, fw.Header()]):
        return h

    @app.get("/optional")
    def optional(h: Annotated[StrictHeaders | None, fw.Header()] = None):
        return {"h": h}

    @app.get("/cookies")
    def cookies(c: Annotated[Cookies, fw.Cookie()]):
        return c

    @app.get("/strict-cookies")
    def strict_cookies(c: Annotated[StrictCookies, fw.Cookie()]):
        return c

    return app


class Login(BaseModel):
    username: str
    password: str = Field(min_length=3)
    remember: bool = False
    roles: list[str] = []


class StrictLogin(Login):
    model_config = {"extra": "forbid"}


@parity(
    POST("/", form={"username": "u", "password": "secret", "roles": ["a", "b"]}),
    POST("/", form={"username": "u", "password": "x"}),
    POST("/", form={}),
    POST("/", form={"username": "", "password": "abc"}),
    POST("/", json={"username": "u"}),
    POST("/strict", form={"username": "u", "password": "abc", "extra": "1"}),
    POST("/optional", form={}),
    POST("/optional", form={"username": "u", "password": "abc"}),
    POST("/mixed", form={"username": "u", "password": "abc", "x": "1"}),
    POST("/mixed", form={"username": "u", "password": "abc"}),
    POST("/union", form={"username": "u", "password": "abc"}),
    POST("/union", form={"page": "1"}),
    POST("/union", form={"z": "1"}),
)
def test_models_gather_form_fields(fw):
    """Unions of models are among them."""
    app = fw.FastAPI()
    Form = fw.Form

    @app.post("/")
    def login(data: Annotated[Login, Form()]):
        return data

    @app.post("/strict")
    def strict(data: Annotated[StrictLogin, Form()]):
        return data

    @app.post("/optional")
    def optional(data: Annotated[Login | None, Form()] = None):
        return {"data": data}

    @app.post("/mixed")
    def mixed(data: Annotated[Login, Form()], x: Annotated[int, Form()]):
        return [data, x]

    @app.post("/union")
    def union(data: Annotated[Login | Page, Form()]):
        return data

    return app


class Range(BaseModel):
    low: int = 0
    high: int = 10

    @model_validator(mode="after")
    def ordered(self):
        if self.low > self.high:
            raise ValueError("low must not exceed high")
        return self


@parity(
    "/?low=1&high=2 /?low=5&high=2 /?low=x /dep?low=3 /dep?low=11",
)
def test_model_validators_run_and_report_the_location_of_the_parameter(fw):
    app = fw.FastAPI()

    @app.get("/")
    def read(r: Annotated[Range, fw.Query()]):
        return r

    def dep(r: Annotated[Range, fw.Query()]):
        return r.low

    @app.get("/dep")
    def read_dep(low: Annotated[int, fw.Depends(dep)]):
        return low

    return app
