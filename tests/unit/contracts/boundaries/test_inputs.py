"""Each place of a request is read as the route reads it, and judged as its validators judge it."""

from ipaddress import IPv4Address
from typing import Annotated, Any, Literal

import msgspec
import pytest
from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, create_model

from rapide import Body, Cookie, Depends, FastAPI, File, Form, Header, Path, Query, UploadFile
from rapide.contracts.boundaries.requests import Request
from rapide.contracts.boundaries.session import Settings, cases_of
from rapide.exceptions import RequestValidationError
from rapide.responses import PlainTextResponse

from .test_planted_faults import failures_of


class Filters(BaseModel):
    model_config = ConfigDict(extra="forbid")
    page: Annotated[int, Query(ge=1, alias="p")]
    tags: list[Annotated[str, Query(min_length=2)]]


class Traced(BaseModel):
    x_trace: Annotated[str, Query(max_length=3)]


class Part(msgspec.Struct, forbid_unknown_fields=True, tag=True):
    size: Annotated[int, msgspec.Meta(ge=1, le=3)]
    name: Annotated[str, msgspec.Meta(max_length=2)] = "a"


class Shape(BaseModel):
    kind: Literal["square"]
    side: Annotated[float, Query(gt=0)]


class Documents(BaseModel):
    title: str
    first: UploadFile
    others: list[UploadFile] = []


class Node(BaseModel):
    name: str
    children: list["Node"] = []


def shared(q: Annotated[str, Query(max_length=3)] = "") -> str:
    return q


def build() -> FastAPI:
    app = FastAPI()

    @app.get("/query")
    def query(filters: Annotated[Filters, Query()]) -> None: ...

    @app.get("/headers")
    def headers(
        traced: Annotated[Traced, Header()],
        x_token: Annotated[str, Header(pattern="^[a-f]+$")],
        session: Annotated[int, Cookie(le=5)],
    ) -> None: ...

    @app.get("/path/{name}/{number:float}")
    def path(name: Annotated[str, Path(min_length=2)], number: float) -> None: ...

    @app.post("/form")
    def form(size: Annotated[int, Form(ge=3)], note: Annotated[str, Form()] = "") -> None: ...

    @app.post("/upload")
    async def upload(
        file: UploadFile,
        others: Annotated[list[UploadFile], File()],
        content: Annotated[bytes, File()] = b"",
    ) -> int:
        return len(await file.read())

    @app.post("/documents")
    async def documents(
        given: Annotated[Documents, Form(media_type="multipart/form-data")],
    ) -> int:
        return len(await given.first.read()) + len(given.others)

    @app.post("/several")
    def several(node: Node, shape: Shape, limit: Annotated[int, Body(le=4)]) -> None: ...

    @app.post("/struct")
    def struct(part: Part) -> None: ...

    @app.post("/text")
    def text(content: Annotated[str, Body(media_type="text/plain")]) -> None: ...

    @app.get("/shared", dependencies=[Depends(shared)])
    def twice(q: Annotated[str, Query(max_length=3)] = "") -> None: ...

    @app.get("/hidden")
    def hidden(secret: Annotated[int, Query(include_in_schema=False, lt=9)] = 1) -> None: ...

    return app


def requests_of(operation: str) -> dict[str, tuple[bool | None, Request]]:
    cases = cases_of(build(), Settings(only=[operation]))
    return {case.name: (case.is_inside, case.request) for case in cases}


def test_an_application_with_inputs_of_all_kinds_keeps_its_contract() -> None:
    assert [str(one) for one in failures_of(build(), examples=2)] == []


