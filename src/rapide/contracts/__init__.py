"""What a compiler knows about an API, for the people who build it and the people who call it.

The commands stand on this package: mistakes that no request shows (`checker`), changes between two
documents (`diff`), typed clients (`clients`) and contract tests (`boundaries`). Nothing that serves
requests imports it.
"""
