"""Exceptions that endpoints rarely raise."""

from typing import Annotated, Any

from pydantic import BaseModel

from ..harness import parity


@parity("/stop /stop-async /async-stop /sync-timeout /assert /recursion /notes", trio=True)
def test_unusual_exceptions_leave_the_application(fw):
    """`StopIteration`, `AssertionError` and exceptions with notes are among them."""
    app = fw.FastAPI()

    @app.get("/stop")
    def stop():
        raise StopIteration("sync")

    @app.get("/stop-async")
    async def stop_async():
        raise StopAsyncIteration("async")

    @app.get("/async-stop")
    async def async_stop():
        raise StopIteration("async")

    @app.get("/sync-timeout")
    def timeout():
        raise TimeoutError("too slow")

    @app.get("/assert")
    async def assertion():
        raise AssertionError

    @app.get("/recursion")
    async def recursion():
        return await recursion()

    @app.get("/notes")
    async def notes():
        error = ValueError("noted")
        error.add_note("a note")
        raise error

    return app


@parity("/value-error-validation /pydantic /request-error /response-error")
def test_validation_errors_raised_by_user_code_are_not_those_of_the_request(fw):
    """They are server errors."""

    class Model(BaseModel):
        a: int

    app = fw.FastAPI()

    @app.get("/pydantic")
    def pydantic():
        return Model(a="x")

    @app.get("/value-error-validation")
    async def in_dependency(m: Annotated[Any, fw.Depends(lambda: Model(a="x"))]):
        return m

    @app.get("/request-error")
    def request_error():
        raise fw.exceptions.RequestValidationError([])

    @app.get("/response-error")
    def response_error():
        raise fw.exceptions.ResponseValidationError([{"type": "x", "loc": (), "msg": "m"}])

    return app
