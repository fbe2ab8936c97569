"""Large applications of PyPI, started and swept on FastAPI and on Rapide: `make ecosystem-large`.

`definitions` lists them, `environments` installs each into a virtual environment of its own,
`sides` starts the servers, `samples` and `requests` make requests from the OpenAPI documents,
`sweep` sends them to all sides and compares, and `page` writes down what was found.
"""
