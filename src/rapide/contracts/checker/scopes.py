"""Dependencies that live longer than what they use."""

from collections.abc import Iterator

from rapide.contracts.checker.rules import finding
from rapide.contracts.checker.subject import Subject, place_of
from rapide.contracts.findings import Finding
from rapide.signature.callables import is_async_gen_callable, is_gen_callable
from rapide.signature.models import Dependant, get_computed_scope


def outlived_scopes(subject: Subject) -> Iterator[Finding]:
    """Find dependencies that end after the response and use what has ended before it.

    A direct use is refused when the route is declared. This finds a use by way of others.
    """
    for item in subject.solved_routes:
        for chain in _outliving(item.route.dependant, ()):
            outer, inner = _name(chain[0]), _name(chain[-1])
            way = " → ".join(map(_name, chain))
            yield finding(
                "outlived-scope",
                f"{outer} ends after the response, but uses {inner} ({way}), which ends before it",
                f'write Depends({outer}, scope="function"), or leave out the scope of {inner}',
                route=item.label,
                place=place_of(chain[0].call),
                chain=tuple(f"{_name(part)} ({place_of(part.call)})" for part in chain),
            )


def _outliving(part: Dependant, above: tuple[Dependant, ...]) -> Iterator[tuple[Dependant, ...]]:
    """Yield the chains from a generator of scope `request` to one of scope `function`.

    Args:
        part: The dependency to look at.
        above: The chain that leads to it, if a generator of scope `request` is its beginning.
    """
    is_generator = is_gen_callable(part.call) or is_async_gen_callable(part.call)
    scope = get_computed_scope(part)
    if is_generator and scope == "function" and above:
        yield (*above, part)
        return
    if above or (is_generator and scope == "request"):
        above = (*above, part)
    for dependency in part.dependencies:
        yield from _outliving(dependency, above)


def _name(part: Dependant) -> str:
    return getattr(part.call, "__name__", None) or type(part.call).__name__
