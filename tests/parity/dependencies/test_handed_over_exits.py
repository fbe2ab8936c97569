"""Dependencies with yield of requests that compiled code begins and the generic path finishes."""

from ..harness import parity


@parity("/all /all?n=x /functions?n=x /swallow?n=x /swallow-function?n=x /overridden", trio=True)
def test_dependencies_that_were_entered_before_exit_in_their_order(fw):
    app = fw.FastAPI()
    Depends, log = fw.Depends, fw.log

    def make(name, *, is_async, swallows=False):
        def enter():
            log.append(f"{name} in")
            try:
                yield name
            except BaseException as error:
                log.append([name, type(error).__name__, type(error.__context__).__name__])
                if not swallows:
                    raise
            finally:
                log.append(f"{name} out")

        async def enter_async():
            log.append(f"{name} in")
            try:
                yield name
            except BaseException as error:
                log.append([name, type(error).__name__, type(error.__context__).__name__])
                if not swallows:
                    raise
            finally:
                log.append(f"{name} out")

        return enter_async if is_async else enter

    first, second = make("first", is_async=True), make("second", is_async=False)
    early, earlier = make("early", is_async=True), make("earlier", is_async=False)
    swallow = make("swallow", is_async=True, swallows=True)

    async def number(n: int = 1):
        return n

    async def override():
        app.dependency_overrides[number] = make("overriding", is_async=True)

    functions = {early, earlier}
    for path, calls in (
        ("/all", [first, early, second, earlier, number]),
        ("/functions", [earlier, early, number]),
        ("/swallow", [swallow, early, number]),
        ("/overridden", [early, override, number, first]),
    ):
        dependencies = [
            Depends(call, scope="function" if call in functions else None) for call in calls
        ]
        app.get(path, name=path, dependencies=dependencies)(lambda: "answered")
    swallowing = [Depends(first), Depends(swallow, scope="function"), Depends(number)]
    app.get("/swallow-function", dependencies=swallowing)(lambda: "answered")
    return app
