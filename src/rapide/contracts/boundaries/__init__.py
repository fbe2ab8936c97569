"""Contract tests: requests at the boundaries that an API declares, and whether the answers keep it.

`values.py` knows the boundaries of a value, `operations.py` makes requests of them, `sending.py`
sends one, `answers.py` compares the answer with the document, and `session.py` runs all of it.
"""
