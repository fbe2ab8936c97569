"""The advanced guide: responses, the request itself, WebSockets, streams and limits."""

import dataclasses
import io
from collections.abc import AsyncIterator
from typing import Annotated, Any

from pydantic import BaseModel

from ..client import POST, WS, Req, document, raw
from ..harness import parity


class Item(BaseModel):
    name: str
    price: float = 0


@parity("/items /hidden /things", POST("/magic", {"n": 1}), document("/openapi.json"))
def test_advanced_path_operation_configuration(fw):
    """Operations have ids, are left out of the document, and have extra keys."""

    def by_tag(route: Any) -> str:
        return f"{route.tags[0] if route.tags else 'plain'}-{route.name}"

    app = fw.FastAPI(generate_unique_id_function=by_tag)

    @app.get("/items", operation_id="list_items", tags=["items"])
    async def items():
        return []

    @app.get("/hidden", include_in_schema=False)
    async def hidden():
        return "hidden"

    @app.get("/things", tags=["items"], openapi_extra={"x-own": True, "parameters": [{"in": "q"}]})
    async def things():
        return []

    body = {"content": {"application/json": {"schema": Item.model_json_schema()}}}

    @app.post("/magic", openapi_extra={"requestBody": body | {"required": True}})
    async def magic(request: fw.Request):
        return {"size": len(await request.body())}

    return app


@parity("/items/1 /items/2 /items/0 /image", document("/openapi.json"))
def test_additional_responses_and_status_codes(fw):
    class Message(BaseModel):
        text: str

    common: dict = {404: {"description": "Missing"}, "5XX": {"model": Message}}
    app = fw.FastAPI()
    json_response = fw.responses.JSONResponse

    @app.get(
        "/items/{number}",
        response_model=Item,
        responses={
            **common,
            201: {"model": Message, "headers": {"X-New": {"schema": {"type": "string"}}}},
            200: {"content": {"image/png": {}}, "description": "The item or a picture"},
        },
    )
    async def item(number: int):
        if not number:
            return json_response({"text": "missing"}, status_code=404)
        if number == 2:
            return json_response({"text": "made"}, status_code=201, headers={"X-New": "1"})
        return {"name": "chair"}

    @app.get("/image", response_class=fw.responses.Response)
    def image():
        return fw.responses.Response(b"\x89PNG", media_type="image/png")

    return app


@parity("/direct /xml /cookie /cookie-direct /headers /headers-direct /status/3 /status/0")
def test_responses_directly_and_their_cookies_headers_and_status(fw):
    responses = fw.responses
    app = fw.FastAPI()

    @app.get("/direct")
    def direct():
        content = fw.encoders.jsonable_encoder(Item(name="chair"))
        return responses.JSONResponse(content, headers={"x-a": "1"})

    @app.get("/xml")
    def xml():
        return fw.Response("<a/>", media_type="application/xml")

    @app.get("/cookie")
    def cookie(response: fw.Response):
        response.set_cookie("visit", "1", max_age=60, httponly=True, samesite="strict")
        return {}

    @app.get("/cookie-direct")
    def cookie_direct():
        response = responses.JSONResponse({})
        response.set_cookie("visit", "2", secure=True, path="/a")
        response.delete_cookie("old")
        return response

    @app.get("/headers")
    def headers(response: fw.Response):
        response.headers["x-cat"] = "alone"
        response.headers.append("x-cat", "twice")
        return {}

    @app.get("/headers-direct")
    def headers_direct():
        return responses.PlainTextResponse("a", headers={"x-cat": "direct"})

    @app.get("/status/{number}", status_code=200)
    def status(number: int, response: fw.Response):
        if not number:
            response.status_code = fw.status.HTTP_201_CREATED
        return number

    return app


@parity("/html /plain /redirect /stream /file /own /default", document("/openapi.json"))
def test_custom_responses(fw):
    """HTML, plain text, redirects, streams, files, and a class of one's own are returned."""
    import json

    responses = fw.responses
    app = fw.FastAPI()

    class IndentedJSON(responses.JSONResponse):
        def render(self, content):
            return json.dumps(content, indent=1).encode()

    @app.get("/html", response_class=responses.HTMLResponse)
    async def html():
        return "<h1>hello</h1>"

    @app.get("/plain", response_class=responses.PlainTextResponse)
    async def plain():
        return "hello"

    @app.get("/redirect", response_class=responses.RedirectResponse, status_code=302)
    async def redirect():
        return "https://example.org"

    @app.get("/stream")
    async def stream():
        return responses.StreamingResponse(iter([b"a", b"b"]), media_type="text/plain")

    @app.get("/file", response_class=responses.FileResponse)
    async def file():
        return __file__

    @app.get("/own", response_class=IndentedJSON)
    async def own() -> Item:
        return Item(name="chair")

    @app.get("/default")
    async def default() -> list[Item]:
        return [Item(name="chair")]

    return app


@dataclasses.dataclass
class Author:
    name: str
    books: list[Item] = dataclasses.field(default_factory=list)
    note: str | None = None


@parity(
    POST("/authors", {"name": "Jane Austen", "books": [{"name": "Emma"}]}),
    POST("/authors", {"books": [{}]}),
    "/authors",
    document("/openapi.json"),
)
def test_dataclasses(fw):
    app = fw.FastAPI()

    @app.post("/authors", response_model=Author)
    async def add(author: Author):
        return author

    @app.get("/authors")
    def authors() -> list[Author]:
        return [Author("Jane Austen", [Item(name="Emma")]), Author("Anne Brontë", note="é")]

    return app


