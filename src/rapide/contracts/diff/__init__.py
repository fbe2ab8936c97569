"""Changes between two OpenAPI documents, and which of them break clients.

`documents.py` compares paths and operations, `schemas.py` compares what values are allowed, and the
table in `rules.py` says of each kind of change whether it breaks.
"""
