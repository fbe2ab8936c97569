"""Validators, default factories and dependencies run as often as in FastAPI, also on errors."""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_serializer,
    model_validator,
)

from ..client import Req
from ..harness import parity

JSON = [("content-type", "application/json")]
FORM = [("content-type", "application/x-www-form-urlencoded")]


def sent(path: str, body: bytes, headers: Any = JSON) -> Req:
    return Req("POST", path, headers, content=body)


def noting(fw: Any, name: str, *, fails_on: str | None = None) -> Any:
    """A validator that notes each of its calls, and refuses one value."""

    def note(value: Any) -> Any:
        fw.log.append((name, repr(value)))
        if str(value) == fails_on:
            raise ValueError(f"{name} refuses {value}")
        return value

    return note


@parity(
    sent("/items/1", b'{"type": "t", "a": "z"}'),
    sent("/items/1", b'{"type": "t", "a": 1}'),
    sent("/items/x", b'{"type": "t", "a": "z"}'),
    sent("/items/1", b'{"a": "z"}'),
    sent("/both/1", b'{"first": {"type": "t", "a": 1}, "second": {"type": "u", "a": "z"}}'),
    sent("/both/1", b'{"first": {"type": "t", "a": "z"}, "second": {"type": "u", "a": 1}}'),
    sent("/both/1", b'{"first": {"type": "t", "a": 1}}'),
    sent("/both/1", b"[]"),
)
def test_a_validator_may_empty_what_it_validates(fw):
    class Item(BaseModel):
        a: int
        kind: str = ""

        @model_validator(mode="before")
        @classmethod
        def move(cls, values: Any) -> Any:
            fw.log.append(sorted(values))
            return {**values, "kind": values.pop("type")}

    app = fw.FastAPI()

    @app.post("/items/{item_id}")
    def items(item_id: int, item: Item):
        return item

    @app.post("/both/{item_id}")
    async def both(item_id: int, first: Item, second: Item, q: int = 3):
        return [first, second]

    return app


@parity(
    Req("GET", "/redeem?code=c1&n=z"),
    Req("GET", "/redeem?code=c2&n=1"),
    Req("GET", "/redeem?code=c2&n=1"),
    Req("GET", "/redeem?code=c2&n=z"),
    Req("GET", "/below?code=c3&n=z"),
    Req("GET", "/below?code=c4&n=1"),
    Req("GET", "/sync?code=c5&n=z"),
    Req("GET", "/sync?code=c6&n=1"),
)
def test_a_value_that_is_valid_once_is_not_validated_again(fw):
    app = fw.FastAPI()
    used: set[str] = set()

    def redeem_once(code: str) -> str:
        fw.log.append(code)
        if code in used:
            raise ValueError("code was used already")
        used.add(code)
        return code

    Code = Annotated[str, AfterValidator(redeem_once)]

    async def dependency(code: Code):
        fw.log.append("called")
        return code

    def sync(code: Code):
        fw.log.append("called")
        return code

    @app.get("/redeem")
    def redeem(code: Code, n: int):
        return [code, n]

    @app.get("/below")
    async def below(n: int, code: Annotated[str, fw.Depends(dependency)]):
        return [code, n]

    @app.get("/sync")
    def after(n: int, code: Annotated[str, fw.Depends(sync)]):
        return [code, n]

    return app


@parity(
    *(
        Req("GET", f"{path}?a={a}&b=2&n={n}")
        for path in ("/twice", "/thrice", "/plain")
        for a in "1x"
        for n in "1x"
    ),
    Req("GET", "/twice?a=1&b=2"),
    Req("GET", "/twice"),
)
def test_parameters_of_a_cached_dependency_are_validated_at_each_use(fw):
    app = fw.FastAPI()

    def make() -> int:
        fw.log.append("made")
        return 5

    async def shared(
        a: Annotated[str, AfterValidator(noting(fw, "a", fails_on="x"))],
        b: int = 0,
        c: int = fw.Query(default_factory=make),
    ):
        fw.log.append("shared")
        return a, b, c

    async def plain(b: int, n: str = "n"):
        return b

    async def middle(s: Annotated[Any, fw.Depends(shared)]):
        fw.log.append("middle")
        return s

    async def outer(s: Annotated[Any, fw.Depends(shared)], m: Annotated[Any, fw.Depends(middle)]):
        fw.log.append("outer")
        return s

    @app.get("/twice")
    async def twice(
        m: Annotated[Any, fw.Depends(middle)], s: Annotated[Any, fw.Depends(shared)], n: int
    ):
        return [m, s, n]

    @app.get("/thrice")
    def thrice(o: Annotated[Any, fw.Depends(outer)], m: Annotated[Any, fw.Depends(middle)], n: int):
        return [o, m, n]

    async def on_plain(p: Annotated[int, fw.Depends(plain)]):
        return p

    @app.get("/plain")
    async def builtin(
        q: Annotated[int, fw.Depends(on_plain)], p: Annotated[int, fw.Depends(plain)], n: int
    ):
        return [p, q, n]

    return app


