"""An application with every kind of route, behind one function of `@app.middleware("http")`."""

import anyio
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse, StreamingResponse

from ..harness import parity


def application_with(dispatch):
    """An application of several kinds of routes behind `dispatch(fw, request, call_next)`."""

    def build(fw):
        app = fw.FastAPI()
        log = fw.log

        @app.middleware("http")
        async def function(request, call_next):
            return await dispatch(fw, request, call_next)

        async def resource():
            log.append("opened")
            try:
                yield
            except BaseException as error:
                log.append(f"closing after {type(error).__name__}")
                raise
            finally:
                log.append("closed")

        async def parts():
            for number in range(3):
                log.append(f"part {number}")
                yield f"part {number} "

        async def broken_parts():
            yield "part"
            raise ValueError("no more parts")

        async def task():
            log.append("task")

        @app.get("/", dependencies=[fw.Depends(resource)])
        async def root(tasks: fw.BackgroundTasks):
            tasks.add_task(task)
            return "root"

        @app.get("/sync", dependencies=[fw.Depends(resource)])
        def sync():
            return "sync"

        @app.get("/stream", dependencies=[fw.Depends(resource)])
        async def stream():
            return StreamingResponse(parts())

        @app.get("/broken")
        async def broken():
            return StreamingResponse(broken_parts())

        @app.get("/slow", dependencies=[fw.Depends(resource)])
        async def slow():
            try:
                await anyio.sleep(5)
            except BaseException as error:
                log.append(type(error).__name__)
                raise

        @app.get("/fail", dependencies=[fw.Depends(resource)])
        async def fail():
            raise ValueError("failed")

        @app.get("/group")
        async def group():
            raise ExceptionGroup("several", [ValueError("one")])

        async def plain_dependency():
            log.append("dependency")

        # These are answered at once: nothing is left but the tasks behind the answer.

        @app.get("/plain", dependencies=[fw.Depends(plain_dependency)])
        async def plain(tasks: fw.BackgroundTasks):
            tasks.add_task(task)
            log.append("endpoint")
            return "plain"

        @app.get("/plain-slow")
        async def plain_slow():
            # However busy the machine is, it ends after its caller has given up waiting.
            timeouts = log.count("timeout")
            try:
                for _ in range(500):
                    await anyio.sleep(0.01)
                    if log.count("timeout") > timeouts:
                        break
                await anyio.sleep(0.1)
            except BaseException as error:
                log.append(type(error).__name__)
                raise
            log.append("slow, but done")
            return "slow"

        @app.get("/plain-sync")
        def plain_sync(number: int = 1) -> list[int]:
            log.append("endpoint")
            return [number]

        @app.get("/plain-fail")
        async def plain_fail():
            raise ValueError("failed")

        @app.get("/failing-task")
        async def failing_task(tasks: fw.BackgroundTasks):
            async def fail():
                log.append("task")
                raise ValueError("failed behind the answer")

            tasks.add_task(fail)
            return "answer"

        @app.get("/refused")
        async def refused():
            raise fw.HTTPException(418, "refused")

        @app.exception_handler(KeyError)
        async def handle(request, error):
            return StreamingResponse(parts(), 299)

        @app.get("/handled")
        async def handled():
            raise KeyError

        @app.get("/streamed")
        async def streamed():
            return StreamingResponse(parts())

        @app.get("/given")
        async def given():
            return PlainTextResponse("given", background=BackgroundTask(task))

        @app.post("/body")
        async def body(request: fw.Request):
            return [(await request.body()).decode(), await request.is_disconnected()]

        return app

    return build


def through(*steps, trio=False, direct=True):
    """Turn `dispatch(fw, request, call_next)` into a parity test of that application.

    The order of events is that of asyncio: trio lets tasks run in any order.
    """

    def decorate(dispatch):
        test = parity(*steps, trio=trio, direct=direct)(application_with(dispatch))
        test.__name__ = test.__qualname__ = dispatch.__name__
        test.__module__ = dispatch.__module__
        return test

    return decorate


AT_ONCE = "/plain /plain-sync /plain-sync?number=x /plain-fail /failing-task /refused /given"
AT_ONCE += " POST /plain"
STREAMED = "/handled /streamed"
PLAIN = f"{AT_ONCE} {STREAMED} /plain-sync/"
#: The first request of a route compiles it: only the second one is answered as the later ones.
EVERYTHING = f"/ /sync /stream /broken /fail /group /nowhere {PLAIN} {PLAIN}"
#: Without the redirect, which says that its body is empty.
WITH_BODY = EVERYTHING.replace(" /plain-sync/", "")


def limit(request):
    """Seconds that only the slow endpoint exceeds."""
    return 0.15 if request.url.path.endswith("slow") else 60
