"""Contract tests find one fault of each kind that is planted in the bookshop's own code."""

import importlib
import shutil
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from rapide.contracts.boundaries.session import Failure

from .contracts import run_contracts
from .server import BOOKSHOP, PASSWORD

NAME = "bookshop_with_faults"
RAW = """@router.post("/authors/raw", openapi_extra={"requestBody": {"required": True, "content":
    {"application/json": {"schema": {"type": "object", "required": ["name"],
     "properties": {"name": {"type": "string"}}}}}}})
async def read_raw(request: Request) -> dict[str, str]:
    return {"name": str((await request.json())["name"])}
"""


class Fault(NamedTuple):
    """A change of the bookshop's code, and what finds it."""

    what: str
    file: str
    old: str
    new: str
    operation: str
    kind: str
    case: str
    expected: str = ""


FAULTS = [
    Fault(
        "a handler that knows ASCII only",
        "routers/authors.py",
        "if query.name is not None:",
        'if query.name is not None and query.name.encode("ascii"):',
        "GET /authors",
        "error",
        "query name: astral letters",
        "UnicodeEncodeError",
    ),
    Fault(
        "a bound that is never reached",
        "schemas.py",
        "class StockCount(Input):\n",
        "class StockCount(Input):\n    @field_validator('copies')\n    @classmethod\n"
        "    def _check(cls, value: int) -> int:\n"
        "        if value >= 10_000:\n            raise ValueError('too many')\n"
        "        return value\n",
        "PUT /stock/{slug}",
        "disagreement",
        "body copies: at le=10000",
        "the declaration allows the value, but the validator refuses it",
    ),
    Fault(
        "a validator that is looser than the bound it has",
        "schemas.py",
        "at_most: Copies | None = None",
        "at_most: Annotated[Copies, BeforeValidator(lambda v: min(int(v), 10_000))] | None = None",
        "GET /stock",
        "disagreement",
        "query at_most: just outside le=10000",
        "the declaration does not allow the value, but the validator accepts it",
    ),
    Fault(
        "a bound that only the document has",
        "schemas.py",
        "alive_in: Annotated[LifeYear | None, Field(",
        'alive_in: Annotated[LifeYear | None, Field(json_schema_extra={"maximum": 2000}, ',
        "GET /authors",
        "disagreement",
        "query alive_in: at le=2100",
        "the document does not allow the value, but the validator accepts it",
    ),
    Fault(
        "a status that the document does not have",
        "routers/stock.py",
        "if query.at_most is not None:",
        "if query.at_most == 0:\n        raise HTTPException(410)\n"
        "    if query.at_most is not None:",
        "GET /stock",
        "status",
        "query at_most: at ge=0",
    ),
    Fault(
        "an error at a bound",
        "routers/stock.py",
        "Book.stock + body.copies)",
        "Book.stock + body.copies + 0 // (body.copies - 10_000))",
        "POST /stock/{slug}/deliveries",
        "error",
        "body copies: at le=10000",
        "ZeroDivisionError",
    ),
    Fault(
        "a response that is not what the model says",
        "routers/authors.py",
        "return AuthorDetail.model_validate(author)",
        "return JSONResponse({'slug': 1})",
        "GET /authors/{slug}",
        "body",
        "the smallest request",
    ),
    Fault(
        "another content type",
        "routers/stock.py",
        "    return StockLevel.model_validate(book)\n\n\n@router.put",
        "    return PlainTextResponse('7')\n\n\n@router.put",
        "GET /stock/{slug}",
        "content-type",
        "the smallest request",
    ),
    Fault(
        "a header field that never comes",
        "main.py",
        "responses={503:",
        "responses={200: {'headers': {'X-Version': {'schema': {'type': 'string'}}}}, 503:",
        "GET /health",
        "header",
        "the smallest request",
    ),
    Fault(
        "a parameter that is read and not validated",
        "main.py",
        '    tags=["service"],',
        "    tags=['service'],\n    openapi_extra={'parameters': [{'name': 'after', 'in': 'query',"
        " 'schema': {'type': 'integer', 'minimum': 1}}]},",
        "GET /health",
        "accepted",
        "query after: just outside the minimum 1",
    ),
    Fault(
        "a parameter that is converted without care",
        "main.py",
        "    engine = request.state.engine\n",
        "    engine = request.state.engine\n    int(request.query_params.get('after', 1))\n",
        "GET /health",
        "error",
        "query after: a wrong type",
        "ValueError",
    ),
    Fault(
        "a body that nothing validates",
        "routers/authors.py",
        '@router.get("/{slug}"',
        RAW.replace('"/authors/raw"', '"/raw"') + '\n\n@router.get("/{slug}"',
        "POST /authors/raw",
        "error",
        "body name: missing",
        "KeyError",
    ),
    Fault(
        "a refusal of what is allowed",
        "routers/books.py",
        "statement = select(Book).where(*conditions(query))",
        "if query.size == 100:\n        raise HTTPException(422)\n"
        "    statement = select(Book).where(*conditions(query))",
        "GET /books",
        "refused",
        "query size: at le=100",
    ),
    Fault(
        "a refusal that names another parameter",
        "dependencies.py",
        "def __init__(self, request: Request, session: Session) -> None:",
        "def __init__(self, request: Request, session: Session) -> None:\n"
        "        if request.query_params.get('status') == 'rapide, no member':\n"
        "            raise RequestValidationError([{'loc': ('query', 'state'), 'msg': '',"
        " 'type': 'enum'}])",
        "GET /orders",
        "location",
        "query status: no member",
        "query.status",
    ),
]
IMPORTS = {
    "schemas.py": "from pydantic import BeforeValidator, field_validator\n",
    "routers/stock.py": "from rapide import HTTPException\n"
    "from rapide.responses import PlainTextResponse\n",
    "routers/authors.py": "from rapide.responses import JSONResponse\n",
    "routers/books.py": "from rapide import HTTPException\n",
    "dependencies.py": "from rapide.exceptions import RequestValidationError\n",
}


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Failure]]:
    """All faults are planted in one copy of the bookshop, each in its own place."""
    folder = tmp_path_factory.mktemp("faults")
    shutil.copytree(BOOKSHOP, folder / NAME, ignore=shutil.ignore_patterns("__pycache__", "*.db"))
    for fault in FAULTS:
        path = folder / NAME / fault.file
        text = path.read_text()
        assert fault.old in text, fault.what
        path.write_text(text.replace(fault.old, fault.new, 1))
    for file, imports in IMPORTS.items():
        path = folder / NAME / file
        head, end, rest = path.read_text().partition('"""\n')
        path.write_text(f"{head}{end}{imports}{rest}")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.chdir(folder)
        patch.setenv("BOOKSHOP_STAFF_PASSWORD", PASSWORD)
        _, found = run_contracts(
            importlib.import_module(f"{NAME}.main").app,
            values={"GET /authors/{slug}": {"slug": "jane-austen"}},
            only=sorted({fault.operation for fault in FAULTS}),
            named=sorted({fault.case for fault in FAULTS}),  # others would find some of them too
        )
        yield found
    for name in [one for one in sys.modules if one.partition(".")[0] == NAME]:
        del sys.modules[name]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_that_is_planted_in_the_bookshop_is_found(
    failures: list[Failure], fault: Fault
) -> None:
    found = [one for one in failures if one.case.operation.label == fault.operation]
    assert any(
        (one.kind, one.case.name) == (fault.kind, fault.case) and fault.expected in one.expected
        for one in found
    ), "\n".join(map(str, found))
