"""The generic path: it solves a request step by step over the dependency graph.

It serves routes that cannot be compiled, and finishes requests that a compiled route cannot finish
(its errors are the exact ones). The tests compare the compiled path with it.
"""
