"""An API whose operations are tools for language models, over HTTP, with the caller's headers."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Query
from fastapi_mcp import AuthConfig, FastApiMCP
from pydantic import BaseModel, Field

SCRUBS = {r"[0-9a-f]{32}": "SESSION"}
PROTOCOL = "2025-03-26"


class Book(BaseModel):
    """A book of the shop."""

    title: str = Field(description="As printed on the cover")
    pages: int = Field(gt=0)
    tags: list[str] = []


BOOKS = {1: Book(title="Emma", pages=474), 2: Book(title="Middlemarch", pages=904)}
app = FastAPI(title="The bookshop", description="Books to look at.")
staff = APIRouter(prefix="/staff", tags=["staff"])


def check_key(authorization: Annotated[str | None, Header()] = None) -> str:
    if authorization != "Bearer middlemarch":
        raise HTTPException(401, "no such key")
    return authorization


@app.get("/books", operation_id="search", tags=["books"])
async def search(
    title: Annotated[str | None, Query(min_length=2, description="A part of it")] = None,
    limit: Annotated[int, Query(ge=1)] = 10,
) -> list[Book]:
    """Find books by their title."""
    return [book for book in BOOKS.values() if not title or title in book.title][:limit]


@app.get("/books/{number}", operation_id="read", tags=["books"])
def read(number: int) -> Book:
    if number not in BOOKS:
        raise HTTPException(404, "no such book")
    return BOOKS[number]


@app.post("/books", operation_id="add", tags=["books"], status_code=201)
async def add(book: Book) -> int:
    BOOKS[len(BOOKS) + 1] = book
    return len(BOOKS)


@staff.delete("/books/{number}", operation_id="remove")
def remove(number: int, key: Annotated[str, Depends(check_key)]) -> None:
    del BOOKS[number]


app.include_router(staff)
FastApiMCP(app, name="books", include_tags=["books"], describe_all_responses=True).mount_http()
FastApiMCP(
    app,
    name="staff",
    headers=["authorization"],
    auth_config=AuthConfig(dependencies=[Depends(check_key)]),
).mount_http(mount_path="/staff-mcp")


@app.get("/late", operation_id="late")
def late() -> str:
    return "declared after the tools were made"


def talk(client) -> None:
    client.document()
    for path in ("/mcp", "/staff-mcp"):
        headers = {"accept": "application/json, text/event-stream"}
        use(client, path, headers)
        use(client, path, {**headers, "authorization": "Bearer middlemarch"})
    client.get("/books")
    client.get("/late")


def use(client, path: str, headers: dict[str, str]) -> None:
    """One session: what tools there are, and some calls."""

    def call(method: str, number: int | None = None, **params):
        body = {"jsonrpc": "2.0", "method": method, "params": params}
        if number is not None:
            body["id"] = number
        return client.post(path, json=body, headers=headers)

    client_info = {"name": "test", "version": "1"}
    opened = call(
        "initialize", 1, protocolVersion=PROTOCOL, capabilities={}, clientInfo=client_info
    )
    if session := opened.headers.get("mcp-session-id"):
        headers = {**headers, "mcp-session-id": session, "mcp-protocol-version": PROTOCOL}
    call("notifications/initialized")
    listed = call("tools/list", 2)
    if listed.status_code == 200:
        tools = json.loads(listed.text)["result"]["tools"]
        client.note("tools", [tool["name"] for tool in tools])
    call("tools/call", 3, name="search", arguments={"title": "Mid"})
    call("tools/call", 4, name="search", arguments={"title": "M"})
    call("tools/call", 5, name="read", arguments={"number": 9})
    call("tools/call", 6, name="add", arguments={"title": "Romola", "pages": 600})
    call("tools/call", 7, name="remove", arguments={"number": len(BOOKS)})
    call("tools/call", 8, name="nothing", arguments={})
    call("no/method", 9)
    client.post(path, content=b"no json", headers=headers)
    client.delete(path, headers=headers)
