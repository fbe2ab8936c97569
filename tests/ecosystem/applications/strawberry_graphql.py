"""GraphQL: queries, mutations, a context from dependencies, uploads, subscriptions, the page."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Header, Request, Response
from strawberry.fastapi import BaseContext, GraphQLRouter
from strawberry.file_uploads import Upload
from strawberry.permission import BasePermission
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

told: list[str] = []


def get_reader(x_reader: Annotated[str | None, Header()] = None) -> str:
    return x_reader or "stranger"


class Context(BaseContext):
    def __init__(self, reader: str) -> None:
        super().__init__()
        self.reader = reader


def get_context(reader: Annotated[str, Depends(get_reader)]) -> Context:
    return Context(reader)


class IsKnown(BasePermission):
    message = "Tell your name."

    def has_permission(self, source, info: strawberry.Info, **kwargs) -> bool:
        return info.context.reader != "stranger"


@strawberry.type
class Book:
    title: str
    pages: int

    @strawberry.field
    async def minutes(self, per_page: float = 1.5) -> float:
        return self.pages * per_page


BOOKS = [Book(title="Emma", pages=474), Book(title="Middlemarch", pages=904)]


@strawberry.type
class Query:
    @strawberry.field
    def books(self, title: str | None = None) -> list[Book]:
        return [book for book in BOOKS if title in (None, book.title)]

    @strawberry.field
    def reader(self, info: strawberry.Info) -> str:
        info.context.response.headers["x-seen"] = info.context.reader
        info.context.response.status_code = 203
        info.context.background_tasks.add_task(told.append, info.context.reader)
        return f"{info.context.reader} {info.context.request.url.path}"

    @strawberry.field(permission_classes=[IsKnown])
    def loans(self) -> int:
        return 3

    @strawberry.field
    def fails(self) -> int:
        raise ZeroDivisionError("no pages")


@strawberry.type
class Mutation:
    @strawberry.mutation
    def add(self, title: str, pages: int) -> Book:
        return Book(title=title, pages=pages)

    @strawberry.mutation
    async def store(self, cover: Upload) -> int:
        return len(await cover.read())


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def pages(self, up_to: int) -> AsyncIterator[int]:
        for page in range(up_to):
            yield page


schema = strawberry.Schema(Query, Mutation, Subscription)
graphql = GraphQLRouter[Context, None](
    schema, context_getter=get_context, multipart_uploads_enabled=True, path="/query"
)
app = FastAPI()
nested = APIRouter(prefix="/v1")
nested.include_router(graphql, prefix="/graphql")
app.include_router(nested)


@app.get("/plain")
async def plain(request: Request, response: Response, tasks: BackgroundTasks) -> str:
    return request.url.path


def talk(client) -> None:
    def query(text: str, **variables) -> None:
        body = {"query": text, "variables": variables}
        client.post("/v1/graphql/query", json=body, headers={"x-reader": "dorothea"})

    client.document()
    client.get("/v1/graphql/query", headers={"accept": "text/html"})
    client.get("/v1/graphql/query?query={books{title}}", headers={"accept": "application/json"})
    query("{ books { title minutes(perPage: 2) } reader loans }")
    query("query ($title: String) { books(title: $title) { pages } }", title="Emma")
    query("{ books { author } }")
    query("{ fails reader }")
    query("{ books(")
    query('mutation { add(title: "Romola", pages: 600) { title minutes } }')
    client.post("/v1/graphql/query", json={"query": "{ loans }"})
    client.post("/v1/graphql/query", content=b"no json")
    client.post("/v1/graphql/query", json={})
    client.post(
        "/v1/graphql/query",
        data={
            "operations": '{"query": "mutation ($c: Upload!) { store(cover: $c) }", '
            '"variables": {"c": null}}',
            "map": '{"0": ["variables.c"]}',
        },
        files={"0": b"x" * 700},
    )
    client.request("PUT", "/v1/graphql/query")
    client.get("/plain")
    protocols = [GRAPHQL_TRANSPORT_WS_PROTOCOL]
    with client.http.websocket_connect("/v1/graphql/query", protocols) as socket:
        socket.send_json({"type": "connection_init"})
        messages = [socket.receive_json()]
        payload = {"query": "subscription { pages(upTo: 3) }"}
        socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
        while messages[-1]["type"] != "complete":
            messages.append(socket.receive_json())
    client.note("subscription", [socket.accepted_subprotocol, messages])
    client.note("told", told)
