"""The package's logger."""

import logging

# COMPAT: FastAPI 0.165 names it "fastapi", and logging configurations refer to that name.
logger = logging.getLogger("fastapi")
