"""Write the document of an application to a file, in a process of its own.

The process may run in a copy of a repository at another revision. Then nothing of the application
may come from the working tree, as it would if the package is installed in editable mode.
"""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path

from rapide.cli.discover import Target, find_application
from rapide.cli.failures import DiscoveryError, call_failure


def document_of(target: Target) -> object:
    """Return the document that the application answers with.

    Raises:
        DiscoveryError: The application has none, cannot make it, or makes one that is not JSON.
    """
    make = getattr(target.app, "openapi", None)
    if not callable(make):
        raise DiscoveryError(f"{target.import_string} has no method openapi() for its document")
    called = f"{target.import_string}.openapi()"
    try:
        document: object = make()
    except Exception as error:  # the application's own code
        raise call_failure(called, target.folder, error) from error
    try:
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as error:  # ValueError: NaN, half of a character, a cycle
        raise DiscoveryError(f"{called} returns a document that is not JSON: {error}") from error
    return document


def main(arguments: dict[str, str | None]) -> None:
    """Import an application and write its document, or why there is none, to the file `into`."""
    root, copy = arguments["root"], arguments["copy"]
    app_dir = arguments["app_dir"]
    if root and copy:
        _prefer_copy(Path(root), Path(copy))
    with redirect_stdout(sys.stderr):
        try:
            target = find_application(
                arguments["path"],
                app_name=arguments["app"],
                entrypoint=arguments["entrypoint"],
                factory=bool(arguments["factory"]),
                app_dir=Path(app_dir) if app_dir else None,
            )
            if root and copy:
                _check_origin(Path(root), Path(copy))
            answer = {"document": document_of(target)}
        except DiscoveryError as error:
            answer = {"error": str(error)}
    Path(str(arguments["into"])).write_text(json.dumps(answer), encoding="utf-8")


def _prefer_copy(root: Path, copy: Path) -> None:
    """Search in the copy wherever modules would be searched for in the working tree."""
    for index, entry in [*enumerate(sys.path)]:
        path = Path(entry).resolve()
        if path.is_relative_to(root) and (copy / path.relative_to(root)).is_dir():
            sys.path[index] = str(copy / path.relative_to(root))


def _check_origin(root: Path, copy: Path) -> None:
    """Raise an error if a module came from the working tree although the revision has it."""
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not file or name.partition(".")[0] in ("rapide", "__main__"):
            continue
        path = Path(file)
        if path.is_relative_to(root) and (copy / path.relative_to(root)).exists():
            raise DiscoveryError(
                f"{name} was imported from the working tree ({path}), not from the revision: name "
                "the application by its file, or say --app-dir"
            )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
