"""The models of the document against FastAPI's."""

import inspect
import json
import subprocess
import sys

import pytest
from fastapi.openapi import models as expected
from pydantic import TypeAdapter, ValidationError

from rapide.openapi import models

NAMES = [
    name
    for name, value in vars(expected).items()
    if inspect.isclass(value) and value.__module__ == expected.__name__
]


@pytest.mark.parametrize("mode", ["validation", "serialization"])
@pytest.mark.parametrize("name", NAMES)
def test_a_model_accepts_and_sends_what_fastapis_does(name, mode):
    ours = TypeAdapter(getattr(models, name)).json_schema(mode=mode)
    theirs = TypeAdapter(getattr(expected, name)).json_schema(mode=mode)
    assert json.dumps(ours) == json.dumps(theirs)


def test_unknown_keys_are_kept():
    info = models.Info(title="T", version="1", **{"x-logo": {"url": "a"}})
    assert info.model_dump(exclude_none=True)["x-logo"] == {"url": "a"}


def test_reading_the_deprecated_example_of_a_schema_warns():
    with pytest.warns(DeprecationWarning, match="examples"):
        assert models.Schema(example=1).example == 1


def test_an_invalid_address_is_refused():
    with pytest.raises(ValidationError):
        models.Contact(email="nobody")


def test_without_email_validator_an_address_is_taken_as_it_is():
    program = """
import sys
sys.modules["email_validator"] = None
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "email_validator" else found(name, *a)
from rapide.openapi.models import Contact
print(Contact(email="nobody").email)
print(Contact.model_json_schema()["properties"]["email"]["anyOf"][0])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "nobody\n{'format': 'email', 'type': 'string'}\n"
    assert "email-validator" in done.stderr