@parity(
    *(
        Req("GET", f"/values?{query}")
        for query in ("", "n=1", "n=x", "bad=1&n=1", "n=1&made=3", "n=x&made=y")
    ),
    *(sent("/form", body, FORM) for body in (b"", b"n=1", b"n=x", b"n=1&made=4", b"n=1&flag=on")),
)
def test_a_default_is_made_once(fw):
    app = fw.FastAPI()

    def make() -> int:
        fw.log.append("made")
        return 5

    def make_flag() -> bool:
        fw.log.append("flag")
        return True

    def make_wrong() -> Any:
        fw.log.append("wrong")
        return "wrong"

    @app.get("/values")
    async def values(
        made: int = fw.Query(default_factory=make),
        wrong: int = fw.Query(default_factory=make_wrong, validate_default=True),
        n: int = fw.Query(),
        last: int = fw.Query(default_factory=make),
    ):
        return [made, wrong, n, last]

    @app.post("/form")
    async def form(
        made: int = fw.Form(default_factory=make),
        flag: bool = fw.Form(default_factory=make_flag),
        n: int = fw.Form(),
    ):
        return [made, flag, n]

    return app


@parity(
    *(
        Req("GET", f"{path}?{query}")
        for path in ("/own", "/below")
        for query in (
            "v=key",
            "v=runtime&n=1",
            "v=lookup&n=x",
            "n=x",
            "v=fine&n=x",
            "v=validation&n=1",
        )
    ),
)
def test_what_a_validator_raises_by_mistake_leaves_it_once(fw):
    app = fw.FastAPI()

    class Other(BaseModel):
        number: int

    def validate(value: str) -> str:
        fw.log.append(value)
        if value == "key":
            raise KeyError("v")
        if value == "lookup":
            raise LookupError(value)
        if value == "runtime":
            raise RuntimeError(value)
        if value == "validation":
            Other(number="x")  # type: ignore[arg-type]
        return value

    Value = Annotated[str, AfterValidator(validate)]

    @app.exception_handler(LookupError)
    async def on_lookup(request: Any, error: Exception):
        fw.log.append(["handled", type(error).__name__, type(error.__context__).__name__])
        return fw.responses.JSONResponse(repr(error), 418)

    async def dependency(v: Value):
        return v

    @app.get("/own")
    async def own(v: Value, n: int):
        return v

    @app.get("/below")
    async def below(n: int, v: Annotated[str, fw.Depends(dependency)]):
        return v

    return app


@parity(
    *(
        Req("GET", f"/groups?{query}")
        for query in ("", "a=1", "a=x", "b=2", "a=1&b=2&n=x", "a=x&b=x&n=x")
    ),
    *(Req("GET", f"/groups?{query}", [("x-a", "1")]) for query in ("a=1", "a=x&n=1")),
)
def test_models_of_parameters_are_validated_once(fw):
    app = fw.FastAPI()

    class Group(BaseModel):
        model_config = ConfigDict(extra="ignore")
        a: Annotated[int, BeforeValidator(noting(fw, "a"))] = Field(default=0)
        b: Annotated[int, BeforeValidator(noting(fw, "b"))] = 1

        @model_validator(mode="before")
        @classmethod
        def note(cls, values: Any) -> Any:
            fw.log.append(sorted(values))
            return values

    class Heads(BaseModel):
        x_a: Annotated[int, AfterValidator(noting(fw, "x-a"))]

    @app.get("/groups")
    async def groups(group: Annotated[Group, fw.Query()], heads: Annotated[Heads, fw.Header()]):
        return [group, heads]

    return app


