"""The application that the environment names, for servers that import `benchmarks.served:app`."""

import os

from benchmarks.apps import APP_VARIABLE, FRAMEWORK_VARIABLE, load_app

app = load_app(os.environ[FRAMEWORK_VARIABLE], os.environ[APP_VARIABLE])
