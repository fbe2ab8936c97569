"""Other frameworks on the same work: `make bench-peers`.

Each peer is one file here, `on_<framework>.py`, run in an environment of its own (`.venv-peers`).
It has one function per work that the framework can serve, named after it, which returns an
application with this work's routes only, and `serve(app, port)`. What is measured and what a right
answer is stands in `tasks.py`, who takes part in `table.py`.
"""
