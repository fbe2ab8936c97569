"""What the connections of a server share."""

from __future__ import annotations

import gc
import weakref

from .stage import Stage


def test_a_server_and_its_application_are_freed_after_its_end() -> None:
    stage = Stage()
    kept = [weakref.ref(each) for each in (stage.state, stage.app)]
    stage.connection.connection_lost(None)
    del stage
    gc.collect()
    assert [each() for each in kept] == [None, None]
