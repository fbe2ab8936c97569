"""Functions that programs replace by name in other modules than `routing`.

Tests put functions in the place of those that check for a form parser or use threads; tools change
how signatures are read and what the document says.
"""

from typing import Annotated, Any

from pydantic import BaseModel

from ..client import POST
from ..harness import parity, same_value


class Book(BaseModel):
    title: str = "Emma"
    year: int | None = None


def replacing(fw, module, name, wrap):
    """Replace a name of a module, and return a function that puts the original back."""
    where = fw.module(module)
    original = getattr(where, name)
    setattr(where, name, wrap(original))
    return lambda: setattr(where, name, original)


def logging(fw, name):
    """Return a wrapper that writes a line for each call: the names of the arguments."""

    def wrap(original):
        def logged(*args, **kwargs):
            known = [key for key in sorted(kwargs) if not key.startswith("_")]
            fw.log.append(f"{name} {len(args)} {known}")
            return original(*args, **kwargs)

        return logged

    return wrap


def shop(fw):
    app = fw.FastAPI()

    def limit(limit: int = 10):
        return limit

    def session():
        yield "session"

    def page(limit: Annotated[int, fw.Depends(limit)], page: int = 1):
        return [limit, page]

    @app.get("/books/{number}")
    def read(number: int, page: Any = fw.Depends(page), session: Any = fw.Depends(session)):
        return [number, page, session]

    @app.post("/books/{number}")
    async def write(number: int, book: Book) -> Book:
        return book

    return app


def while_replaced(*names):
    """Return steps that replace functions of `dependencies.utils` and put them back."""

    def put(fw, app):
        fw.keep.restore = [
            replacing(fw, "dependencies.utils", name, logging(fw, name)) for name in names
        ]

    def restore(fw, app):
        for put_back in fw.keep.restore:
            put_back()

    return put, restore


put_readers, restore_readers = while_replaced("request_params_to_args", "request_body_to_args")
put_solver, restore_solver = while_replaced("solve_dependencies")


@parity(
    "/books/1",
    put_readers,
    "/books/1?page=2 /books/1?page=x",
    POST("/books/1", {}),
    POST("/books/x", {"year": "x"}),
    restore_readers,
    "/books/1",
    put_solver,
    "/books/1?page=2 /books/1?limit=x",
    restore_solver,
    "/books/1",
    compiled=True,
)
def test_replaced_functions_that_solve_dependencies_are_called(fw):
    return shop(fw)


def put_threads(fw, app):
    def inline(original):
        async def run_in_threadpool(function, *args, **kwargs):
            fw.log.append(f"inline {function.__name__}")
            return function(*args, **kwargs)

        return run_in_threadpool

    fw.keep.restore = [
        replacing(fw, "dependencies.utils", "run_in_threadpool", inline),
        replacing(
            fw,
            "dependencies.utils",
            "contextmanager_in_threadpool",
            logging(fw, "contextmanager_in_threadpool"),
        ),
    ]


@parity("/books/1", put_threads, "/books/1 /books/x", restore_solver, "/books/1", compiled=True)
def test_tests_may_run_dependencies_without_threads(fw):
    return shop(fw)


@parity("/books/1?limit=3", POST("/books/1", {}))
def test_replaced_functions_that_read_signatures_are_called(fw):
    names = ("get_dependant", "analyze_param", "get_typed_annotation")
    put_back = [replacing(fw, "dependencies.utils", name, logging(fw, name)) for name in names]
    names = ("get_dependant", "create_model_field", "get_typed_return_annotation")
    put_back += [replacing(fw, "routing", name, logging(fw, f"routing.{name}")) for name in names]
    try:
        return shop(fw)
    finally:
        for restore in put_back:
            restore()


@parity("/?shown=2&hidden=3", "/BOOKS/1 /books/1")
def test_a_replaced_function_may_change_what_a_signature_or_path_says(fw):
    def without_hidden(original):
        def get_typed_signature(call):
            signature = original(call)
            parameters = signature.parameters.values()
            return signature.replace(parameters=[p for p in parameters if p.name != "hidden"])

        return get_typed_signature

    put_back = [
        replacing(fw, "dependencies.utils", "get_typed_signature", without_hidden),
        replacing(fw, "routing", "compile_path", lambda own: lambda path: own(path.upper())),
    ]
    app = fw.FastAPI()

    @app.get("/")
    def read(shown: int = 0, hidden: int = 0):
        return [shown, hidden]

    @app.get("/books/1")
    def book():
        return "book"

    for restore in put_back:
        restore()
    return app


