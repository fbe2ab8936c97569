"""Lanes: how many calls of which routes run in worker threads at the same time.

Routes name a lane, and their application declares it. Calls of one lane never wait for those of
another, so a slow report does not keep a health check waiting.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from difflib import get_close_matches
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakSet

from rapide._once import cached_property, making
from rapide.types import CoroutineOf

if TYPE_CHECKING:
    from rapide.runtime.threads import Lane

T = TypeVar("T")

#: The lane that has anyio's default limit. Routes use it unless a level says otherwise.
DEFAULT_LANE: Final = "default"
#: The lane that health checks use while the default lane is full.
HEALTH_LANE: Final = "health"
#: The number of threads of that lane, unless the application declares another one.
HEALTH_THREADS: Final = 4

#: The last segments of paths that only health checks have.
_HEALTH_SEGMENTS: Final = frozenset(
    {
        *("health", "healthz", "healthcheck", "health-check", "health_check"),
        *("live", "livez", "liveness", "alive", "ready", "readyz", "readiness"),
        *("startup", "startupz", "ping", "heartbeat"),
    }
)

#: The lane of the request that the generic path serves, if its route has one.
current_lane: ContextVar[Lane | None] = ContextVar("rapide_lane", default=None)


class UnknownLane(LookupError):
    """A route names a lane that its application does not declare.

    Args:
        name: The name that the route says.
        known: The names of the lanes that exist.
    """

    def __init__(self, name: str, known: Collection[str]) -> None:
        super().__init__(name)
        self.problem = f"The application has no lane of threads named {name!r}"
        lanes = " or ".join(f'threads="{lane}"' for lane in known)
        close = get_close_matches(name, known, 1)
        declare = f'FastAPI(threads={{"{name}": 4}}) to declare it'
        self.instead = f'threads="{close[0]}", or {declare}' if close else f"{lanes}, or {declare}"
        self.instead += f". The known lanes are {', '.join(known)}" if close else ""


def check_name(name: object) -> None:
    """Check the name of a lane.

    Raises:
        TypeError: It is not a string.
        ValueError: It is empty.
    """
    if not isinstance(name, str):
        raise TypeError(
            f"threads must be the name of a lane, but is {name!r}. Numbers of threads are declared "
            f'by the application: FastAPI(threads={{"reports": 4}})'
        )
    if not name:
        raise ValueError('threads must be the name of a lane, such as "reports", but is empty')


def _check_numbers(numbers: object) -> None:
    if not isinstance(numbers, Mapping):
        raise TypeError(
            f"FastAPI(threads=…) must be a mapping from the names of lanes to their numbers of "
            f'threads, such as {{"reports": 4}}, but is {numbers!r}'
        )
    for name, number in numbers.items():
        check_name(name)
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(
                f"FastAPI(threads={{{name!r}: {number!r}}}): the number of threads of a lane must "
                "be a whole number from 1 on"
            )


class Lanes:
    """The lanes of one application.

    Args:
        numbers: The number of threads of each lane, by its name.

    Raises:
        TypeError: A name or the whole has another type.
        ValueError: A name is empty, or a number is not a whole number from 1 on.
    """

    def __init__(self, numbers: Mapping[str, int] | None = None) -> None:
        if numbers is not None:
            _check_numbers(numbers)
        #: The declared limit of the default lane; None leaves anyio's.
        self.default = (numbers or {}).get(DEFAULT_LANE)
        self._numbers = {HEALTH_LANE: HEALTH_THREADS, **(numbers or {})}
        self._numbers.pop(DEFAULT_LANE, None)
        self._made: dict[str, Lane] = {}

    def __reduce__(self) -> tuple[type[Lanes], tuple[dict[str, int]]]:
        # A copy has threads of its own.
        default = {} if self.default is None else {DEFAULT_LANE: self.default}
        return type(self), ({**self._numbers, **default},)

    @property
    def names(self) -> list[str]:
        """The names of all lanes."""
        return [DEFAULT_LANE, *sorted(self._numbers)]

    def check(self, name: str) -> None:
        """Check that a lane exists.

        Raises:
            UnknownLane: It does not.
        """
        if name not in self.names:
            raise UnknownLane(name, self.names)

    def find(self, name: str) -> Lane | None:
        """Return a lane; None is the default one.

        Raises:
            UnknownLane: It does not exist.
        """
        self.check(name)
        if name == DEFAULT_LANE:
            return None
        with making:
            if name not in self._made:
                # PERF: import time. The threads' module needs parts of anyio that others do not.
                from rapide.runtime.threads import Lane

                self._made[name] = Lane(name, self._numbers[name])
                _lanes.add(self._made[name])
            return self._made[name]

    @cached_property
    def for_health_checks(self) -> Lane:
        """The lane of routes that are health checks and name no lane."""
        from rapide.runtime.threads import LaneWithSpare

        spare = self.find(HEALTH_LANE)
        assert spare is not None
        return LaneWithSpare(spare)

    def open(self) -> None:
        """Make all lanes, and set anyio's limit of the running event loop if it is declared."""
        from rapide.runtime.threads import DEFAULT

        for name in self._numbers:
            self.find(name)
        limiter = DEFAULT.find_limiter()
        if self.default is not None:
            limiter.total_tokens = self.default


