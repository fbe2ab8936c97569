"""What generated code and the generic path call while a request runs.

Everything here works on values alone: nothing knows how a route was declared.
"""
