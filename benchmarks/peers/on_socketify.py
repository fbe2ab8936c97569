"""socketify on uWebSockets: Pydantic by hand, orjson; `def` handlers, except those that wait."""

import asyncio
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from socketify import App, AppListenOptions, OpCode, Request, Response, WebSocket

from benchmarks.peers import contents

ITEM_LIST = TypeAdapter(list[contents.Item])


def serve(app: App, port: int) -> None:
    app.listen(AppListenOptions(port=port, host="127.0.0.1"), lambda config: None)
    app.run()


def send_bytes(response: Response, body: bytes, status: int = 200) -> None:
    response.write_status(status)
    response.write_header("content-type", "application/json")
    response.end(body)


def send_json(response: Response, value: Any, status: int = 200) -> None:
    send_bytes(response, orjson.dumps(value), status)


def app_of(path: str, handler: Any, method: str = "get") -> App:
    app = App()
    getattr(app, method)(path, handler)
    return app


def plain() -> App:
    def root(response: Response, request: Request) -> None:
        response.write_header("content-type", "text/plain; charset=utf-8")
        response.end(contents.TEXT)

    return app_of("/", root)


def hello() -> App:
    def root(response: Response, request: Request) -> None:
        send_json(response, contents.HELLO)

    return app_of("/", root)


browser = hello


def not_found() -> App:
    def missing(response: Response, request: Request) -> None:
        send_json(response, {"detail": "Not Found"}, 404)

    app = hello()
    app.any("/*", missing)
    return app


def parameters() -> App:
    def read_item(response: Response, request: Request) -> None:
        given = {name: request.get_query(name) for name in ("limit", "q", "detailed")}
        query = {name: value for name, value in given.items() if value is not None}
        path = {"user_id": request.get_parameter(0), "item_id": request.get_parameter(1)}
        try:
            values = contents.Parameters.model_validate({**query, **path})
        except ValidationError as error:
            send_bytes(response, contents.error_body(error), 422)
            return
        send_json(response, values.__dict__)

    return app_of("/users/:user_id/items/:item_id", read_item)


def models() -> App:
    async def create_order(response: Response, request: Request) -> None:
        body = await response.get_data()
        try:
            order = contents.Order.model_validate_json(body.getvalue())
        except ValidationError as error:
            refused = contents.error_body(error)
            response.cork(lambda res: send_bytes(res, refused, 422))
            return
        receipt = contents.receipt_of(order).model_dump_json().encode()
        response.cork(lambda res: send_bytes(res, receipt))

    return app_of("/orders", create_order, "post")


invalid = models


def bearer() -> App:
    def read_me(response: Response, request: Request) -> None:
        user = contents.user_of(request.get_header("authorization"))
        if user is None:
            send_json(response, {}, 401)
        else:
            send_json(response, user)

    return app_of("/me", read_me)


def threads() -> App:
    async def read_item(response: Response, request: Request) -> None:
        number = request.get_parameter(0)
        if not number.isdecimal():
            response.cork(lambda res: send_json(res, {}, 422))
            return
        item = await asyncio.to_thread(contents.slow_item, int(number))
        response.cork(lambda res: send_json(res, item))

    return app_of("/items/:item_id", read_item)


def model_list() -> App:
    def read_items(response: Response, request: Request) -> None:
        send_bytes(response, ITEM_LIST.dump_json(contents.ITEMS))

    return app_of("/items", read_items)


def websocket() -> App:
    def echo(socket: WebSocket, message: Any, opcode: OpCode) -> None:
        socket.send(message, opcode)

    app = App()
    app.ws("/echo", {"message": echo})
    return app


def many_routes() -> App:
    app = App()

    def add(path: str, resource: str) -> None:
        async def write(response: Response, request: Request) -> None:
            item_id = int(request.get_parameter(0))
            body = await response.get_data()
            try:
                item = contents.RoutedItem.model_validate_json(body.getvalue())
            except ValidationError as error:
                refused = contents.error_body(error)
                response.cork(lambda res: send_bytes(res, refused, 422))
                return
            response.cork(lambda res: send_json(res, {"id": item_id, "name": item.name}))

        def read(response: Response, request: Request) -> None:
            number = request.get_parameter(0)
            if number.isdecimal():
                send_json(response, {"id": int(number), "name": resource})
            else:
                send_json(response, {}, 422)

        app.put(f"{path}/:item_id", write)
        app.get(f"{path}/:item_id", read)

    for path, resource in contents.prefixes():
        add(path, resource)
    return app
