"""The program of one side: it serves the application on one of the frameworks, on a free port.

It runs as a file, with the standard library and uvicorn. On FastAPI's side, the only module of
Rapide that is executed is the one that finds the application. The argument is a JSON object of
`framework`, `path`, `app`, `entrypoint`, `factory`, `app_dir`, `protocol` and `ready`, the file
that it writes when it listens. It ends when its standard input ends, and so together with the
process that started it.
"""

import importlib
import importlib.util
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = Path(__file__).resolve().parents[2]
GRACE_SECONDS = 3


class _FastAPIForRapide:
    """A finder of FastAPI's modules under Rapide's names: one module object has two names."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "rapide" and not fullname.startswith("rapide."):
            return None
        name = "fastapi" + fullname.removeprefix("rapide")
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(
                f"FastAPI has no {name}, which would be {fullname}", name=name
            )
        return ModuleSpec(fullname, _AliasLoader(name))


class _AliasLoader(Loader):
    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._name)
        self._own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._own  # the import system has just overwritten it


def _on_fastapi() -> Callable[..., Any]:
    """Make `rapide` mean FastAPI, and return the function that finds the application."""
    if importlib.util.find_spec("fastapi") is None:
        sys.exit("Error: FastAPI is not installed beside Rapide: pip install fastapi")
    for name in ("rapide", "rapide.cli"):  # packages whose own code is not executed
        package = ModuleType(name)
        package.__path__ = [str(PACKAGE.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
    find = importlib.import_module("rapide.cli.discover").find_application
    for name in [name for name in sys.modules if name.partition(".")[0] == "rapide"]:
        del sys.modules[name]
    sys.meta_path.insert(0, _FastAPIForRapide())
    return find  # type: ignore[no-any-return]


def _on_rapide() -> Callable[..., Any]:
    """Make `fastapi` mean Rapide, and return the function that finds the application."""
    if importlib.util.find_spec("rapide") is None:
        sys.path.append(str(PACKAGE.parent))
    importlib.import_module("rapide").as_fastapi()
    return importlib.import_module("rapide.cli.discover").find_application  # type: ignore[no-any-return]


def _find(framework: str, request: dict[str, object]) -> object:
    find = _on_fastapi() if framework == "fastapi" else _on_rapide()
    try:
        folder = request.get("app_dir")
        return find(
            request["path"],
            app_name=request["app"],
            entrypoint=request["entrypoint"],
            factory=request.get("factory", False),
            app_dir=Path(folder) if isinstance(folder, str) else None,
        ).app
    except Exception as error:
        if type(error).__name__ != "DiscoveryError":
            raise
        sys.exit(f"Error: {error}")


def _document(app: Any) -> dict[str, object]:
    """Return the document of an application, which middleware may wrap."""
    while app is not None and not callable(getattr(app, "openapi", None)):
        app = getattr(app, "app", None)
    if app is None:
        return {"document": None}
    try:
        return {"document": json.loads(json.dumps(app.openapi()))}
    except Exception as error:
        return {"document": None, "failure": f"{type(error).__name__}: {error}"}


def _protocol(name: str) -> dict[str, Any]:
    """Return uvicorn's option for the HTTP/1.1 protocol, with the value of `rapide run`."""
    if name != "rapide":
        return {}
    limits = importlib.import_module("rapide.http11.limits").Limits()
    return {"http": importlib.import_module("rapide.server.server").make_protocol(limits, None)}


def _serve(app: Any, protocol: str, ready: Path, stop: "_Stop") -> None:
    import uvicorn

    options = _protocol(protocol)
    config = uvicorn.Config(app, access_log=False, timeout_graceful_shutdown=1, **options)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started and not self.should_exit:
                version = importlib.import_module("fastapi").__version__
                said = _document(app) | {"port": listener.getsockname()[1], "version": version}
                unfinished = ready.with_suffix(".part")
                unfinished.write_text(json.dumps(said), encoding="utf-8")
                unfinished.rename(ready)

    server = Server(config)
    stop.server = server
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(3)


class _Stop(threading.Thread):
    """A thread that ends this process when standard input ends, by force if necessary."""

    server: Any = None

    def __init__(self) -> None:
        super().__init__(daemon=True)
        # The application gets an empty standard input, so it cannot read ours.
        self._input = os.dup(0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)

    def run(self) -> None:
        while os.read(self._input, 4096):
            pass
        if self.server is not None:
            self.server.should_exit = True
            time.sleep(GRACE_SECONDS)
        os._exit(0)


def main() -> None:
    """Serve the application of the argument until standard input ends."""
    stop = _Stop()
    stop.start()
    request = json.loads(sys.argv[1])
    sys.argv[1:] = []
    app = _find(request["framework"], request)
    _serve(app, request["protocol"], Path(request["ready"]), stop)


if __name__ == "__main__":
    main()
