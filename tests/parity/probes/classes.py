"""Classes that applications use, each as its source; they come in only where they are used."""

FIXED = {
    "Color": """
class Color(enum.Enum):
    red = "red"
    blue = "blue"

    @classmethod
    def _missing_(cls, value):
        J.call("Color", value=value)
        return cls.red if value == "scarlet" else None
""",
    "Shown": """
class Shown(JSONResponse):
    def __init__(self, *args, **kwargs):
        J.call("Shown", args=args, kwargs=kwargs)
        super().__init__(*args, **kwargs)

    def render(self, content):
        J.call("Shown.render", content=content)
        return super().render(content)

    async def __call__(self, scope, receive, send):
        J.call("Shown.__call__")
        await super().__call__(scope, receive, send)
""",
    "Rendered": """
class Rendered(JSONResponse):
    media_type = "application/vnd.rendered"

    def render(self, content):
        J.call("Rendered.render", content=content)
        return super().render([content])
""",
    "Route": """
class Route(APIRoute):
    def get_route_handler(self):
        handler = super().get_route_handler()

        async def run(request):
            J.call("Route", request=request)
            if J.wants("Route"):
                raise J.error("Route")
            try:
                response = await handler(request)
            except Exception as error:
                J.caught("Route", error)
                raise
            J.call("Route after", request=request, response=response)
            return response

        return run
""",
    "ReadingRoute": """
class ReadingRoute(APIRoute):
    def get_route_handler(self):
        handler = super().get_route_handler()

        async def run(request):
            await J.read("ReadingRoute", request, "body")
            try:
                return await handler(request)
            except RequestValidationError as error:
                J.caught("ReadingRoute", error)
                await J.read("ReadingRoute", request, "json")
                raise HTTPException(status_code=422, detail="refused") from error

        return run
""",
    "RequestRoute": """
class MyRequest(Request):
    async def body(self):
        J.call("MyRequest.body")
        return await super().body()


class RequestRoute(APIRoute):
    def get_route_handler(self):
        handler = super().get_route_handler()

        async def run(request):
            return await handler(MyRequest(request.scope, request.receive))

        return run
""",
    "(key|strict_key)": """
class Key(APIKeyHeader):
    async def __call__(self, request: Request):
        J.call("Key", request=request)
        result = await super().__call__(request)
        J.call("Key after", result=result)
        return result


key = Key(name="x-key", auto_error=False)
strict_key = Key(name="x-key")
""",
    "bearer": """
bearer = HTTPBearer(auto_error=False)
""",
}
