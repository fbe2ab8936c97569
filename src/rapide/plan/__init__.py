"""Decide once, as plain data, what each request to a route needs."""

from rapide.plan.operations import Plan as Plan
