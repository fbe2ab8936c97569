"""The generic path: a request solved step by step over the dependency graph.

It serves routes that cannot be compiled, finishes requests that a compiled route cannot (its errors
are the exact ones), and is what the compiled path is compared with in the tests.
"""
