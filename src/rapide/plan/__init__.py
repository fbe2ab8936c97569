"""What a request to a route needs, decided once, as plain data."""

from rapide.plan.operations import Plan as Plan
