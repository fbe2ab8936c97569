"""Exception handlers of each kind that the document reads, with the statuses that it must have."""

# mypy: ignore-errors

import dataclasses
import json
from typing import TypedDict

from pydantic import BaseModel

from rapide import Depends, FastAPI, HTTPException, Request, Response, status
from rapide.encoders import jsonable_encoder
from rapide.exception_handlers import http_exception_handler
from rapide.problems import ProblemResponse
from rapide.responses import JSONResponse, PlainTextResponse, RedirectResponse
from rapide.security import APIKeyHeader, HTTPBearer, OAuth2PasswordBearer

app = FastAPI(document_errors=True)
expected: dict[str, set[int]] = {}


def error(*statuses: int, cls: type[Exception] | None = None):
    """Let the decorated function handle a class of exceptions, which an endpoint raises."""

    def decorate(handler):
        raised = cls or type("Own", (Exception,), {"__module__": __name__})
        app.add_exception_handler(raised, handler)
        expected[f"/{handler.__name__}"] = set(statuses)

        @app.get(f"/{handler.__name__}")
        def endpoint():
            raise raised

        return handler

    return decorate


class Body(BaseModel):
    code: str
    more: "list[Inner]" = []


class Inner(BaseModel):
    x: int


class TD(TypedDict):
    code: str


@dataclasses.dataclass
class DC:
    code: int


@error(409)
async def literal(request, exc):
    return JSONResponse({"a": 1}, 409)


@error(409)
def kw(request: Request, exc: Exception):
    return JSONResponse(status_code=409, content={"a": "x"})


@error(409)
async def const(request, exc):
    return JSONResponse({"a": 1}, status_code=status.HTTP_409_CONFLICT)


@error(409, 410)
async def two(request, exc):
    if request.method == "GET":
        return JSONResponse({"a": 1}, status_code=409)
    return JSONResponse({"a": 1}, status_code=410)


@error(400, 402)
async def tern(request, exc):
    return JSONResponse({"a": 1}, status_code=400 if request.url else 402)


class A(Exception):
    status_code = 418

    def __init__(self):
        self.name = "x"


@error(418, cls=A)
async def attr(request: Request, exc: A):
    return JSONResponse({"n": exc.name}, status_code=exc.status_code)


class B(Exception):
    def __init__(self, code: int = 423):
        self.code = code


@error(423, cls=B)
async def inst(request: Request, exc: B):
    return JSONResponse({"n": exc.code}, status_code=exc.code)


class C(A):
    status_code = 424


@error(424, cls=C)
async def sub(request: Request, exc: A):
    return JSONResponse({"n": exc.name}, status_code=exc.status_code)


class D(Exception):
    @property
    def status_code(self):
        return 425


@error(425, cls=D)
async def prop(request: Request, exc: D):
    return JSONResponse({"n": 1}, status_code=exc.status_code)


def problem(code, text):
    return JSONResponse({"text": text}, status_code=code)


@error(426)
async def helper(request: Request, exc):
    return problem(426, str(exc))


@error(428)
async def var(request: Request, exc):
    response = JSONResponse({"t": str(exc)}, status_code=428)
    response.headers["x"] = "y"
    return response


@error(200)
async def default(request: Request, exc):
    return JSONResponse({"t": str(exc)})


@error(404)
async def plain(request, exc):
    return PlainTextResponse("x", status_code=404)


@error(307)
async def redirect(request, exc):
    return RedirectResponse("/x")


@error(302)
async def redirect2(request, exc):
    return RedirectResponse("/x", 302)


@error(204)
async def empty(request, exc):
    return Response(status_code=204)


@error(429)
async def passed(request, exc):
    return await http_exception_handler(request, HTTPException(429))


@error(429)
async def passed_by_name(request, exc):
    return await http_exception_handler(exc=HTTPException(429), request=request)


@error()
async def unknown(request, exc):
    return JSONResponse({}, status_code=int(request.headers["x"]))


class My(JSONResponse):
    def __init__(self, message: str, code: int = 451):
        super().__init__({"message": message}, status_code=code)


@error(451)
async def own_response(request, exc):
    return My("x")


@error(452)
async def own_response2(request, exc):
    return My("x", code=452)


class My2(JSONResponse):
    media_type = "application/vnd.my+json"


@error(453)
async def own_media(request, exc):
    return My2({"a": 1}, 453)


@error(409)
async def model(request, exc):
    return JSONResponse(Body(code="x").model_dump(), 409)


@error(409)
async def model2(request, exc):
    return JSONResponse(jsonable_encoder(Body(code="x")), 409)


@error(409)
async def td(request, exc):
    body: TD = {"code": "x"}
    return JSONResponse(body, 409)


