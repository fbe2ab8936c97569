"""Changes of the credentials that an operation needs."""

from collections.abc import Iterator

from rapide.contracts.diff.alternatives import same
from rapide.contracts.diff.reading import Document, Json, mapping, sequence
from rapide.contracts.diff.values import Found

#: The ways to call an operation: for each, the scopes of each scheme.
Ways = list[dict[str, set[str]]]


def security_changes(old: Document, new: Document, before: Json, after: Json) -> Iterator[Found]:
    """Find changes of the ways to call an operation, and of the schemes that they name."""
    renamed = _renamed(old, new)
    ways, new_ways = _ways(old, before), _ways(new, after)
    new_ways = [{renamed.get(name, name): way[name] for name in way} for way in new_ways]
    if {} in new_ways and {} not in ways:
        yield "security-removed", ""
        return
    for way in ways:
        yield from _still_open(way, new_ways)
    for way in new_ways:
        alike = (one.keys() <= way.keys() or one.keys() >= way.keys() for one in ways)
        if way and not any(alike):
            yield "security-alternative-added", _shown(way)
        if way and way.keys() not in [one.keys() for one in ways]:
            more = [one for one in ways if one.keys() > way.keys()]
            if more:
                dropped = ", ".join(sorted(more[0].keys() - way.keys()))
                yield "security-requirement-removed", dropped
    named = {name for way in ways for name in way} & {name for way in new_ways for name in way}
    originals = {name: given for given, name in renamed.items()}
    for name in sorted(named):
        pair = _schemes(old).get(name), _schemes(new).get(originals.get(name, name))
        yield from _scheme(name, old.resolved(pair[0]), new.resolved(pair[1]))


def _still_open(way: dict[str, set[str]], new_ways: Ways) -> Iterator[Found]:
    """Say why a client that called the operation in one way cannot do so any more."""
    fitting = [one for one in new_ways if one.keys() <= way.keys()]
    if not fitting:
        rule = "security-scheme-removed" if way else "security-added"
        yield rule, _shown(way) or "; ".join(map(_shown, new_ways))
        return
    if any(all(one[name] <= way[name] for name in one) for one in fitting):
        fewer = [one for one in fitting if one.keys() == way.keys()]
        for name, scopes in way.items():
            lost = [scopes - one[name] for one in fewer]
            if lost and all(lost) and way not in new_ways:
                yield "security-scope-removed", f"{name}: {', '.join(sorted(lost[0]))}"
        return
    for name in fitting[0]:
        if missing := fitting[0][name] - way[name]:
            yield "security-scope-added", f"{name}: {', '.join(sorted(missing))}"


def _ways(document: Document, operation: Json) -> Ways:
    stated = operation.get("security", document.content.get("security"))
    ways = [
        {name: {str(scope) for scope in sequence(scopes)} for name, scopes in mapping(way).items()}
        for way in sequence(stated)
    ]
    return ways or [{}]


def _schemes(document: Document) -> Json:
    return mapping(mapping(document.content.get("components")).get("securitySchemes"))


def _renamed(old: Document, new: Document) -> dict[str, str]:
    """Return the old names of schemes that have only another name."""
    before, after = _schemes(old), _schemes(new)
    return {
        name: given
        for name in after.keys() - before.keys()
        for given in before.keys() - after.keys()
        if same(before[given], after[name])
    }


def _scheme(name: str, old: Json, new: Json) -> Iterator[Found]:
    for key in ("type", "in", "name", "scheme"):
        first, second = (str(side.get(key, "")) for side in (old, new))
        is_header = key != "name" or old.get("in") == "header"
        if (first.lower() != second.lower()) if is_header else first != second:
            yield "security-scheme-changed", f"{name}: {key} {first} → {second}"
    if old.get("openIdConnectUrl") != new.get("openIdConnectUrl"):
        yield "security-address-changed", f"{name}: openIdConnectUrl"
    flows, new_flows = mapping(old.get("flows")), mapping(new.get("flows"))
    for flow in flows.keys() | new_flows.keys():
        if flow not in new_flows or flow not in flows:
            is_new = flow in new_flows
            yield "security-flow-added" if is_new else "security-flow-removed", f"{name}: {flow}"
            continue
        for address in ("tokenUrl", "authorizationUrl", "refreshUrl"):
            if mapping(flows[flow]).get(address) != mapping(new_flows[flow]).get(address):
                yield "security-address-changed", f"{name}: {address}"


def _shown(way: dict[str, set[str]]) -> str:
    return " and ".join(sorted(way))
