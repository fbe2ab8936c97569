from __future__ import annotations

import gc
import inspect
import linecache
import traceback

import pytest

from rapide.codegen.load import load_function

SOURCE = "def fail(value):\n    # stage\n    return value / zero\n"


def test_a_traceback_shows_the_generated_line() -> None:
    fail = load_function(SOURCE, "GET /fails-here", "fail", {"zero": 0})
    with pytest.raises(ZeroDivisionError) as caught:
        fail(1)
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (frame.filename, frame.lineno) == ("<rapide GET /fails-here>", 3)
    assert frame.line == "return value / zero"
    assert inspect.getsource(fail) == SOURCE


def test_the_source_leaves_linecache_with_the_function() -> None:
    fail = load_function(SOURCE, "GET /leaves", "fail", {})
    linecache.checkcache()
    assert "<rapide GET /leaves>" in linecache.cache
    del fail
    gc.collect()
    assert "<rapide GET /leaves>" not in linecache.cache


def test_two_functions_of_one_label_keep_their_own_source() -> None:
    first = load_function(SOURCE, "GET /one-label-of-two", "fail", {})
    second = load_function(SOURCE + "# second\n", "GET /one-label-of-two", "fail", {})
    files = [function.__code__.co_filename for function in (first, second)]
    assert files == ["<rapide GET /one-label-of-two>", "<rapide GET /one-label-of-two #2>"]
    del first
    gc.collect()
    assert linecache.getline(files[1], 4) == "# second\n"
    assert linecache.getline(files[0], 1) == ""


def test_a_label_may_hold_anything() -> None:
    label = "GET /it's\n\"\\ {ü}"
    fail = load_function(SOURCE, label, "fail", {"zero": 1})
    assert fail(1) == 1
    assert fail.__code__.co_filename == f"<rapide {label}>"


def test_a_label_may_hold_what_no_file_name_can() -> None:
    assert load_function(SOURCE, "GET /nul\x00", "fail", {"zero": 1})(1) == 1