@parity(
    "/request/7?a=1&a=2",
    POST("/body", content=b"\x00\x01"),
    raw("/echo", b'{"a": [1]}'),
    openapi=False,
)
def test_the_request_directly(fw):
    app = fw.FastAPI()

    @app.get("/request/{number}")
    def about(number: int, request: fw.Request):
        return [
            request.client.host,
            str(request.url),
            request.query_params.getlist("a"),
            request.path_params,
            str(request.base_url),
            str(request.url_for("about", number=3)),
        ]

    @app.post("/body")
    async def body(request: fw.Request):
        chunks = [chunk async for chunk in request.stream()]
        return len(b"".join(chunks))

    @app.post("/echo")
    async def echo(request: fw.Request):
        return await request.json()

    return app


@parity(
    WS("/chat/3?token=x", ["hello", "again"]),
    WS("/chat/3", ["hello"]),
    WS("/chat/x?token=x", ["hello"]),
    WS("/chat/3", ["hello"], headers={"cookie": "session=s"}),
    WS("/room", ["one", "two"]),
    WS("/none"),
)
def test_websockets(fw):
    """They have dependencies, parameters, and several clients."""
    app = fw.FastAPI()
    connected: list = []

    async def who(
        session: Annotated[str | None, fw.Cookie()] = None,
        token: Annotated[str | None, fw.Query()] = None,
    ):
        if session is None and token is None:
            raise fw.WebSocketException(code=fw.status.WS_1008_POLICY_VIOLATION)
        return session or token

    @app.websocket("/chat/{room}")
    async def chat(websocket: fw.WebSocket, room: int, who: Annotated[str, fw.Depends(who)]):
        await websocket.accept()
        try:
            while True:
                text = await websocket.receive_text()
                await websocket.send_text(f"{who} in {room}: {text}")
        except fw.WebSocketDisconnect as gone:
            fw.log.append(gone.code)

    @app.websocket("/room")
    async def room(websocket: fw.WebSocket):
        await websocket.accept(headers=[(b"x-room", b"1")])
        connected.append(websocket)
        await websocket.send_json({"people": len(connected)})
        async for text in websocket.iter_text():
            await websocket.send_bytes(text.encode())
        connected.remove(websocket)
        await websocket.close(1000, "bye")

    return app


@parity(
    POST("/small", {"name": "x" * 50}),
    POST("/small", {"name": "x"}),
    POST("/large", {"name": "x" * 50}),
    Req(
        "POST", "/small", content=[b'{"name": "', b"x" * 50, b'"}'], headers={"content-length": "9"}
    ),
    POST("/form", form={"a": "1", "b": "2", "c": "3"}),
    POST("/form", form={"a": "1"}),
    Req("POST", "/upload", files=[("f", "a", None, b"1"), ("f", "b", None, b"2")]),
)
def test_limits_of_request_bodies_and_forms(fw):
    app = fw.FastAPI(max_body_size=40)

    @app.post("/small")
    def small(item: Item):
        return item

    @app.post("/large", max_body_size=1000)
    def large(item: Item):
        return len(item.name)

    @app.post("/form", max_body_size=1000, form_limits={"max_fields": 2})
    def form(a: Annotated[str, fw.Form()]):
        return a

    @app.post("/upload", max_body_size=1000, form_limits={"max_files": 1})
    def upload(f: list[fw.UploadFile]):
        return len(f)

    return app


@parity("/story /story/sync /image /image/file /numbers", compiled=False, openapi=False)
def test_streaming_data(fw):
    """Text and bytes come from generators and from files."""
    responses = fw.responses

    class PNG(responses.StreamingResponse):
        media_type = "image/png"

    app = fw.FastAPI()

    @app.get("/story", response_class=responses.StreamingResponse)
    async def story() -> AsyncIterator[str]:
        for line in ("once\n", "upon\n"):
            yield line

    @app.get("/story/sync", response_class=responses.StreamingResponse)
    def story_sync():
        yield "once"
        yield b"upon"

    @app.get("/image", response_class=PNG)
    def image():
        with io.BytesIO(b"\x89PNG....") as file:
            yield from iter(lambda: file.read(4), b"")

    @app.get("/image/file")
    def image_file():
        return PNG(io.BytesIO(b"\x89PNG"))

    @app.get("/numbers")
    async def numbers():
        return responses.StreamingResponse(str(number) for number in range(3))

    return app


@parity(
    raw("/strict", '{"name": "chair"}', None),
    raw("/strict", '{"name": "chair"}', "text/plain"),
    raw("/strict", '{"name": "chair"}', "application/vnd.api+json"),
    raw("/lenient/items", '{"name": "chair"}', None),
    raw("/lenient/items", '{"name": "chair"}', "text/plain"),
)
def test_strict_content_types(fw):
    app = fw.FastAPI()
    router = fw.APIRouter(prefix="/lenient", strict_content_type=False)

    @app.post("/strict")
    def strict(item: Item):
        return item

    @router.post("/items")
    def lenient(item: Item):
        return item

    app.include_router(router)
    return app
