"""chromadb: a vector database behind an HTTP API."""

import os

os.environ["ANONYMIZED_TELEMETRY"] = "False"

from chromadb.config import Settings
from chromadb.server.fastapi import FastAPI

DISTRIBUTION = "chromadb"
settings = Settings(is_persistent=True, persist_directory="chroma", allow_reset=True)
app = FastAPI(settings).app()
EXCLUDED = ["POST */reset"]
