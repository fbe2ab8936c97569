"""The functions that generated code and the generic path call during a request.

They only work on values and do not depend on how a route was declared.
"""