@parity(
    *(sent("/form", body, FORM) for body in (b"", b"a=1&c=x", b"a=x&c=1", b"a=1&b=2&c=3", b"b=2")),
    *(sent("/model", body, FORM) for body in (b"", b"a=1", b"a=x", b"a=1&b=x")),
    *(sent("/model/x", body, FORM) for body in (b"a=1", b"a=x")),
)
def test_fields_of_forms_are_validated_once(fw):
    app = fw.FastAPI()
    A = Annotated[int, AfterValidator(noting(fw, "a"))]
    B = Annotated[int, BeforeValidator(noting(fw, "b"))]

    class Model(BaseModel):
        a: A
        b: B = 1

        @model_validator(mode="before")
        @classmethod
        def note(cls, values: Any) -> Any:
            fw.log.append(sorted(values))
            return values

    @app.post("/form")
    async def form(
        a: Annotated[A, fw.Form()], c: Annotated[int, fw.Form()], b: Annotated[B, fw.Form()] = 0
    ):
        return [a, b, c]

    @app.post("/model")
    @app.post("/model/{n}")
    def model(data: Annotated[Model, fw.Form()], n: int = 0):
        return [data, n]

    return app


@parity(
    Req("GET", "/x?a=1&n=x"),
    Req("GET", "/x?a=1&n=2"),
    Req("GET", "/x?a=y&n=2"),
)
def test_validators_run_once_when_the_overrides_change_under_way(fw):
    app = fw.FastAPI()
    A = Annotated[int, BeforeValidator(noting(fw, "a"))]

    async def later(n: int):
        fw.log.append("later")
        return n

    async def instead(n: Annotated[int, BeforeValidator(noting(fw, "n"))]):
        fw.log.append("instead")
        return -n

    async def first(a: A):
        fw.log.append("first")
        app.dependency_overrides[later] = instead
        return a

    @app.get("/x")
    async def x(f: Annotated[int, fw.Depends(first)], n: Annotated[int, fw.Depends(later)], a: A):
        app.dependency_overrides.clear()
        return [f, n, a]

    return app


@parity(
    Req("GET", "/x?item=3&item=4&n=1"),
    Req("GET", "/x?item=3&n=x", [("x-item", "5"), ("x-item", "6")]),
)
def test_each_validation_gets_a_list_of_its_own(fw):
    app = fw.FastAPI()

    def empty(values: Any) -> Any:
        fw.log.append(list(values))
        return [values.pop() for _ in range(len(values))]

    Items = Annotated[list[int], BeforeValidator(empty)]

    async def dependency(
        item: Annotated[Items, fw.Query()],
        x_item: Annotated[Items, fw.Header()] = [],  # noqa: B006
    ):
        return [item, x_item]

    @app.get("/x", dependencies=[fw.Depends(dependency)])
    async def x(d: Annotated[Any, fw.Depends(dependency)], n: int):
        return d

    return app


@parity("/x", "/y")
def test_validators_of_an_answer_do_not_run_in_the_context_of_the_endpoint(fw):
    from contextvars import ContextVar

    variable = ContextVar("variable", default="-")
    app = fw.FastAPI()

    def see(value: Any) -> Any:
        fw.log.append(variable.get())
        return value

    @app.get("/x")
    def x() -> Annotated[int, AfterValidator(see)]:
        variable.set("endpoint")
        return 1

    @app.get("/y")
    async def y() -> Annotated[int, AfterValidator(see)]:
        variable.set("endpoint")
        return 1

    return app


@parity(Req("PUT", "/x"), Req("PUT", "/x", json=1), Req("PUT", "/form", form={"a": "x"}))
def test_a_body_is_read_once_before_everything_else(fw):
    app = fw.FastAPI()

    async def replace(request: fw.Request):
        request._body = b'{"a": 1}'
        request._json = {"a": 1}
        request._form = None

    @app.put("/x", dependencies=[fw.Depends(replace)])
    async def x(a: Annotated[int, fw.Body(embed=True)]):
        return a

    @app.put("/form", dependencies=[fw.Depends(replace)])
    async def form(a: Annotated[int, fw.Form()], b: Annotated[int, fw.Form()] = 0):
        return a

    return app


@parity(
    "/fails", "/later", "/key", "/lines", "/sync",
    compiled=False,
)  # fmt: skip
def test_what_an_answer_holds_is_serialized_once(fw):
    class Item(BaseModel):
        name: str

        @field_serializer("name")
        def show(self, value: str) -> str:
            fw.log.append(value)
            if value == "wrong":
                raise RuntimeError(value)
            return value

    app = fw.FastAPI()
    fine, wrong = Item(name="fine"), Item(name="wrong")

    @app.get("/fails")
    async def fails():
        return [fine, {"item": wrong}]

    @app.get("/later")
    async def later():
        return [fine, {"item": fine}, float("nan")]

    @app.get("/key")
    async def key():
        return {"_sa_state": 1, "item": fine, "other": "_sa"}

    @app.get("/lines")
    async def lines():
        yield fine
        yield wrong

    @app.get("/sync")
    def sync():
        return {(1, 2): fine, "items": [fine, Item(name="_sa")]}

    return app
