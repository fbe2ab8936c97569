"""Decide which responses may have a body."""

from __future__ import annotations


def allows_body(status: int) -> bool:
    """Return whether a response with this status may have a body.

    SPEC: RFC 9110, sections 15.2, 15.3.5, 15.3.6 and 15.4.5.
    """
    return status >= 200 and status not in (204, 205, 304)
