"""The contexts and tracebacks of the exceptions that user code sees."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel

from ..client import POST, Req, raw
from ..harness import parity


@parity("/parameter?n=x /dependency?n=x", raw("/body", b"{"), POST("/body", {"n": "x"}), trio=True)
def test_exceptions_of_wrong_requests_are_in_no_others_context(fw):
    app = fw.FastAPI()

    def log(error):
        while error is not None:
            fw.log.append(type(error).__name__)
            error = error.__context__

    @app.exception_handler(fw.exceptions.RequestValidationError)
    @app.exception_handler(ValueError)
    async def logged(request, error):
        log(error)
        return fw.responses.PlainTextResponse("wrong", 400)

    async def failing():
        raise ValueError

    class Item(BaseModel):
        n: int

    @app.get("/parameter")
    async def parameter(n: int): ...

    async def wrong(n: int): ...

    async def logging():
        try:
            yield
        except Exception as error:
            log(error)
            raise

    @app.get("/dependency", dependencies=[fw.Depends(logging), fw.Depends(wrong)])
    async def dependency(failed: Annotated[None, fw.Depends(failing)]): ...

    @app.post("/body")
    async def body(item: Item): ...

    return app


@parity("/generator /nested", trio=True)
def test_exceptions_of_answers_that_cannot_be_encoded_come_once(fw):
    app = fw.FastAPI()

    @app.exception_handler(ValueError)
    async def logged(request, error):
        while error is not None:
            fw.log.append(str(error))
            error = error.__cause__ or error.__context__
        return fw.responses.PlainTextResponse("not encodable", 500)

    class Odd:
        __slots__ = ()

        def __repr__(self):
            return "odd"

    @app.get("/generator")
    async def generator():
        return Odd()

    @app.get("/nested")
    async def nested():
        return [{"odd": Odd()}]

    return app


@parity("/x", "/x?b=1", "/y")
def test_what_a_handler_raises_has_what_it_handled_as_its_context(fw):
    class Mistake(Exception):
        pass

    app = fw.FastAPI()

    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def invalid(request, error):
        raise fw.HTTPException(418)

    @app.exception_handler(Mistake)
    def mistaken(request, error):
        raise LookupError("in the handler")

    @app.exception_handler(fw.HTTPException)
    async def http(request, error):
        return fw.responses.JSONResponse([repr(error), repr(error.__context__)], 418)

    @app.exception_handler(Exception)
    async def other(request, error):
        return fw.responses.JSONResponse([repr(error), repr(error.__context__)], 500)

    @app.get("/x")
    async def x(b: int):
        raise Mistake

    @app.get("/y")
    def y():
        raise Mistake

    return app


JSON = [("content-type", "application/json")]


def sent(path: str, body: bytes, headers: Any = JSON) -> Req:
    return Req("POST", path, headers, content=body)


@parity(Req("POST", "/x"), sent("/x", b'{"a": "x"}'), sent("/x", b"{"), Req("GET", "/y?n=x"))
def test_what_code_of_users_raises_has_no_exception_of_ours_as_its_context(fw):
    class Item(BaseModel):
        a: int

    app = fw.FastAPI()

    def refuse(value: str) -> str:
        raise ValueError("refused")

    async def body(item: Item):
        return item

    async def check():
        try:
            raise KeyError("own")
        except KeyError as error:
            fw.log.append(repr(error.__context__))
            raise

    @app.exception_handler(KeyError)
    async def answer(request: Any, error: Exception):
        return fw.responses.JSONResponse(repr(error.__context__), 418)

    @app.exception_handler(fw.exceptions.RequestValidationError)
    async def invalid(request: Any, error: Any):
        known = [
            repr(item["ctx"]["error"].__context__)
            for item in error.errors()
            if "ctx" in item and not isinstance(item["ctx"]["error"], str)
        ]
        return fw.responses.JSONResponse([known, type(error.__context__).__name__], 422)

    @app.post("/x", dependencies=[fw.Depends(body), fw.Depends(check)])
    async def x():
        return 1

    @app.get("/y")
    async def y(
        n: int, m: Annotated[str, AfterValidator(refuse)] = fw.Query("m", validate_default=True)
    ):
        return 1

    return app


@parity("/x", "/y", "/z", compiled=False)
def test_an_answer_that_does_not_fit_is_an_error_without_a_context(fw):
    class Number(BaseModel):
        number: int

    app = fw.FastAPI()

    @app.exception_handler(fw.exceptions.ResponseValidationError)
    async def answer(request: Any, error: Exception):
        return fw.responses.JSONResponse([repr(error.__context__), repr(error.__cause__)], 418)

    @app.get("/x")
    async def x() -> Number:
        return {"number": "x"}  # type: ignore[return-value]

    @app.get("/y")
    def y() -> Number:
        return {"number": "x"}  # type: ignore[return-value]

    class Route(fw.routing.APIRoute):
        def get_route_handler(self):
            return super().get_route_handler()

    router = fw.APIRouter(route_class=Route)
    router.get("/z")(x)
    app.include_router(router)
    return app


@parity("/x", "/x", "/http", "/kept")
def test_an_exception_that_was_answered_has_the_traceback_that_fastapi_leaves(fw):
    import traceback

    app = fw.FastAPI()
    kept: list[Exception] = []

    def fail(error: Exception):
        raise error

    async def keep():
        try:
            yield
        except Exception as error:
            kept.append(error)
            raise

    @app.exception_handler(KeyError)
    async def answer(request: Any, error: Exception):
        kept.append(error)
        return fw.responses.JSONResponse(1, 418)

    @app.get("/x")
    def x():
        fail(KeyError("x"))

    @app.get("/http", dependencies=[fw.Depends(keep)])
    async def http():
        fail(fw.HTTPException(404))

    @app.get("/kept")
    async def look():
        return [
            [frame.name for frame in traceback.extract_tb(error.__traceback__)][-2:]
            for error in kept
        ]

    return app


@parity("/x /y")
def test_what_handlers_raise_in_turn_is_one_chain_of_contexts(fw):
    """A handler raises, the application's handler for that raises, and so does the one for 500."""
    app = fw.FastAPI()

    def chain(error: BaseException | None):
        while error is not None:
            yield repr(error)
            error = error.__context__

    @app.exception_handler(KeyError)
    def first(request, error: Exception):
        raise LookupError("first")

    @app.exception_handler(LookupError)
    def second(request, error: Exception):
        fw.log.append(list(chain(error)))
        raise OSError("second")

    @app.exception_handler(500)
    def last(request, error: Exception):
        fw.log.append(list(chain(error)))
        return fw.responses.JSONResponse(list(chain(error)), 500)

    @app.get("/x")
    async def x():
        raise KeyError("x")

    @app.get("/y")
    def y():
        raise LookupError("y")

    return app


