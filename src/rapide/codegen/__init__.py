"""Turn a plan into Python source, and the source into a function.

Rules of generated code:

1. Literals go through `repr`; long ones become constants.
2. Names from users get a role prefix and contain only ASCII letters, digits and `_`.
3. No text from users is pasted, not even into comments.
4. The same plan always gives the same text, with any hash seed.
5. Lines stay under 100 columns.
"""
