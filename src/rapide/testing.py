"""Serve applications in tests, on real ports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from rapide.server.arguments import OF_PROCESSES, takes_options
from rapide.server.embedded import TEST_DEFAULTS, serve_in_thread

if TYPE_CHECKING:
    # A fixture needs pytest, which `serve` does not.
    from rapide.contracts.diff.for_pytest import OpenAPISnapshot as OpenAPISnapshot
    from rapide.contracts.diff.for_pytest import openapi_snapshot as openapi_snapshot

__all__ = ["contract_tests", "serve"]


def __getattr__(name: str) -> object:
    """Import the fixture `openapi_snapshot`, or the class of its value, when it is asked for."""
    if name not in ("OpenAPISnapshot", "openapi_snapshot"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rapide.contracts.diff import for_pytest

    return getattr(for_pytest, name)


@takes_options(TEST_DEFAULTS, OF_PROCESSES)
def serve(app: object, **options: object) -> AbstractContextManager[str]:
    """Serve an application in a thread, and give its address: "http://127.0.0.1:39411".

    The lifespan has started when the block begins, and has ended after it. Several servers may run
    at the same time. Signals and loggers are left as they are.

    Args:
        app: The application, or an import string such as "shop.main:app".
        **options: The options of `rapide run` by their names: `timeout_body=10`.

    Raises:
        TypeError: One of the options does not exist.
        ValueError: One of them has a value that the server cannot use.
        RuntimeError: The application could not start.
    """
    return serve_in_thread(app, options)


def contract_tests(
    app: object,
    *,
    headers: Mapping[str, str] | Callable[[object], Mapping[str, str]] | None = None,
    values: Mapping[str, object] | None = None,
    only: Sequence[str] = (),
    exclude: Sequence[str] = (),
    seed: int = 0,
    examples: int = 0,
    reset: Callable[[], object] | None = None,
    url: str | None = None,
    fixtures: Sequence[str] = (),
) -> Callable[..., None]:
    """Make a test for pytest that sends requests at the boundaries that an application declares.

    `test_contract = contract_tests(app)` is a test with a case for each boundary. Each answer is
    compared with the document. It needs the extra `contracts`.

    Args:
        app: The application.
        headers: Header fields of all requests, or a function that returns those of a case.
        values: Values of parameters and fields by name; below "GET /items/{item_id}", of that one.
        only: Patterns of the operations that are tested: labels, paths or operation ids.
        exclude: Patterns of the operations that are not tested.
        seed: What random choices are made from.
        examples: How many combinations of optional values are sent to each operation.
        reset: A function that is called before each request.
        url: The address of a server, instead of the application in this process.
        fixtures: The fixtures of pytest that each case uses.
    """
    from rapide.contracts.boundaries.for_pytest import make_test
    from rapide.contracts.boundaries.session import Settings

    settings = Settings(
        headers=headers or {},
        values=values or {},
        only=only,
        exclude=exclude,
        seed=seed,
        examples=examples,
        reset=reset,
        url=url,
    )
    return make_test(app, settings, fixtures)
