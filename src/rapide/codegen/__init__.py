"""From a plan to Python source, and from source to a function.

Rules of generated code:

1. Literals go through `repr`; long ones become constants.
2. Names that come from users get a role prefix and are made of ASCII letters, digits and `_`.
3. No text of users is pasted: not in comments either.
4. The same plan gives the same text, whatever the hash seed.
5. Lines stay under 100 columns.
"""
