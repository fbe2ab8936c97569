"""What `import fastapi` gives where Rapide stands in: Rapide's own modules, once."""

import importlib.util
import os
import pickle
import pkgutil
import site
from pathlib import Path

import pytest

import rapide
from tests.unit.rapide_as_fastapi.conftest import SOURCES, Run

MODULES = sorted(
    module.name.removeprefix("rapide")
    for module in pkgutil.walk_packages(rapide.__path__, "rapide.")
    if not module.name.endswith("__main__") and not module.name.startswith("rapide.cli.verify")
)


def public_modules_of_fastapi() -> list[str]:
    """The dotted names below `fastapi`, found without importing them."""
    spec = importlib.util.find_spec("fastapi")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    root = Path(spec.submodule_search_locations[0])
    names = {file.relative_to(root).with_suffix("") for file in root.rglob("*.py")}
    return sorted(
        "." + ".".join(name.parts).removesuffix(".__init__")
        for name in names
        if not name.parts[0].startswith("_") and not name.name.startswith("_")
    )


BOTH = """
import importlib, sys
for name in {names!r}:
    first = importlib.import_module({first!r} + name)
    second = importlib.import_module({second!r} + name)
    assert first is second, name
    assert sys.modules["fastapi" + name] is sys.modules["rapide" + name], name
    assert first.__name__ == first.__spec__.name == "rapide" + name, name
loaded = [module for module in sys.modules.values() if getattr(module, "__file__", None)]
assert not [module for module in loaded if "site-packages/fastapi/" in module.__file__]
"""


@pytest.mark.parametrize(("first", "second"), [("fastapi", "rapide"), ("rapide", "fastapi")])
def test_every_module_is_the_same_under_both_names(run: Run, first: str, second: str) -> None:
    code = BOTH.format(names=["", *MODULES], first=first, second=second)
    run("-m", "rapide.as_fastapi", "-c", code)


def test_every_public_module_of_fastapi_is_there(run: Run) -> None:
    names = public_modules_of_fastapi()
    assert {".routing", ".security.oauth2", ".middleware.cors"} <= set(names)
    run("-m", "rapide.as_fastapi", "-c", BOTH.format(names=names, first="fastapi", second="rapide"))


def test_no_module_runs_twice(run: Run) -> None:
    code = """
import collections
import importlib.machinery
runs = collections.Counter()
original = importlib.machinery.SourceFileLoader.exec_module
def counted(self, module):
    runs[module.__file__] += 1
    original(self, module)
importlib.machinery.SourceFileLoader.exec_module = counted
import fastapi.routing, rapide.routing, rapide.security, fastapi.security.oauth2
import rapide.testclient, fastapi.testclient
ours = {path: times for path, times in runs.items() if "rapide" in path}
assert len(ours) > 30 and set(ours.values()) == {1}, ours
"""
    run("-m", "rapide.as_fastapi", "-c", code)


