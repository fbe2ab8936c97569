"""The documentation pages and what they contain."""

from ..harness import same_value


@same_value
def test_json_inside_the_docs_pages_is_escaped(fw):
    """The pages have a viewport tag, and load their assets from a CDN by default."""
    docs = fw.module("openapi.docs")
    hostile = {"a": "</script><script>alert(1)</script>&"}
    page = docs.get_swagger_ui_html(
        openapi_url="/openapi.json", title="T", swagger_ui_parameters=hostile, init_oauth=hostile
    )
    other = docs.get_redoc_html(openapi_url="/openapi.json", title="T")
    text = page.body.decode()
    return [
        "<script>alert" in text,
        'name="viewport"' in text,
        'name="viewport"' in other.body.decode(),
        "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/swagger-ui-bundle.js" in text,
    ]
