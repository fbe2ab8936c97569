"""Contract tests: requests at the boundaries of an API, and whether the answers keep its contract.

`plans.py` and `inputs.py` know what a route reads, and `validated/` the boundaries that its
validators know; `documented.py` finds those of the document, for what no plan knows.
`operations.py` makes requests of them, `verdicts.py` says what is expected of each, `sending.py`
sends it, `answers.py` compares the answer, and `session.py` runs all of it.
"""