def test_fastapi_need_not_be_installed(run: Run, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    for folder in map(Path, site.getsitepackages()):
        for entry in folder.iterdir() if folder.is_dir() else ():
            if not entry.name.startswith("fastapi") and entry.suffix != ".pth":
                (packages / entry.name).symlink_to(entry)
    path = os.pathsep.join([SOURCES, str(packages)])
    show = "import fastapi; print(fastapi.__version__)"
    missing = run("-S", "-c", show, PYTHONPATH=path, fails=True)
    assert "No module named 'fastapi'" in missing.stderr
    code = f"import rapide; rapide.as_fastapi(); {show}; import importlib.metadata as data; "
    found = run("-S", "-c", code + "print(data.version('fastapi'))", PYTHONPATH=path)
    assert found.stdout == "0.165.0\n0.165.0\n"


def test_errors_are_recorded_under_the_names_that_they_have_in_fastapi(run: Run) -> None:
    code = """
import pickle
import fastapi, rapide
from fastapi.exceptions import HTTPException, RequestValidationError, WebSocketException
for error in (HTTPException, RequestValidationError, WebSocketException):
    assert error.__module__ == "fastapi.exceptions", error
assert rapide.HTTPException is HTTPException
assert pickle.loads(pickle.dumps(HTTPException)) is HTTPException
print(repr(fastapi.HTTPException))
"""
    found = run("-m", "rapide.as_fastapi", "-c", code).stdout
    assert found == "<class 'fastapi.exceptions.HTTPException'>\n"


LOADED = "import sys; print(*sorted(name for name in sys.modules if name.startswith('rapide.')))"


def test_no_more_is_loaded_than_by_importing_rapide(run: Run) -> None:
    expected = run("-c", f"import rapide; {LOADED}").stdout
    assert run("-m", "rapide.as_fastapi", "-c", f"import fastapi; {LOADED}").stdout == expected
    assert "rapide.security" not in expected


def test_importing_rapide_loads_nothing_of_the_stand_in(run: Run) -> None:
    code = "import rapide, sys; print([name for name in sys.modules if 'as_fastapi' in name])"
    assert run("-c", code).stdout == "[]\n"


def test_what_is_loaded_is_listed_under_both_names(run: Run) -> None:
    code = "import fastapi, sys; assert sys.modules['fastapi.routing'] is sys.modules["
    run("-m", "rapide.as_fastapi", "-c", code + "'rapide.routing']")


def test_parts_are_imported_and_reached_in_every_way(run: Run) -> None:
    code = """
from fastapi import routing, FastAPI, security as schemes
from fastapi.routing import APIRoute
import fastapi.security.oauth2 as oauth2
import rapide.security.oauth2
import fastapi
assert routing.APIRoute is APIRoute is fastapi.routing.APIRoute is rapide.routing.APIRoute
assert oauth2 is rapide.security.oauth2 is fastapi.security.oauth2
assert schemes is rapide.security
names = {}
exec("from fastapi import *", names)
assert names["FastAPI"] is rapide.FastAPI is FastAPI
"""
    run("-m", "rapide.as_fastapi", "-c", code)


def test_a_missing_module_is_missing_under_the_name_asked_for(run: Run) -> None:
    for name in ("fastapi.nothing", "fastapi.routing.nothing"):
        error = run("-m", "rapide.as_fastapi", "-c", f"import {name}", fails=True).stderr
        assert f"No module named '{name}'" in error


def test_what_fails_while_importing_is_told_as_it_is(run: Run, tmp_path: Path) -> None:
    (tmp_path / "jinja2.py").write_text("raise ImportError('no templates here')")
    failed = run("-m", "rapide.as_fastapi", "-c", "import fastapi.templating", fails=True)
    again = "import fastapi.routing, sys; assert 'fastapi.templating' not in sys.modules"
    assert "no templates here" in failed.stderr
    run("-m", "rapide.as_fastapi", "-c", f"try: import fastapi.templating\nexcept: {again}")


def test_specs_are_found_before_and_after_the_import(run: Run) -> None:
    code = """
import sys
from importlib.util import find_spec
spec = find_spec("fastapi")
assert "rapide" not in sys.modules
assert (spec.name, spec.origin.endswith("rapide/__init__.py")) == ("fastapi", True)
assert spec.submodule_search_locations
assert find_spec("fastapi.templating").origin.endswith("rapide/templating.py")
assert "rapide.templating" not in sys.modules
assert find_spec("fastapi.nothing") is None
import fastapi.templating
assert find_spec("fastapi.templating") is fastapi.templating.__spec__
assert fastapi.templating.__spec__.name == "rapide.templating"
assert find_spec("fastapi_users_of_nobody") is None
"""
    run("-m", "rapide.as_fastapi", "-c", code.replace("/", os.sep))


def test_packages_are_walked(run: Run) -> None:
    code = """
import pkgutil, sys, fastapi
names = {module.name for module in pkgutil.walk_packages(fastapi.__path__, "fastapi.")}
assert {"fastapi.routing", "fastapi.security.oauth2"} <= names
assert sys.modules["fastapi.security"] is sys.modules["rapide.security"]
"""
    run("-m", "rapide.as_fastapi", "-c", code)


def test_fastapis_command_is_rapides(run: Run) -> None:
    own = run("-m", "rapide", "--help").stdout
    assert run("-m", "rapide.as_fastapi", "-m", "fastapi", "--help").stdout == own
    code = "from fastapi.cli import main; main()"
    assert run("-m", "rapide.as_fastapi", "-c", code, "--help").stdout == own


def test_modules_reload_in_place(run: Run) -> None:
    code = """
import importlib, sys
import fastapi.exceptions
before = fastapi.exceptions.HTTPException
assert importlib.reload(fastapi.exceptions) is sys.modules["rapide.exceptions"]
assert fastapi.exceptions is sys.modules["rapide.exceptions"]
assert fastapi.exceptions.HTTPException is not before
assert importlib.reload(fastapi) is fastapi is sys.modules["rapide"]
"""
    run("-m", "rapide.as_fastapi", "-c", code)


def test_functions_replaced_by_name_are_replaced_for_good(run: Run) -> None:
    code = """
from unittest import mock
import rapide.routing
with mock.patch("fastapi.routing.run_endpoint_function") as replaced:
    assert rapide.routing.run_endpoint_function is replaced
"""
    run("-m", "rapide.as_fastapi", "-c", code)


def test_pickles_made_by_fastapi_are_read_and_pickles_are_rapides(run: Run, tmp_path: Path) -> None:
    make = "import pickle, fastapi; e = fastapi.UploadFile; pickle.dump(e, open('p', 'wb'))"
    run("-c", make)
    read = "import pickle, rapide; assert pickle.load(open('p', 'rb')) is rapide.UploadFile"
    run("-m", "rapide.as_fastapi", "-c", read)
    run("-m", "rapide.as_fastapi", "-c", make)
    assert pickle.loads((tmp_path / "p").read_bytes()) is rapide.UploadFile


def test_pickled_errors_are_read_with_fastapi_itself_too(run: Run) -> None:
    make = "import pickle, fastapi; e = fastapi.HTTPException; pickle.dump(e, open('p', 'wb'))"
    run("-m", "rapide.as_fastapi", "-c", make)
    read = "import pickle, fastapi; assert pickle.load(open('p', 'rb')) is fastapi.HTTPException"
    run("-c", read)
    run("-m", "rapide.as_fastapi", "-c", read)


def test_sources_are_found_through_the_loader(run: Run) -> None:
    code = """
from importlib.util import find_spec
loader = find_spec("fastapi.templating").loader
file = loader.get_filename("fastapi.templating")
assert loader.get_source("fastapi.templating") == open(file).read()
assert loader.get_code("fastapi.templating").co_filename == file
assert find_spec("fastapi.security").loader.is_package("fastapi.security")
assert not loader.is_package("fastapi.templating")
"""
    run("-m", "rapide.as_fastapi", "-c", code)


def test_threads_that_import_both_names_get_one_module(run: Run) -> None:
    code = """
import importlib, threading
barrier = threading.Barrier(4)
found = []
def load(name):
    barrier.wait()
    found.append(importlib.import_module(name).APIRoute)
names = ["fastapi.routing", "rapide.routing"] * 2
threads = [threading.Thread(target=load, args=[name]) for name in names]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert len(found) == 4 and len(set(found)) == 1, found
"""
    run("-m", "rapide.as_fastapi", "-c", code)


# Package data


def test_the_version_is_the_one_of_the_interface(run: Run) -> None:
    code = """
import importlib.metadata as data
import fastapi
assert fastapi.__version__ == data.version("fastapi") == data.version("FastAPI") == "0.165.0"
found = data.distribution("fastapi")
assert (found.version, found.name, found.metadata["Name"]) == ("0.165.0", "fastapi", "fastapi")
assert "fastapi" in data.packages_distributions()["fastapi"]
assert found.files is None and list(found.entry_points) == []
assert found.locate_file("rapide/__init__.py").is_file()
"""
    run("-m", "rapide.as_fastapi", "-c", code)


def test_requirements_are_those_of_rapide(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "rapide-0.1.0.dist-info"
    data.mkdir()
    (data / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: rapide\nVersion: 0.1.0\nRequires-Python: >=3.11\n"
        "Requires-Dist: starlette>=1.6\nProvides-Extra: standard\n"
    )
    code = """
import sys
sys.path.insert(0, "")
import importlib.metadata as data
assert data.requires("fastapi") == ["starlette>=1.6"]
assert data.metadata("fastapi").get_all("Provides-Extra") == ["standard"]
assert data.metadata("fastapi")["Requires-Python"] == ">=3.11"
assert data.version("rapide") == "0.1.0"
"""
    run("-m", "rapide.as_fastapi", "-c", code)


def test_who_looks_into_one_folder_sees_what_is_installed_there(run: Run, tmp_path: Path) -> None:
    code = """
import importlib.metadata as data
assert list(data.distributions(name="fastapi", path=["."])) == []
assert "fastapi" in {found.name for found in data.distributions()}
"""
    run("-m", "rapide.as_fastapi", "-c", code)


def test_rapide_keeps_its_own_version_by_its_own_name(run: Run) -> None:
    assert run("-c", "import rapide; print(rapide.__version__)").stdout == (
        f"{rapide._own_version}\n"
    )


def test_where_rapide_is_missing_nothing_else_is_taken_for_fastapi(run: Run) -> None:
    code = """
import sys
import rapide_as_fastapi
sys.modules["rapide"] = None
rapide_as_fastapi.as_fastapi()
import fastapi
"""
    error = run("-c", code, fails=True).stderr
    assert error.endswith(
        "Rapide is to stand in for fastapi (RAPIDE_AS_FASTAPI), but cannot be found\n"
    )


def test_parts_of_compat_are_where_fastapi_has_them(run: Run) -> None:
    code = """
import fastapi._compat.shared, fastapi._compat.v2, rapide._compat.v2
assert fastapi._compat.v2 is rapide._compat.v2
names = {"v2": ["ModelField", "Undefined", "is_scalar_field"], "shared": ["lenient_issubclass"]}
for part, found in names.items():
    for name in found:
        here = getattr(fastapi._compat, name)
        assert getattr(getattr(fastapi._compat, part), name) is here, name
"""
    run("-m", "rapide.as_fastapi", "-c", code)
