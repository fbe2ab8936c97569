"""nicegui: a framework for user interfaces, with pages, an upload and an application's routes."""

from fastapi import FastAPI
from nicegui import app as core
from nicegui import ui
from pydantic import BaseModel

DISTRIBUTION = "nicegui"
app = FastAPI()


class Item(BaseModel):
    name: str
    size: int = 1


@app.post("/items")
def make_item(item: Item) -> Item:
    return item


@core.get("/inner/{number}")
def read_inner(number: int) -> dict[str, int]:
    return {"number": number}


@ui.page("/page/{number}")
def page(number: int, word: str = "none") -> None:
    ui.label(f"{number} {word}")
    ui.upload(on_upload=lambda event: ui.notify(event.name))


@ui.page("/broken")
def broken() -> None:
    raise ValueError("a page that fails")


ui.run_with(app, mount_path="/gui", storage_secret="secret")
