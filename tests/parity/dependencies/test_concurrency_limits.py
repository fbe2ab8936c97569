"""Limits of the concurrency of a dependency."""

import anyio
import anyio.to_thread

from ..harness import same_value
from .concurrency import counting_application, several


@same_value
def test_a_limit_is_shared_by_all_who_use_its_alias(fw):
    """Each `Depends` object has a semaphore; an `Annotated` alias shares it."""
    counts = []
    for options in ({}, {"max_concurrency": 1}, {"max_concurrency": 2}):
        app, inside = counting_application(fw, **options)
        anyio.run(several, app, ["/one", "/two"] * 3)
        counts.append(inside[1])
    return counts


@same_value
def test_a_limit_stays_when_its_dependency_is_overridden(fw):
    app, inside = counting_application(fw, max_concurrency=1)

    async def instead():
        inside[0] += 1
        inside[1] = max(inside)
        await anyio.sleep(0.01)
        inside[0] -= 1
        return "instead"

    app.dependency_overrides[fw.keep.enter] = instead
    return sorted(anyio.run(several, app, ["/one"] * 3)), inside


@same_value
def test_those_who_wait_for_a_limit_hold_no_thread(fw):
    app = fw.FastAPI()
    borrowed = []

    def work():
        def look():
            return anyio.to_thread.current_default_thread_limiter().borrowed_tokens

        borrowed.append(anyio.from_thread.run_sync(look))
        anyio.from_thread.run(anyio.sleep, 0.01)

    @app.get("/", dependencies=[fw.Depends(work, max_concurrency=1)])
    async def read():
        return "done"

    anyio.run(several, app, ["/"] * 4)
    return borrowed