def put_encoder(fw, app):
    def shouting(original):
        def jsonable_encoder(obj, *args, **kwargs):
            if isinstance(obj, str):
                obj = obj.upper()
            return original(obj, *args, **kwargs)

        return jsonable_encoder

    fw.keep.restore = [replacing(fw, "encoders", "jsonable_encoder", shouting)]


@parity("/ /x", put_encoder, "/ /x", restore_solver, "/ /x", compiled=True)
def test_a_replaced_encoder_converts_the_parts_of_a_value(fw):
    app = fw.FastAPI()

    @app.get("/")
    def read():
        return {"title": ["Emma", Book()]}

    @app.get("/{number}")
    def wrong(number: int): ...

    return app


class Money:
    def __init__(self) -> None:
        self.amount = 1


class Price(Money): ...


@parity("/")
def test_an_added_encoder_applies_to_its_own_class_only(fw):
    fw.encoders.ENCODERS_BY_TYPE[Money] = lambda money: f"{money.amount} EUR"
    app = fw.FastAPI()
    app.get("/")(lambda: [Money(), Price()])
    return app


@parity("/1 /x /nothing/here")
def test_default_handlers_may_be_replaced_in_the_module_of_applications(fw):
    names = ("http_exception_handler", "request_validation_exception_handler")

    def handling(original):
        async def handler(request, error):
            fw.log.append(f"handler {error.__class__.__name__}")
            return await original(request, error)

        return handler

    put_back = [replacing(fw, "applications", name, handling) for name in names]
    # The handlers' own module is not asked.
    put_back.append(
        replacing(fw, "exception_handlers", names[0], lambda original: lambda *args: None)
    )
    app = fw.FastAPI()

    @app.get("/{number}")
    def read(number: int):
        raise fw.HTTPException(418)

    for restore in put_back:
        restore()
    return app


def put_response(fw, app):
    def shouting(original):
        class Shouting(original):
            def render(self, content):
                return super().render(content).upper()

        return Shouting

    fw.keep.restore = [replacing(fw, "exception_handlers", "JSONResponse", shouting)]


@parity("/1 /x", put_response, "/1 /x /nothing/here", restore_solver, "/1 /x /nothing/here")
def test_default_handlers_use_the_response_class_that_their_module_names(fw):
    app = fw.FastAPI()

    @app.get("/{number}")
    def read(number: int):
        raise fw.HTTPException(418)

    return app


@parity("/books/1")
def test_replaced_parts_of_the_document_are_used(fw):
    def marking(original):
        def marked(*args, **kwargs):
            made = original(*args, **kwargs)
            if isinstance(made, tuple):
                made[0]["get"]["x-path"] = "marked"
            elif isinstance(made, str):
                made += "!"
            elif made:
                made["x-mark"] = len(kwargs)
            return made

        return marked

    names = (
        *("get_openapi_path", "get_openapi_operation_metadata", "generate_operation_summary"),
        *("get_openapi_operation_request_body", "get_schema_from_model_field"),
    )
    put_back = [replacing(fw, "openapi.utils", name, marking) for name in names]
    schema = {"title": "Problem", "type": "object"}
    put_back += [
        replacing(fw, "openapi.utils", "validation_error_response_definition", lambda _: schema),
        replacing(fw, "openapi.utils", "get_fields_from_routes", logging(fw, "fields")),
    ]
    app = fw.FastAPI()

    @app.get("/books/{number}")
    def read(number: int) -> Book: ...

    @app.get("/books")
    def write(book: Book): ...

    try:
        app.openapi()
    finally:
        for restore in put_back:
            restore()
    return app


@same_value
def test_a_replaced_model_of_the_document_makes_the_document(fw):
    utils = fw.module("openapi.utils")

    def wrap(original):
        class Signed(original):
            def model_dump(self, **options):
                return {**super().model_dump(**options), "signed": sorted(self.paths or ())}

        return Signed

    put_back = replacing(fw, "openapi.utils", "OpenAPI", wrap)
    try:
        return utils.get_openapi(title="Shop", version="1", routes=shop(fw).routes)
    finally:
        put_back()
