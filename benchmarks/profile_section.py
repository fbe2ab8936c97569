"""The section of the page that says what the instructions of some rows are made of."""

TITLE = "## What the instructions are made of"

#: Counted on 28 November 2026, with CPython 3.11.7 and the versions at the end of the page: rows,
#: the same rows without one of their parts, and single parts in a loop of their own.
ABOUT = """\
These rows gain less than others. Their counts on 28 November 2026, in thousands of instructions
per request, show why. A request that only calls a function needs 41: the task and its turn of the
event loop, the head of the request, the lookup of the route and the answer. All rows below include
this.

- **Three `@app.middleware("http")`, 207.** Each function that only awaits `call_next` adds 25 to
  42, the first one most. It has a request, a response and a copy of the context variables of its
  own, because user code can see them, and it needs three coroutines. The other 76 are what the
  functions of this row do: header fields (`response.headers[…] = …` needs 12 each time), the URL,
  the state, and the ASGI scope behind them. Compiled by mypyc, the code between the functions
  saved less than 2 %, so it stays Python.
- **CORS and one `@app.middleware("http")`, 106.** The function and its header field need 54, and
  CORS needs 8.
- **Three nested dependencies, 63.** The async generator needs 9, because the event loop keeps a
  list of those that are not finished. The header parameter and its dependency need 7, and each
  further dependency 1 to 2.
- **Bearer token, 53.** Pydantic makes the object with the credentials in 6. The scheme finds and
  splits the header field in 5.
- **Sync endpoint, 89.** The way to the worker thread and back needs 39: a future, a second turn of
  the task, two copies of the context variables, and the limiter of anyio. The path parameter needs
  9.
- **Model in, model out, 112.** Pydantic validates the body in 33. The endpoint needs 26: Pydantic
  makes the new model in 15, and the sum takes 7. The JSON of the response needs 6. These 65 alone
  are a tenth of FastAPI's count, so the row cannot gain more than 10 ×.
- **PostgreSQL.** With a stand-in for the database that answers at once, the rows by asyncpg need
  124 (one row), 412 (20 models) and 171 (20 rows), and those by SQLAlchemy 78 and 449. The drivers
  need the rest, which is 93 % of one row by SQLAlchemy. Pydantic makes the 20 models of asyncpg in
  272, and reads those of SQLAlchemy in 225."""
