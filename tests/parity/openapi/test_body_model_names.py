"""Body models of operations that share an id have the names that FastAPI gives them."""

import warnings
from typing import Annotated

from ..harness import same_value


@same_value
def test_body_models_of_the_same_name_are_told_apart_alike(fw):
    """Both operations with one id are kept, with a warning."""
    app = fw.FastAPI(generate_unique_id_function=lambda route: "chosen")

    @app.post("/a")
    def a(x: Annotated[int, fw.Body()], y: Annotated[int, fw.Body()]): ...

    @app.post("/b")
    def b(x: Annotated[str, fw.Body()], z: Annotated[str, fw.Body()]): ...

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return app.openapi()