@pytest.mark.parametrize(
    ("operation", "name", "is_inside", "sent"),
    [
        ("GET /query", "query p: just outside ge=1", False, "p=0&tags=aa"),
        ("GET /query", "query tags: an item: just outside min_length=2", False, "p=1&tags=a"),
        ("GET /query", "query p: missing", False, "?tags=aa"),
        ("GET /headers", "header x-trace: just outside max_length=3", False, "aaaa"),
        (
            "GET /headers",
            "header x-token: with underscores instead of hyphens",
            False,
            "('x_token', 'a')",
        ),
        ("GET /headers", "cookie session: just outside le=5", False, "session=6"),
        ("GET /path/{name}/{number}", "path name: just outside min_length=2", False, "/path/a/0.5"),
        ("POST /form", "body size: just outside ge=3", False, "b'size=2'"),
        ("POST /form", "body note: astral letters", True, "size=3&note="),
        ("POST /upload", "body file: an empty file", True, 'filename="empty.txt"'),
        ("POST /upload", "body file: missing", False, 'name="others"; filename="rapide.txt"'),
        ("POST /upload", "body others: several files", True, 'filename="rapide.txt"'),
        ("POST /several", "body limit: just outside le=4", False, '"limit": 5'),
        ("POST /several", "body shape.side: at gt=0", False, '"side": 0.0'),
        ("POST /several", "body node: missing", False, '"shape"'),
        ("POST /several", "body node.children.0.name: an item: missing", False, '"children": [{'),
        ("POST /several", "body: no JSON", False, "{rapide"),
        ("POST /struct", "body size: just outside le=3", False, '"size": 4'),
        ("POST /struct", "body: an extra member", False, "rapide_extra"),
        ("POST /struct", "body type: no member", False, '"type": "rapide, no member"'),
        ("POST /text", "body: astral letters", True, "text/plain"),
        ("GET /hidden", "query secret: at lt=9", False, "secret=9"),
    ],
)
def test_a_boundary_is_sent_where_its_parameter_is(
    operation: str, name: str, is_inside: bool, sent: str
) -> None:
    found = requests_of(operation)
    assert name in found, sorted(found)
    assert found[name][0] is is_inside
    assert sent in str(found[name][1])


def test_big_and_binary_bodies_have_commands_that_a_shell_understands() -> None:
    found = requests_of("POST /upload")
    shown = found["body file: a big file"][1].as_curl("http://example.com")
    assert len(shown) < 4_000
    assert shown.startswith("python3 -c ")
    assert shown.endswith("--data-binary @-")


def test_an_overridden_dependency_is_tested_by_the_document() -> None:
    app = build()
    app.dependency_overrides[shared] = lambda q: q
    names = [case.name for case in cases_of(app, Settings(only=["GET /shared"]))]
    assert "query q: at max_length=3" not in names
    assert "query q: a null byte" in names


@pytest.mark.parametrize("schema", [{"$ref": "#/components/schemas/Node"}])
def test_a_schema_that_contains_itself_has_an_end(schema: Any) -> None:
    app = FastAPI()
    node = {"type": "object", "required": ["next"], "properties": {"next": schema}}
    content = {"application/json": {"schema": schema}}
    app.get("/", openapi_extra={"requestBody": {"required": True, "content": content}})(
        lambda: None
    )
    app.openapi()["components"] = {"schemas": {"Node": node}}
    assert len([*cases_of(app, Settings())]) > 1


def test_a_model_that_is_everywhere_is_tested_in_two_places() -> None:
    inner = create_model("Inner", size=(Annotated[int, Query(le=9)], 1))
    middle = create_model("Middle", **{f"m{n}": (list[inner], []) for n in range(9)})  # type: ignore[call-overload]
    outer = create_model("Outer", **{f"o{n}": (middle | None, None) for n in range(9)})  # type: ignore[call-overload]
    app = FastAPI()

    @app.post("/")
    def read(outer: outer) -> None: ...  # type: ignore[valid-type]

    names = [case.name for case in cases_of(app, Settings())]
    assert len([name for name in names if name.endswith("just outside le=9")]) == 2
    assert len(names) < 500


@pytest.mark.parametrize("status", [400, 422])
def test_an_application_may_refuse_in_its_own_way(status: int) -> None:
    app = build()

    @app.exception_handler(RequestValidationError)
    def refuse(request: object, error: RequestValidationError) -> PlainTextResponse:
        return PlainTextResponse("no", status_code=status)

    found = failures_of(app, only=["GET /query", "POST /several"])
    # Only the document may say something else about these statuses.
    assert {one.kind for one in found} <= {"status", "content-type"}


def test_an_address_is_nearly_right() -> None:
    app = FastAPI()

    @app.get("/")
    def read(mail: EmailStr, ip: IPv4Address) -> str:
        return f"{mail} {ip}"

    cases = {case.name: case.is_inside for case in cases_of(app, Settings())}
    assert cases["query mail: nearly right: reader@"] is False
    assert cases["query ip: nearly right: 256.0.0.1"] is False
    assert [str(one) for one in failures_of(app)] == []


def test_a_function_may_refuse_texts_that_the_document_allows_but_no_bound() -> None:
    def refuse(value: Any) -> Any:
        if value in ("a", "aa", 9):
            raise ValueError("for good reasons")
        return value

    app = FastAPI()

    @app.get("/")
    def read(
        text: Annotated[str, Query(min_length=2), AfterValidator(refuse)] = "bb",
        letters: Annotated[str, Query(pattern="^a+$"), AfterValidator(refuse)] = "aaa",
        number: Annotated[int, Query(le=9), AfterValidator(refuse)] = 1,
    ) -> None: ...

    found = failures_of(app)
    assert [one.case.name for one in found] == ["query number: at le=9"]
