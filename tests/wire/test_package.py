"""The tests run on the package that they are meant for: the sources, or what was installed."""

from pathlib import Path

import rapide.http11.connection as transport


def test_the_tested_package_is_the_one_that_was_asked_for(pytestconfig):
    *_, folder = map(Path, pytestconfig.getini("pythonpath"))
    assert transport.__file__ is not None
    tested = Path(transport.__file__)
    assert tested.is_relative_to(folder.resolve())
    # Where it could be compiled, it is the machine code that answers.
    assert (tested.suffix == ".py") == (not list(tested.parent.glob("connection.*.*")))
