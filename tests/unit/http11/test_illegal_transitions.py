"""A change of a state that no table allows raises, as long as the transport is Python."""

import pytest

from rapide.http11 import states as s
from rapide.http11.contract import Exchange
from tests.watched_states import IllegalTransition, Watch

from .stage import Stage, request


def test_a_change_that_no_table_has_raises(watch: Watch) -> None:
    stage = Stage()
    stage.receive(request("/wait"))
    with pytest.raises(IllegalTransition, match=r"expected.*complete"):
        stage.current._complete_response()
    stage.connection.connection_lost(None)
    with pytest.raises(IllegalTransition, match=r"closed.*open"):
        stage.connection.state = s.OPEN
    assert len(watch.illegal) == 2
    watch.illegal.clear()


def test_a_method_that_a_table_does_not_name_changes_no_state(watch: Watch) -> None:
    stage = Stage()
    stage.receive(request("/wait"))
    exchange: Exchange = stage.current
    with pytest.raises(IllegalTransition):
        exchange.request_state = s.TAKEN
    watch.illegal.clear()
