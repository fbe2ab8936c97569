"""apache-airflow-core: a scheduler's API server, everybody its administrator."""

import os
import subprocess
import sys

os.environ["AIRFLOW_HOME"] = os.environ["SERVED"]
# The part for tasks needs older packages than the other applications have.
os.environ["AIRFLOW_API_APPS"] = "core"
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "false"
os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] = "true"
os.environ["AIRFLOW__API_AUTH__JWT_SECRET"] = (
    "a secret that is long enough for the algorithm, sixty-four bytes"
)
os.environ["AIRFLOW__CORE__FERNET_KEY"] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True)

from airflow.api_fastapi.main import app as app  # noqa: E402

DISTRIBUTION = "apache-airflow-core"
