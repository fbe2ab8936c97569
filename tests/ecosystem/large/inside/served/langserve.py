"""langserve: runnables of LangChain as routes, with streams and a playground."""

from fastapi import FastAPI
from langchain_core.runnables import RunnableLambda
from langserve import add_routes
from pydantic import BaseModel

DISTRIBUTION = "langserve"


class Question(BaseModel):
    text: str
    count: int = 1


def answer(question: Question) -> str:
    question = Question.model_validate(question)
    return question.text * question.count


async def stream(question: str):
    for word in question.split():
        yield word


app = FastAPI()
add_routes(
    app,
    RunnableLambda(answer).with_types(input_type=Question, output_type=str),
    path="/answer",
    enable_feedback_endpoint=True,
    enable_public_trace_link_endpoint=True,
)
add_routes(app, RunnableLambda(stream).with_types(input_type=str, output_type=str), path="/stream")
