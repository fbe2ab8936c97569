"""Both frameworks, and what each makes of the same code."""

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any


class Framework:
    """The modules of one framework, as attributes."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Any:
        package = importlib.import_module(self.name)
        return getattr(package, name) if hasattr(package, name) else self.module(name)

    def module(self, name: str) -> ModuleType:
        return importlib.import_module(f"{self.name}.{name}")

    def client(self, app: Any, **options: Any) -> Any:
        return self.module("testclient").TestClient(app, **options)


FASTAPI, RAPIDE = Framework("fastapi"), Framework("rapide")


def on_both(observe: Callable[[Framework], Any]) -> tuple[Any, Any]:
    return observe(FASTAPI), observe(RAPIDE)
