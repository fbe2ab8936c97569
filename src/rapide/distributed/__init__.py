"""Applications in several processes and on several machines, over servers that exist.

Nothing here is imported unless the application imports it.
"""
