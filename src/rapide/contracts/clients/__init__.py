"""Typed clients of an application, in Python and in TypeScript.

`reading` turns the application's document and its WebSockets into the plain data of `api`, and
`python` and `typescript` write that data down. Nothing here depends on the time, on the machine or
on hashes, so the same application always gives the same bytes.
"""
