"""The boundaries that a validator knows: Pydantic's core schema is read, not the document.

`walk.py` goes through a schema by the tables in `kinds.py`. Each of the other modules knows the
schemas of some types: an example of a value, and the values at its boundaries.
`rapide.schema.struct_core` writes msgspec's description of a type as such a schema.
"""