@parity("/unhandled /handled /again")
def test_contexts_stay_where_the_application_is_called_while_an_error_is_handled(fw):
    """A wrapper calls the application from an `except` block, as one that falls back to it does."""
    app = fw.FastAPI()

    def chain(error: BaseException | None):
        while error is not None:
            yield repr(error)
            error = error.__context__

    class Fallback:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            try:
                raise OSError("the first choice")
            except OSError:
                await self.app(scope, receive, send)

    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: Fallback(build())

    @app.exception_handler(LookupError)
    async def answer(request, error: Exception):
        fw.log.append(list(chain(error)))
        return fw.responses.JSONResponse("handled", 418)

    @app.exception_handler(ArithmeticError)
    async def fail(request, error: Exception):
        try:
            raise KeyError("in the handler")
        except KeyError:
            raise TypeError("of the handler")  # noqa: B904

    @app.exception_handler(500)
    async def last(request, error: Exception):
        fw.log.append(list(chain(error)))
        return fw.responses.JSONResponse("failed", 500)

    def fail_with(error: Exception):
        try:
            raise KeyError("inside")
        except KeyError:
            raise error  # noqa: B904

    @app.get("/unhandled")
    async def unhandled():
        fail_with(ValueError("not handled"))

    @app.get("/handled")
    async def handled():
        fail_with(LookupError("handled"))

    @app.get("/again")
    async def again():
        fail_with(ArithmeticError("its handler fails"))

    return app
