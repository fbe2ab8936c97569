"""Record the statuses that the document of an endpoint must have."""

from collections.abc import Callable
from typing import Any

from rapide import FastAPI

Endpoint = Callable[..., Any]


class Sample:
    """An application whose endpoints say which errors they raise."""

    def __init__(self) -> None:
        self.app = FastAPI(document_errors=True)
        self.expected: dict[str, set[int]] = {}

    def case(self, *statuses: int, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Serve the decorated function, which raises errors with these statuses."""

        def decorate(endpoint: Endpoint) -> Endpoint:
            path = f"/{endpoint.__name__}"
            self.expected[path] = set(statuses)
            self.app.get(path, **options)(endpoint)
            return endpoint

        return decorate
