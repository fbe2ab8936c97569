"""What leaves in the heads of answers."""

from urllib.parse import quote

import pytest

from .client import Connection, get

EVIL = ["a\r\nx-evil: 1", "a\nx-evil: 1", "a\rx-evil: 1", "a\x00b", "a\r\n\r\n<evil>"]
WAYS = [
    "parameter",
    "response",
    "json",
    "exception",
    "stream",
    "file",
    "redirect",
    "cookie",
    "response-cookie",
    "cookie-path",
    "media-type",
    "filename",
    "name",
    "validation",
]


def build(fw):
    app = fw.FastAPI()
    responses = fw.responses
    Response = fw.Response

    @app.get("/parameter")
    async def parameter(value: str, response: Response):
        response.headers["x-value"] = value
        return {}

    @app.get("/response")
    async def response(value: str):
        return responses.PlainTextResponse("x", headers={"x-value": value})

    @app.get("/json")
    async def json(value: str):
        return responses.JSONResponse({}, headers={"x-value": value})

    @app.get("/exception")
    async def exception(value: str):
        raise fw.HTTPException(400, headers={"x-value": value})

    @app.get("/stream")
    async def stream(value: str):
        async def parts():
            yield b"x"

        return responses.StreamingResponse(parts(), headers={"x-value": value})

    @app.get("/file")
    async def file(value: str):
        return responses.FileResponse(__file__, headers={"x-value": value})

    @app.get("/redirect")
    async def redirect(value: str):
        return responses.RedirectResponse("/" + value)

    @app.get("/cookie")
    async def cookie(value: str, response: Response):
        response.set_cookie("a", value)

    @app.get("/response-cookie")
    async def response_cookie(value: str):
        response = responses.PlainTextResponse("x")
        response.set_cookie("a", value)
        return response

    @app.get("/cookie-path")
    async def cookie_path(value: str, response: Response):
        response.set_cookie("a", "b", path=value, domain=value)

    @app.get("/media-type")
    async def media_type(value: str):
        return Response("x", media_type=value)

    @app.get("/filename")
    async def filename(value: str):
        return responses.FileResponse(__file__, filename=value)

    @app.get("/name")
    async def name(value: str, response: Response):
        response.headers[value] = "a"

    @app.get("/validation")
    async def validation(value: int):
        return value

    return app


@pytest.mark.parametrize("way", WAYS)
def test_no_line_end_and_no_nul_reaches_the_wire(serve, way):
    running = serve(build)
    running.expects_errors = True
    for value in EVIL:
        with Connection(running.port) as client:
            client.send(get(f"/{way}?value={quote(value, safe='')}", "Connection: close"))
            data = client.rest()
        head = data.partition(b"\r\n\r\n")[0]
        assert b"\nx-evil" not in head.lower(), (way, value)
        assert b"\rx-evil" not in head.lower(), (way, value)
        assert b"\x00" not in head
        assert b"\r" not in head.replace(b"\r\n", b"")
        assert b"\n" not in head.replace(b"\r\n", b"")
        assert head.count(b"HTTP/1.1 ") <= 1
        assert not data.partition(b"\r\n\r\n")[2].startswith(b"<evil>")


def test_answers_have_a_date_and_a_server(serve):
    running = serve(build)
    with Connection(running.port) as client:
        for path in ("/json?value=a", "/nothing", "/validation"):
            client.send(get(path))
            head = client.until(b"\r\n\r\n")
            assert head.count(b"\r\ndate: ") == head.count(b"\r\nserver: uvicorn\r\n") == 1
            length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
            client.skip(length)


def test_the_date_is_renewed(serve):
    running = serve(build)
    dates = set()

    def renewed():
        with Connection(running.port) as client:
            client.send(get("/json?value=a", "Connection: close"))
            dates.add(client.rest().partition(b"date: ")[2][:29])
        return len(dates) > 1

    running.wait_for(renewed)


def test_own_default_headers_and_none(serve):
    running = serve(build, headers=[("x-own", "yes")], server_header=False, date_header=False)
    with Connection(running.port) as client:
        client.send(get("/json?value=a", "Connection: close"))
        head = client.rest().partition(b"\r\n\r\n")[0]
    assert b"\r\nx-own: yes" in head
    assert b"\r\ndate:" not in head
    assert b"\r\nserver:" not in head
