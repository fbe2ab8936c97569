"""Limits of dependencies that are declared in annotations which are texts."""

from ..harness import parity


@parity("/")
def test_a_limit_in_a_text_annotation_counts_for_each_place_of_its_own(fw):
    """Each evaluation makes a `Depends` object of its own."""
    namespace = {"fw": fw, "Annotated": __import__("typing").Annotated}
    source = """
def limited():
    fw.log.append("in")
    yield 1
    fw.log.append("out")

async def one(x: "Annotated[int, fw.Depends(limited, use_cache=False, max_concurrency=1)]"):
    return x

async def two(y: "Annotated[int, fw.Depends(one, use_cache=False)]"):
    return y + 1
"""
    exec(source, namespace)
    app = fw.FastAPI()

    @app.get("/")
    async def both(a: int = fw.Depends(namespace["one"]), b: int = fw.Depends(namespace["two"])):
        return [a, b]

    return app
