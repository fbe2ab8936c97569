"""A file and a text field of a multipart form."""

from typing import Annotated, Any

from benchmarks.apps import framework

web = framework()


def create_app() -> Any:
    app = web.FastAPI()

    @app.post("/upload")
    async def upload(
        file: web.UploadFile, description: Annotated[str, web.Form()]
    ) -> dict[str, str | int | None]:
        content = await file.read()
        return {"filename": file.filename, "size": len(content), "description": description}

    return app
