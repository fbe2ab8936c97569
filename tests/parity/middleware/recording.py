"""Middleware that notes what passes through it."""

from starlette.middleware.base import BaseHTTPMiddleware


class Noting:
    """Writes into the log when a connection comes in and when it goes out."""

    def __init__(self, app, log, name):
        self.app, self.log, self.name = app, log, name

    async def __call__(self, scope, receive, send):
        self.log.append(f"{self.name} in")
        try:
            await self.app(scope, receive, send)
        except BaseException as error:
            self.log.append(f"{self.name} {type(error).__name__}")
            raise
        finally:
            self.log.append(f"{self.name} out")


class NotingBase(BaseHTTPMiddleware):
    def __init__(self, app, log, name):
        super().__init__(app)
        self.log, self.name = log, name

    async def dispatch(self, request, call_next):
        self.log.append(f"{self.name} in")
        try:
            response = await call_next(request)
        except BaseException as error:
            self.log.append(f"{self.name} {type(error).__name__}")
            raise
        response.headers.append("x-by", self.name)
        self.log.append(f"{self.name} out")
        return response


def asgi(wrap):
    """Make a middleware class out of `async def wrap(app, scope, receive, send)`."""

    class Middleware:
        def __init__(self, app):
            self.app = app

        async def __call__(self, scope, receive, send):
            await wrap(self.app, scope, receive, send)

    return Middleware


def http_only(wrap):
    """The same for requests alone."""

    async def call(app, scope, receive, send):
        if scope["type"] == "http":
            await wrap(app, scope, receive, send)
        else:
            await app(scope, receive, send)

    return asgi(call)
