"""The comparison itself: it notices each kind of difference, and only differences."""

import warnings

import pytest

from .harness import ORACLE, Case, Change, Req, check


def differing(change):
    """Return a case whose second application differs from the first by ``change(fw, app)``."""
    built = []

    def build(fw):
        app = fw.FastAPI()

        @app.get("/")
        async def read(response: fw.Response):
            fw.log.append("called")
            return {"a": 1}

        if built:
            change(fw, app)
        built.append(app)
        return app

    return Case(build, [Req("GET", "/")])


def replace(endpoint_of):
    """Return a change that puts another endpoint in the place of the first."""

    def change(fw, app):
        app.router.routes.pop()
        app.get("/", name="read")(endpoint_of(fw))

    return change


def other_header(fw):
    async def read(response: fw.Response):
        fw.log.append("called")
        response.headers["x-new"] = "1"
        return {"a": 1}

    return read


def other_log(fw):
    async def read():
        fw.log.append("called twice")
        return {"a": 1}

    return read


def other_body(fw):
    async def read():
        fw.log.append("called")
        return {"a": 2}

    return read


def raising(fw):
    async def read():
        fw.log.append("called")
        raise RuntimeError("new")

    return read


def fail(fw, app):
    raise ValueError("not built")


def add_route(fw, app):
    app.get("/more", name="more")(lambda: None)


def on_startup(fw, app):
    app.router.add_event_handler("startup", lambda: fw.log.append("started"))


CHANGES = {
    "-> headers": replace(other_header),
    "-> chunks": replace(other_body),
    "-> log": replace(other_log),
    "-> status": replace(raising),
    "-> raised": replace(raising),
    "cannot be built": fail,
    "OpenAPI #/paths//more: unexpected": add_route,
    "warnings": lambda fw, app: warnings.warn("new", UserWarning, stacklevel=1),
    "lifespan -> log": on_startup,
}


@pytest.mark.parametrize("words", CHANGES)
def test_a_difference_is_reported_in_words(words):
    with pytest.raises(pytest.fail.Exception) as failure:
        check(differing(CHANGES[words]), "generic", subject=ORACLE)
    assert words in str(failure.value)


@pytest.mark.parametrize("mode", ["compiled", "generic", "trio"])
def test_equal_applications_pass(mode):
    check(differing(lambda fw, app: None), mode, subject=ORACLE)


def test_an_application_that_the_oracle_refuses_is_a_mistake_of_the_test():
    case = Case(lambda fw: fw.FastAPI(title=""), [])
    with pytest.raises(AssertionError, match="the application is wrong"):
        check(case, "generic", subject=ORACLE)


def test_a_change_between_requests_is_applied_to_the_running_application():
    case = differing(lambda fw, app: None)
    case.steps = [Req("GET", "/late"), Change(add_late), Req("GET", "/late")]
    statuses = [answer.status for answer in case.expected("asyncio").answers]
    assert statuses == [404, 200, None]


def add_late(fw, app):
    app.get("/late", name="late")(lambda: None)
