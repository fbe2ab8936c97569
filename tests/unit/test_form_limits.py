"""Form limits are checked strictly."""

from typing import Any

import pytest
from fastapi._form_limits import _validate_form_limits
from pydantic import ValidationError

from rapide._form_limits import validate_form_limits


def test_given_limits_are_kept_and_none_is_no_limit() -> None:
    assert validate_form_limits({"max_fields": 0, "max_part_size": 10}) == {
        "max_fields": 0,
        "max_part_size": 10,
    }
    assert validate_form_limits(None) == {}


@pytest.mark.parametrize(
    "limits",
    [{"max_field": 1}, {"max_files": -1}, {"max_files": "1"}, {"max_part_size": 1.5}, 3, {1: 2}],
)
def test_invalid_limits_fail_with_fastapis_errors(limits: Any) -> None:
    def errors(validate: Any) -> Any:
        with pytest.raises(ValidationError) as caught:
            validate(limits)
        return caught.value.errors()

    assert errors(validate_form_limits) == errors(_validate_form_limits)
