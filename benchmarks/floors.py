"""The floors of every table, in one place: what a change must not lose.

A floor is a bound of the ratio that decides a row: of CPU time per request for rows that have
requests (a bound from below), of the figures themselves for the others. They lie some per cent
under what was measured last, so that noise alone does not break them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """The bounds of a ratio; a bound of None is open."""

    low: float | None = None
    high: float | None = None

    def met(self, ratio: float) -> bool | None:
        """Return whether the ratio lies in the bounds; None for a row that is only a reference."""
        if self.low is None and self.high is None:
            return None
        return (self.low is None or ratio >= self.low) and (self.high is None or ratio <= self.high)

    def __str__(self) -> str:
        if self.low is None:
            return "–" if self.high is None else f"≤ {self.high:g}"
        return f"≥ {self.low:g}" if self.high is None else f"{self.low:g} … {self.high:g}"


#: Both frameworks under uvicorn: `make bench`.
SAME_SERVER: dict[str, float] = {
    "hello": 2.8,
    "parameters": 3.2,
    "models": 2.5,
    "dependencies": 5,
    "threads": 3,
    "model_list": 1.8,
    "invalid": 2.5,
    "bearer": 3.5,
    "upload": 1.8,
    "many_routes": 60,
    "middleware": 4,
    "stream": 2,
    "websocket": 1,
}

#: `rapide run` against FastAPI on uvicorn, without the access log: `--topic serving`.
SERVED: dict[str, float] = {
    "plain": 5,
    "hello": 5.5,
    "calling": 5.5,
    "browser": 4.5,
    "changing": 4.5,
    "asgi": 2.8,
    "two_workers": 4,
    "parameters": 6,
    "models": 4.5,
    "structs": 4.5,
    "invalid": 4,
    "dependencies": 8,
    "bearer": 5.5,
    "threads": 4,
    "untyped": 5,
    "untyped_list": 2.5,
    "model_list": 2.2,
    "struct_list": 2.2,
    "upload": 2,
    "not_found": 4,
    "middleware": 6,
    "three_middlewares": 6,
    "many_routes": 100,
    "asyncpg_row": 2.2,
    "asyncpg_models": 1.6,
    "asyncpg_untyped": 2.5,
    "sqlalchemy_row": 1.3,
    "sqlalchemy_rows": 1.1,
    "stream": 2,
    "websocket": 1,
}

#: The same with default options, so both write their access logs: `--topic defaults`.
DEFAULTS: dict[str, float] = dict.fromkeys(SERVED, 1.0) | {"hello": 3, "browser": 3}

#: Costs that are no rates: the most that Rapide's may be, as a share of FastAPI's.
COSTS: dict[str, float] = {
    "import": 0.55,
    "ready": 0.4,
    "memory": 0.8,
    "idle": 1.0,
}
