"""mlflow: an ML tracking server. FastAPI stands in front of the older part, which is Flask's."""

import os

os.environ["_MLFLOW_SERVER_FILE_STORE"] = "sqlite:///mlflow.db"
os.environ["_MLFLOW_SERVER_REGISTRY_STORE"] = "sqlite:///mlflow.db"
os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = "artifacts"
os.environ["_MLFLOW_SERVER_SERVE_ARTIFACTS"] = "true"

from mlflow.server.fastapi_app import app as app

DISTRIBUTION = "mlflow"