#: The lanes of routes without an application.
BUILT_IN: Final = Lanes()

#: All lanes that routes use, besides the default one.
_lanes: WeakSet[Lane] = WeakSet()


def is_health_check(path: str, methods: Collection[str]) -> bool:
    """Return whether a route is a health check by its path: `/healthz`, `/api/health/ready`."""
    if "{" in path or not {"GET", "HEAD"}.issuperset(methods):
        return False
    return path.rpartition("/")[2].lower() in _HEALTH_SEGMENTS


def in_lane(
    find: Callable[[], Lane | None], handler: Callable[[Any], Awaitable[T]]
) -> Callable[[Any], CoroutineOf[T]]:
    """Return a handler of the generic path whose calls run in a lane."""

    @wraps(handler)
    async def app(request: Any) -> T:
        token = current_lane.set(find())
        try:
            return await handler(request)
        finally:
            current_lane.reset(token)

    return app


@dataclass(frozen=True, slots=True)
class LaneStatistics:
    """What a lane does at present, and how long its calls have waited so far.

    The default lane's numbers of threads, of busy ones and of waiting calls are those of anyio's
    default thread limiter, which other users of threads share. Only calls of endpoints and
    dependencies are in `waits` and `waited`.
    """

    name: str
    #: The largest number of calls at the same time.
    threads: float
    #: The number of calls that are running.
    busy: int
    #: The number of calls that are waiting.
    waiting: int
    #: The number of calls that had to wait and have come to an end of it.
    waits: int
    #: The sum of their waiting times in seconds.
    waited: float


def statistics() -> list[LaneStatistics]:
    """Return the state of each lane of this process, the default one first.

    Lanes of the same name, of several applications or event loops, are added up.
    """
    from rapide.runtime.threads import DEFAULT

    by_name: dict[str, list[Lane]] = {DEFAULT_LANE: [DEFAULT]}
    for lane in sorted(_lanes, key=lambda lane: lane.name):
        by_name.setdefault(lane.name, []).append(lane)
    return [_added_up(name, lanes) for name, lanes in by_name.items()]


def _added_up(name: str, lanes: list[Lane]) -> LaneStatistics:
    limiters = [limiter for lane in lanes for limiter in lane.limiters]
    unused = sum(lane.threads or 0 for lane in lanes if not lane.limiters)
    return LaneStatistics(
        name,
        threads=unused + sum(limiter.total_tokens for limiter in limiters),
        busy=sum(limiter.borrowed_tokens for limiter in limiters),
        waiting=sum(limiter.statistics().tasks_waiting for limiter in limiters),
        waits=sum(lane.waits for lane in lanes),
        waited=sum(lane.waited for lane in lanes),
    )
