"""gradio: a framework for machine-learning demonstrations, mounted in an application."""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio
from fastapi import FastAPI

DISTRIBUTION = "gradio"


def greet(name: str, count: float) -> str:
    return f"Hello {name}" * int(count)


with gradio.Blocks() as blocks:
    name, count, answer = gradio.Textbox(), gradio.Number(value=1), gradio.Textbox()
    gradio.Button("Greet").click(greet, [name, count], answer, api_name="greet")
    gradio.File()

app = FastAPI()


@app.get("/own/{number}")
def read_own(number: int) -> dict[str, int]:
    return {"number": number}


app = gradio.mount_gradio_app(app, blocks, path="/demo", auth=None)
