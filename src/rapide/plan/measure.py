"""The operations that note the time of each step, and the pass that adds them to a plan.

Only routes that are compiled while somebody measures have them; see `rapide.runtime.measuring`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from rapide.plan.operations import Operation, Plan, frozen_data


@frozen_data
class BeginMarks(Operation):
    """Note the time at which the function of the route begins."""

    only_notes: ClassVar[bool] = True


@frozen_data
class Mark(Operation):
    """Note the time at which the operation before it has ended."""

    only_notes: ClassVar[bool] = True


def measure(plan: Plan) -> Plan:
    """Add a mark behind each operation."""
    measured: list[Operation] = [BeginMarks()]
    for operation in plan.operations:
        measured += [operation, Mark()]
    return replace(plan, operations=tuple(measured))


def without_marks(plan: Plan) -> Plan:
    """Return the plan that was measured."""
    kept = [item for item in plan.operations if not isinstance(item, BeginMarks | Mark)]
    return replace(plan, operations=tuple(kept))
