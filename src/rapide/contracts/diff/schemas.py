"""Changes between two schemas."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapide.contracts.diff.alternatives import Alternative, alternatives, annotation, same
from rapide.contracts.diff.reading import Document, Json, mapping, sequence
from rapide.contracts.diff.rules import RULES, Direction
from rapide.contracts.diff.values import value_changes


@dataclass(frozen=True, slots=True)
class Found:
    """A change in a schema: the rule, where it is below the schema, and what changed."""

    rule: str
    below: str
    detail: str

    def under(self, place: str) -> "Found":
        """Return the change as one below a property or an item."""
        return Found(self.rule, place + self.below, self.detail)


def narrows(rule: str) -> bool:
    """Return whether fewer values may be allowed after a change."""
    return RULES[rule].request != "safe"


def widens(rule: str) -> bool:
    """Return whether more values may be allowed after a change."""
    return RULES[rule].response != "safe"


class SchemaComparison:
    """The comparison of two schemas, in one direction.

    Args:
        old: The document of the old schema.
        new: The document of the new one.
        direction: Properties that are only read have no meaning in requests, those that are only
            written have none in responses.
    """

    def __init__(self, old: Document, new: Document, direction: Direction) -> None:
        self.old = old
        self.new = new
        self.hidden = "readOnly" if direction == "request" else "writeOnly"
        self.known: dict[tuple[str, str], tuple[Found, ...]] = {}
        self.open: set[tuple[str, str]] = set()

    def compare(self, old: object, new: object) -> tuple[Found, ...]:
        """Return the changes from one schema to the other."""
        key = json.dumps(old, sort_keys=True), json.dumps(new, sort_keys=True)
        if key not in self.known:
            # A schema that contains itself differs where its other parts differ.
            self.known[key] = ()
            self.known[key] = (*dict.fromkeys(self._changes(old, new)),)
        return self.known[key]

    def _changes(self, old: object, new: object) -> Iterator[Found]:
        before = annotation(self.old, old, "default")
        after = annotation(self.new, new, "default")
        if not same(before, after):
            yield Found("default-changed", "", f"{before!r} → {after!r}")
        yield from self._discriminators(old, new)
        yield from self._unions(alternatives(self.old, old), alternatives(self.new, new))

    def _discriminators(self, old: object, new: object) -> Iterator[Found]:
        before = mapping(annotation(self.old, old, "discriminator"))
        after = mapping(annotation(self.new, new, "discriminator"))
        first, second = before.get("propertyName"), after.get("propertyName")
        if first is None or second is None:
            if first != second:
                is_new = first is None
                rule = "discriminator-added" if is_new else "discriminator-removed"
                yield Found(rule, "", f"{second if is_new else first}")
            return
        if first != second:
            yield Found("discriminator-changed", "", f"{first} → {second}")
        old_values, new_values = mapping(before.get("mapping")), mapping(after.get("mapping"))
        for value in old_values.keys() - new_values.keys():
            yield Found("discriminator-value-removed", "", value)
        for value in new_values.keys() - old_values.keys():
            yield Found("discriminator-value-added", "", value)
        for value in old_values.keys() & new_values.keys():
            moved = {"$ref": old_values[value]}, {"$ref": new_values[value]}
            if moved[0] != moved[1] and self.compare(*moved):
                detail = f"{value}: {old_values[value]} → {new_values[value]}"
                yield Found("discriminator-value-moved", "", detail)

    def _unions(self, old: Sequence[Alternative], new: Sequence[Alternative]) -> Iterator[Found]:
        """Compare alternatives: those that belong together, then those that are left."""
        rest, added = list(old), list(new)
        for first, second in self._pairs(rest, added):
            yield from self._pair(first, second)
        gone = [one for one in rest if not any(self._is_within(one, other) for other in new)]
        came = [one for one in added if not any(self._adds_nothing(other, one) for other in old)]
        values = (
            [one for one in gone if one.type != "null"],
            [one for one in came if one.type != "null"],
        )
        if len(values[0]) == len(values[1]) == 1 and values[0][0].type != values[1][0].type:
            yield Found("type-changed", "", _types(values[0][0], values[1][0]))
            gone = [one for one in gone if one not in values[0]]
            came = [one for one in came if one not in values[1]]
        types = {one.type for one in old}, {one.type for one in new}
        for one in gone:
            yield _left_over(one, "null-forbidden", "type-narrowed", "removed", types[1])
        for one in came:
            yield _left_over(one, "null-allowed", "type-widened", "added", types[0])

    def _pairs(
        self, old: list[Alternative], new: list[Alternative]
    ) -> Iterator[tuple[Alternative, Alternative]]:
        """Take alternatives that belong together out of both lists."""
        for first in list(old):
            for second in list(new):
                if first.name and (first.name, first.type) == (second.name, second.type):
                    yield _taken(first, second, old, new)
                    break
        is_single = all(sum(one.type != "null" for one in side) == 1 for side in (old, new))
        for first in list(old):
            fitting = [one for one in new if one.type == first.type]
            ranked = sorted(fitting, key=lambda one: len(self._pair(first, one)))
            for second in ranked[:1]:
                may_differ = is_single or not (first.name and second.name)
                if may_differ or not self._pair(first, second):
                    yield _taken(first, second, old, new)

    def _is_within(self, old: Alternative, new: Alternative) -> bool:
        if new.type not in ("", old.type) and (old.type, new.type) != ("integer", "number"):
            return False
        return not any(narrows(found.rule) for found in self._pair(old, new))

    def _adds_nothing(self, old: Alternative, new: Alternative) -> bool:
        if old.type not in ("", new.type) and (old.type, new.type) != ("number", "integer"):
            return False
        return not any(widens(found.rule) for found in self._pair(old, new))

    def _pair(self, old: Alternative, new: Alternative) -> tuple[Found, ...]:
        """Compare two alternatives of one type; those of named schemas only once on each way."""
        names = old.name, new.name
        if all(names) and names in self.open:
            return ()
        was_open = set(self.open)
        self.open.add(names)
        try:
            return (*self._differences(old, new),)
        finally:
            self.open = was_open

    def _differences(self, old: Alternative, new: Alternative) -> Iterator[Found]:
        for rule, detail in value_changes(old, new):
            yield Found(rule, "", detail)
        before, after = old.keywords, new.keywords
        if "object" in (old.type, new.type) or "properties" in {**before, **after}:
            yield from self._properties(before, after)
            yield from self._additional(before, after)
        yield from self._items(before, after)
        # JSON in a string, as the data of an event.
        for found in self.compare(*(side.get("contentSchema", True) for side in (before, after))):
            yield found.under(" content")

    def _items(self, old: Json, new: Json) -> Iterator[Found]:
        first, second = sequence(old.get("prefixItems")), sequence(new.get("prefixItems"))
        others = old.get("items", True), new.get("items", True)
        # Where one of the lists has ended, the other one's length is what differs.
        ends = _end(old, first), _end(new, second)
        for index in range(min(max(len(first), len(second)), *ends)):
            pair = (
                first[index] if index < len(first) else others[0],
                second[index] if index < len(second) else others[1],
            )
            for found in self.compare(*pair):
                yield found.under(f"[{index}]")
        if max(len(first), len(second)) < min(ends):
            for found in self.compare(*others):
                yield found.under("[]")

    def _additional(self, old: Json, new: Json) -> Iterator[Found]:
        before, after = (side.get("additionalProperties", True) for side in (old, new))
        if (before is False) != (after is False):
            forbids = after is False
            name = "additional-properties-forbidden" if forbids else "additional-properties-allowed"
            yield Found(name, "", "")
            return
        for found in self.compare(before, after):
            yield found.under(".*")

    def _properties(self, old: Json, new: Json) -> Iterator[Found]:
        before, after = (
            {
                name: schema
                for name, schema in mapping(side.get("properties")).items()
                if annotation(document, schema, self.hidden) is not True
            }
            for document, side in ((self.old, old), (self.new, new))
        )
        needed, needs = set(sequence(old.get("required"))), set(sequence(new.get("required")))
        closed = old.get("additionalProperties") is False, new.get("additionalProperties") is False
        for name, schema in before.items():
            if name not in after:
                is_request = self.hidden == "readOnly"
                yield _removed_property(name, name in needed, closed[1] and is_request)
                continue
            yield from self._deprecation(name, schema, after[name])
            found = self.compare(schema, after[name])
            if (name in needed) != (name in needs):
                is_needed = name in needs
                rule = "property-became-required" if is_needed else "property-became-optional"
                yield Found(rule, f".{name}", "")
                # A default comes and goes with being optional.
                found = tuple(one for one in found if one.rule != "default-changed" or one.below)
            for one in found:
                yield one.under(f".{name}")
        named = mapping(old.get("properties")).keys() | mapping(new.get("properties")).keys()
        for name in sorted(str(one) for one in (needed ^ needs) - named):
            is_needed = name in needs
            rule = "property-became-required" if is_needed else "property-became-optional"
            yield Found(rule, f".{name}", "")
        for name in after.keys() - before.keys():
            if closed[0] and self.hidden == "writeOnly":
                rule = "property-added-to-closed-object"
            else:
                rule = "required-property-added" if name in needs else "optional-property-added"
            yield Found(rule, f".{name}", "")

    def _deprecation(self, name: str, old: object, new: object) -> Iterator[Found]:
        sides = annotation(self.old, old, "deprecated"), annotation(self.new, new, "deprecated")
        was, now = (one is True for one in sides)
        if was != now:
            yield Found("property-deprecated", f".{name}", "" if now else "no longer")


def _end(schema: Json, first: Sequence[object]) -> int:
    """Return the length of the longest list of a schema that has a schema for each place."""
    longest = schema.get("maxItems")
    return longest if first and isinstance(longest, int) else sys.maxsize


def _types(old: Alternative, new: Alternative) -> str:
    """Return what two alternatives are; a schema may keep its name."""
    first, second = str(old), str(new)
    if first == second:
        first, second = old.type or "any value", new.type or "any value"
    return f"{first} → {second}"


def _removed_property(name: str, was_needed: bool, is_closed: bool) -> Found:
    if is_closed:
        return Found("property-removed-from-closed-object", f".{name}", "")
    return Found(f"{'required' if was_needed else 'optional'}-property-removed", f".{name}", "")


def _left_over(one: Alternative, null: str, typed: str, verb: str, types: set[str]) -> Found:
    if one.type == "null":
        return Found(null, "", "")
    if one.type not in types:
        return Found(typed, "", f"{one} {verb}")
    return Found(f"alternative-{verb}", "", str(one))


def _taken(
    first: Alternative, second: Alternative, old: list[Alternative], new: list[Alternative]
) -> tuple[Alternative, Alternative]:
    old.remove(first)
    new.remove(second)
    return first, second
