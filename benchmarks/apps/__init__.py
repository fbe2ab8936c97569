"""The measured applications: each file runs unchanged on FastAPI and on Rapide.

An application file takes its framework from `benchmarks.apps.framework()`; `load_app` executes the
file once per framework, so that both can live in one process.
"""

import os
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module, util
from pathlib import Path
from types import ModuleType
from typing import Any, cast

FRAMEWORK_VARIABLE = "BENCH_FRAMEWORK"
APP_VARIABLE = "BENCH_APP"

ASGIApp = Callable[..., Awaitable[None]]


def framework() -> Any:
    """Import the framework that the environment names: `fastapi` or `rapide`."""
    return import_module(os.environ.get(FRAMEWORK_VARIABLE, "rapide"))


def load_module(framework_name: str, name: str) -> ModuleType:
    """Execute the application file `name` for one framework and return its module."""
    full_name = f"{__name__}.{name}__{framework_name}"
    if full_name in sys.modules:
        return sys.modules[full_name]
    spec = util.spec_from_file_location(full_name, Path(__file__).with_name(f"{name}.py"))
    if spec is None or spec.loader is None:
        raise ImportError(f"no application file {name!r}")
    module = util.module_from_spec(spec)
    # Annotations are resolved through sys.modules, also while the file still executes.
    sys.modules[full_name] = module
    os.environ[FRAMEWORK_VARIABLE] = framework_name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[full_name]
        raise
    return module


def load_app(framework_name: str, target: str) -> ASGIApp:
    """Build a fresh application from `"file:factory"` for one framework."""
    name, _, factory = target.partition(":")
    return cast(ASGIApp, getattr(load_module(framework_name, name), factory or "create_app")())
