"""The packages that import FastAPI themselves, and need Rapide in its place (docs/ecosystem.md)."""

#: Packages whose names do not contain FastAPI's.
OTHERS = frozenset({"gradio", "hayhooks", "nicegui", "sqlmodel.fastapi"})


def imports_fastapi(module: str) -> bool:
    """Return whether a module belongs to a package that imports FastAPI itself."""
    first = module.partition(".")[0]
    if first in OTHERS or module in OTHERS:
        return True
    return any(
        part == "fastapi" or "fastapi_" in part or "_fastapi" in part for part in module.split(".")
    )
