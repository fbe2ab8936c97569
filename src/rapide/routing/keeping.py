"""Routes whose answers are kept: read the options, check them, and make what serves requests.

PERF: import. Most applications keep no answers, so `rapide.distributed` is imported when a route
needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, StreamingResponse

from rapide.datastructures import DefaultPlaceholder
from rapide.schema import get_cached_model_fields, lenient_issubclass
from rapide.signature.callables import get_typed_return_annotation
from rapide.signature.errors import KeptAnswersError
from rapide.signature.forms import get_param_aliases, get_param_model
from rapide.signature.models import Dependant, get_security_scheme, is_security_scheme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rapide.distributed.answers.keeper import Guard, Keeper, Traits


def read_keepers(options: Mapping[str, Any]) -> tuple[Keeper, ...]:
    """Return what keeps the answers of a route, by its options.

    Raises:
        TypeError: An option is of the wrong type.
    """
    # PERF: startup. Nearly all routes end here.
    cache, idempotency = options.get("cache"), options.get("idempotency")
    found: list[Keeper] = []
    if cache is not None:
        from rapide.distributed.cache import Cache

        if not isinstance(cache, Cache):
            raise TypeError(f"cache must be a Cache(…) of rapide.distributed.cache, not {cache!r}")
        found.append(cache)
    if idempotency is not None and idempotency is not False:
        from rapide.distributed.idempotency import Idempotency

        if idempotency is True:
            idempotency = Idempotency()
        if not isinstance(idempotency, Idempotency):
            raise TypeError(
                "idempotency must be True, False or an Idempotency(…) of "
                f"rapide.distributed.idempotency, not {idempotency!r}"
            )
        found.append(idempotency)
    return tuple(found)


def check_keepers(route: Any) -> None:
    """Check that the answers of a route can be kept as it says.

    Raises:
        KeptAnswersError: They cannot.
    """
    if not route._rapide_keepers:
        return
    from rapide.distributed.answers.keeper import KeeperError

    traits = find_traits(route)
    for keeper in route._rapide_keepers:
        try:
            keeper.check(traits)
        except KeeperError as refused:
            error = KeptAnswersError(refused.problem, instead=refused.instead)
            error.parameter = keeper.option
            error.in_callable(route.endpoint)
            raise error.in_route(route._rapide_label) from None


def make_guard(route: Any, inner: Guard | None) -> Guard:
    """Return what serves the requests around a route whose answers are kept."""
    traits = find_traits(route)
    guards = [keeper.guard(traits) for keeper in route._rapide_keepers]

    def guard(app: Any) -> Any:
        for make in (*([inner] if inner else []), *guards):
            app = make(app)
        return app

    return guard


def find_traits(route: Any) -> Traits:
    """Return what is known of a route that matters to its kept answers."""
    from rapide.distributed.answers.keeper import Traits

    dependant: Dependant = route.dependant
    everything = [*_walk(dependant)]
    schemes = [_location(get_security_scheme(item)) for item in everything if _is_scheme(item)]
    own = ("path_params", "query_params", "header_params", "cookie_params")
    names = {item.name for kind in own for item in getattr(dependant, kind)}
    names |= {item.name for item in dependant.dependencies if item.name}
    return Traits(
        label=route._rapide_label,
        path=route.path_format,
        methods=frozenset(route.methods),
        names=frozenset(names | set(route.param_convertors)),
        is_complete=route.dependency_overrides_provider is not None,
        headers=frozenset(
            key.lower() for item in everything for key in _keys(item, "header_params")
        ),
        cookies=frozenset(key for item in everything for key in _keys(item, "cookie_params")),
        credential_headers=frozenset(name.lower() for place, name in schemes if place == "header"),
        credential_cookies=frozenset(name for place, name in schemes if place == "cookie"),
        credential_queries=frozenset(name for place, name in schemes if place == "query"),
        gets_request=any(_gets_request(item) for item in everything),
        has_body=bool(route._rapide_body_params),
        max_body_size=route.max_body_size,
        is_stream=_is_stream(route),
    )


def _walk(dependant: Dependant) -> Iterator[Dependant]:
    """Yield a dependant and all its dependencies."""
    yield dependant
    for dependency in dependant.dependencies:
        yield from _walk(dependency)


def _is_scheme(dependant: Dependant) -> bool:
    return dependant.call is not None and is_security_scheme(dependant)


def _location(scheme: Any) -> tuple[str, str]:
    """Return where a scheme reads the credentials: the place and the name."""
    model = scheme.model
    place = getattr(model, "in_", None)
    if place is None:
        return "header", "authorization"
    return str(getattr(place, "value", place)), model.name


def _gets_request(dependant: Dependant) -> bool:
    """Return whether code of the application's gets the request."""
    is_ours = type(dependant.call).__module__.startswith("rapide.security.")
    given = dependant.request_param_name or dependant.http_connection_param_name
    return given is not None and not is_ours


def _keys(dependant: Dependant, kind: str) -> Iterator[str]:
    """Yield the names of the headers or cookies that the parameters of a callable read."""
    for item in getattr(dependant, kind):
        model = get_param_model(item)
        converts = bool(getattr(item.field_info, "convert_underscores", False))
        for field in [item] if model is None else get_cached_model_fields(model):
            for _, key in get_param_aliases(
                field, convert_underscores=model is not None and converts
            ):
                yield key


def _is_stream(route: Any) -> bool:
    declared = route.response_class
    if isinstance(declared, DefaultPlaceholder):
        declared = declared.value
    streams = (StreamingResponse, FileResponse)
    return (
        route._rapide_is_generator
        or lenient_issubclass(declared, streams)
        or lenient_issubclass(get_typed_return_annotation(route.endpoint), streams)
    )
