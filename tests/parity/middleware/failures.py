"""An application whose routes fail in every way."""

from starlette.responses import StreamingResponse


class Failed(Exception):
    """An exception that an application may handle."""


def wrong_answer() -> int:
    # FastAPI remembers where an endpoint is by its `id`, which only a lasting function has alone.
    return "not a number"


def failing_application(fw, **options):
    """An application whose routes end in every way."""
    app = fw.FastAPI(**options)

    @app.get("/")
    def root():
        return "root"

    @app.get("/value")
    async def value():
        raise ValueError("value")

    @app.get("/failed")
    def failed():
        raise Failed("failed")

    @app.get("/http")
    def http():
        raise fw.HTTPException(409, {"why": "conflict"}, headers={"x-why": "conflict"})

    @app.get("/validation")
    def validation(n: int):
        return n

    app.get("/answer")(wrong_answer)

    @app.get("/started")
    def started():
        def lines():
            yield "line"
            raise Failed("in the middle")

        return StreamingResponse(lines())

    @app.get("/http-started")
    def http_started():
        def lines():
            yield "line"
            raise fw.HTTPException(409)

        return StreamingResponse(lines())

    @app.get("/task")
    def task(tasks: fw.BackgroundTasks):
        def fail():
            raise Failed("in a task")

        tasks.add_task(fail)
        return "done"

    @app.get("/dependency")
    def dependency(x: None = fw.Depends(failing_dependency)):
        return "never"

    @app.get("/cleanup")
    def cleanup(x: None = fw.Depends(failing_cleanup)):
        return "answered"

    @app.get("/groups")
    async def groups():
        raise ExceptionGroup("several", [ValueError("a"), Failed("b")])

    return app


def failing_dependency():
    raise Failed("dependency")


def failing_cleanup():
    yield
    raise Failed("cleanup")


WAYS = (
    "/ /value /failed /http /validation?n=x /answer /started /http-started /task /dependency "
    "/cleanup /groups /nowhere POST /"
)
