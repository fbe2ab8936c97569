"""The memory of a server after large bodies."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from .client import Connection, parse_answers, post
from .process import process


@pytest.mark.parametrize("path", ["/whole", "/parts", "/file"])
def test_the_memory_of_large_bodies_is_given_back(own_transport, path):
    field = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    body = field + b"x" * 10_000_000 + b"\r\n--b--\r\n"
    form = "Content-Type: multipart/form-data; boundary=b"
    with process(own_transport, "tests.wire.test_memory:build") as running:

        def upload(_):
            with Connection(running.port) as client:
                client.send(post(path, body, form, "Connection: close"))
                [answer] = parse_answers(client.rest())
                assert answer.status == 200

        upload(None)
        before = running.memory()
        for _ in range(2):
            with ThreadPoolExecutor(15) as pool:
                list(pool.map(upload, range(15)))
        deadline = time.monotonic() + 20
        while running.memory() - before > 30_000 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert running.memory() - before <= 30_000


def build(fw):
    app = fw.FastAPI()

    @app.post("/whole")
    async def whole(request: fw.Request):
        return len(await request.body())

    @app.post("/parts")
    async def parts(request: fw.Request):
        return len([part async for part in request.stream()])

    @app.post("/file")
    async def file(file: fw.UploadFile):
        return len(await file.read())

    return app