def make_td(exc) -> TD:
    return {"code": "x"}


@error(409)
async def td2(request, exc):
    return JSONResponse(make_td(exc), 409)


@error(409)
async def td3(request, exc):
    return JSONResponse(TD(code="x"), 409)


@error(409)
async def dc(request, exc):
    return JSONResponse(dataclasses.asdict(DC(1)), 409)


@error(409)
async def dict_(request, exc):
    return JSONResponse(dict(a=1, b="x"), 409)


@error(409)
async def nested(request, exc):
    return JSONResponse({"e": {"c": "x", "l": ["a"], "s": str(exc), "f": f"{exc}", "n": None}}, 409)


@error(409)
async def prob(request, exc):
    return ProblemResponse({"type": "x"}, 409)


@error(409)
async def json_text(request, exc):
    return Response(json.dumps({"a": 1}), 409, media_type="application/json")


class H:
    async def __call__(self, request, exc):
        return JSONResponse({}, 455)

    async def meth(self, request, exc):
        return JSONResponse({}, 456)


class E1(Exception): ...


class E2(Exception): ...


app.add_exception_handler(E1, H())
app.add_exception_handler(E2, H().meth)


@app.get("/e1")
def e1():
    raise E1


@app.get("/e2")
def e2():
    raise E2()


expected["/e1"] = {455}
expected["/e2"] = {456}


class E3(Exception):
    def __init__(self, what, status=404):
        self.status = status
        super().__init__(what)


@app.exception_handler(E3)
async def h3(request, e: E3):
    return JSONResponse({"detail": str(e)}, status_code=e.status)


@app.get("/e3")
def e3(x: bool = False):
    if x:
        raise E3("x", 409)
    raise E3("y")


expected["/e3"] = {404, 409, 422}


class Base_(Exception):
    code = 500


class Child(Base_):
    code = 410


@app.exception_handler(Base_)
async def hb(request, e):
    return JSONResponse({"detail": str(e)}, status_code=e.code)


@app.get("/child")
def child():
    raise Child("x")


expected["/child"] = {410}


def dep():
    raise Child


@app.get("/child_dep")
def child_dep(a=Depends(dep)): ...


expected["/child_dep"] = {410}


async def answer_any(request, exc):
    code = getattr(exc, "status_code", 500)
    return JSONResponse({"code": code}, status_code=code)


@error(500)
async def without_attribute(request, exc):
    return await answer_any(request, exc)


@error(418, cls=type("Teapot", (A,), {"__module__": __name__}))
async def with_attribute(request, exc):
    return await answer_any(request, exc)


class Computed(Exception):
    status_code = 400

    def __init__(self, code):
        self.status_code = code


@error(cls=Computed)
async def computed(request, exc: Computed):
    return JSONResponse({}, status_code=exc.status_code)


@app.get("/computed/429")
def computed_429():
    raise Computed(429)


expected["/computed/429"] = {429}


@app.get("/unhandled")
def unhandled():
    raise ValueError


expected["/unhandled"] = set()


class Forbidding(HTTPBearer):
    def make_not_authenticated_error(self):
        return HTTPException(status_code=403, detail="x")


class Extending(APIKeyHeader):
    def make_not_authenticated_error(self):
        error = super().make_not_authenticated_error()
        error.headers = {}
        return error


class Storing(HTTPBearer):
    code = 407

    def make_not_authenticated_error(self) -> HTTPException:
        e = HTTPException(self.code)
        return e


class Accepting(HTTPBearer):
    async def __call__(self, request: Request):
        return 1


class Translating(HTTPBearer):
    async def __call__(self, request: Request):
        try:
            return await super().__call__(request)
        except HTTPException:
            raise HTTPException(499)  # noqa: B904


class Stricter(OAuth2PasswordBearer):
    async def __call__(self, request: Request):
        token = await super().__call__(request)
        if not token:
            raise HTTPException(403)
        return token


class Unusual(HTTPBearer):
    def make_not_authenticated_error(self):
        return Child("x")


class Raising(HTTPBearer):
    def make_not_authenticated_error(self):
        raise HTTPException(408)


for number, (scheme, statuses) in enumerate(
    [
        (Forbidding(), {403}),
        (Extending(name="x"), {401}),
        (Storing(), {407}),
        (Accepting(), set()),
        (Translating(), {499}),
        (Stricter("t"), {401, 403}),
        (Unusual(), {410}),
        (Raising(), {408}),
        (Forbidding(auto_error=False), set()),
    ]
):
    app.get(f"/schemes/{number}", dependencies=[Depends(scheme)])(lambda: 1)
    expected[f"/schemes/{number}"] = statuses
