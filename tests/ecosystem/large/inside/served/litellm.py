"""litellm: a proxy for language models, without a database and without models that answer."""

import os
from pathlib import Path

CONFIGURATION = """\
model_list:
  - model_name: sample
    litellm_params:
      model: openai/sample
      api_key: none
      api_base: http://127.0.0.1:9
      mock_response: An answer.
general_settings:
  master_key: sk-1234
"""
(Path(os.environ["SERVED"]) / "config.yaml").write_text(CONFIGURATION, encoding="utf-8")
os.environ["CONFIG_FILE_PATH"] = str(Path(os.environ["SERVED"]) / "config.yaml")
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_TELEMETRY"] = "False"

from litellm.proxy.proxy_server import app as app  # noqa: E402

DISTRIBUTION = "litellm"
HEADERS = {"authorization": "Bearer sk-1234"}
VALUES = {"model": "sample"}
