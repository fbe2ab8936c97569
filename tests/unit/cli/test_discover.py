"""How an application is found, and what is said when it is not."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from rapide.cli.discover import DEFAULT_FILES, find_application
from rapide.cli.failures import DiscoveryError

EMPTY = "from starlette.applications import Starlette\n"


def found(*where: str, **options: Any) -> str:
    return find_application(*where, **options).import_string


def failure(*where: str, **options: Any) -> str:
    with pytest.raises(DiscoveryError) as caught:
        find_application(*where, **options)
    return str(caught.value)


@pytest.mark.parametrize("name", DEFAULT_FILES)
def test_without_a_path_the_usual_files_are_tried(write: Any, name: str) -> None:
    write(name)
    assert found() == f"{Path(name).stem}:app"


def test_the_usual_files_are_tried_in_order(write: Any) -> None:
    write("app.py")
    write("main.py")
    assert found() == "main:app"


def test_folders_with_an_init_are_part_of_the_module_name(write: Any, project: Path) -> None:
    write("src/shop/__init__.py", "")
    write("src/shop/web/__init__.py", "")
    write("src/shop/web/main.py")
    target = find_application("src/shop/web/main.py")
    assert target.import_string == "shop.web.main:app"
    assert target.folder == project / "src"


@pytest.mark.parametrize("where", ["shop", "shop/", "shop/__init__.py"])
def test_a_package_is_its_init_file(write: Any, where: str) -> None:
    write("shop/__init__.py")
    assert found(where) == "shop:app"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("shop.main:other", "shop.main:other"),
        ("shop/main.py:other", "main:other"),
        ("shop.main:group.first", "shop.main:group.first"),
    ],
)
def test_an_object_can_be_named_with_a_colon(write: Any, where: str, expected: str) -> None:
    text = EMPTY + "app = Starlette()\nother = Starlette()\nclass group:\n    first = Starlette()\n"
    write("shop/main.py", text)
    assert found(where) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["zoo", "api", "app"], "app"),
        (["zoo", "api"], "api"),
        (["zoo", "beach"], "beach"),
    ],
)
def test_app_then_api_then_the_alphabet_choose_the_object(
    write: Any, names: list[str], expected: str
) -> None:
    write("main.py", EMPTY + "".join(f"{name} = Starlette()\n" for name in names))
    assert found("main.py") == f"main:{expected}"


def test_an_object_called_app_that_is_no_application_is_passed_over(write: Any) -> None:
    write("main.py", EMPTY + "app = {}\nservice = Starlette()\n")
    assert found("main.py") == "main:service"


def test_a_named_object_may_be_any_asgi_callable(write: Any) -> None:
    write("main.py", "async def plain(scope, receive, send): ...\n")
    assert found("main.py", app_name="plain") == "main:plain"


@pytest.mark.parametrize("table", ["rapide", "fastapi"])
def test_pyproject_can_name_the_entrypoint(write: Any, table: str) -> None:
    """The table of FastAPI is read, too."""
    write("pyproject.toml", f'[tool.{table}]\nentrypoint = "shop.web:service"\n')
    write("main.py")
    write("shop/web.py", EMPTY + "service = Starlette()\n")
    assert found() == "shop.web:service"


def test_rapides_own_table_wins_over_fastapis(write: Any) -> None:
    tables = '[tool.fastapi]\nentrypoint = "main:one"\n[tool.rapide]\nentrypoint = "main:two"\n'
    write("pyproject.toml", tables)
    write("main.py", EMPTY + "one = Starlette()\ntwo = Starlette()\n")
    assert found() == "main:two"


@pytest.mark.parametrize("options", [{"where": "main.py"}, {"app_name": "app"}])
def test_arguments_win_over_pyproject(write: Any, options: dict[str, str]) -> None:
    write("pyproject.toml", '[tool.rapide]\nentrypoint = "elsewhere:app"\n')
    write("main.py")
    assert found(**options) == "main:app"


def test_the_entrypoint_option_wins_over_pyproject(write: Any) -> None:
    write("pyproject.toml", '[tool.rapide]\nentrypoint = "elsewhere:app"\n')
    write("main.py")
    assert found(entrypoint="main:app") == "main:app"


@pytest.mark.parametrize("options", [{"where": "main.py"}, {"app_name": "app"}])
def test_an_entrypoint_beside_a_path_or_app_is_refused(
    project: Path, options: dict[str, str]
) -> None:
    message = failure(entrypoint="main:app", **options)
    assert message == "--entrypoint already names the application: leave out path and --app"


def test_an_import_string_beside_app_is_refused(project: Path) -> None:
    message = failure("main:app", app_name="api")
    assert message == "main:app already names the application: leave out --app api"


def test_no_usual_file_is_said_with_what_was_tried(project: Path) -> None:
    message = failure()
    assert message.startswith(
        "Could not find a default file to run, please provide an explicit path: none of main.py, "
    )


def test_a_missing_file_is_said_with_a_close_name(write: Any) -> None:
    write("shop/main.py")
    assert failure("shop/mian.py") == "Path does not exist shop/mian.py; did you mean shop/main.py?"


def test_a_dotted_module_is_told_how_to_be_written(project: Path) -> None:
    assert (
        failure("shop.main") == "Path does not exist shop.main; for a module, write shop.main:app"
    )


def test_a_file_that_is_not_python_is_refused(write: Any) -> None:
    write("notes.txt", "")
    message = failure("notes.txt")
    assert message == "notes.txt is not a Python file: its name does not end in .py"


def test_a_file_name_with_a_dot_is_refused(write: Any) -> None:
    write("main.v2.py")
    message = failure("main.v2.py")
    assert message == "main.v2.py cannot be imported: its name has a dot before .py"


def test_a_folder_without_init_is_refused_with_the_likely_file(write: Any) -> None:
    write("shop/main.py")
    message = failure("shop")
    assert message == (
        "the folder shop is not a package: it has no __init__.py; did you mean shop/main.py?"
    )


@pytest.mark.parametrize("text", ["main", "main:", ":app", "main:app:app", "main.py app"])
def test_a_malformed_entrypoint_is_refused(project: Path, text: str) -> None:
    message = failure(entrypoint=text)
    assert message == (
        "Import string must be in the format module.submodule:app_name, as shop.main:app is "
        f"and {text!r} is not"
    )


def test_a_missing_module_is_said_with_the_folder(write: Any, project: Path) -> None:
    write("shop/__init__.py", "")
    assert failure("shop.mian:app") == f"there is no module shop.mian in {project}"
    assert failure("nowhere.at_all:app") == f"there is no module nowhere in {project}"


@pytest.mark.parametrize(
    ("text", "line", "error"),
    [
        ("import sys\n\nvalue = 1 / 0\n", 3, "ZeroDivisionError: division by zero"),
        ("def broken(:\n", 1, "SyntaxError: invalid syntax"),
        ("import not_there\n", 1, "ModuleNotFoundError: No module named 'not_there'"),
        ("import sys\nsys.exit('stop')\n", 2, "SystemExit: stop"),
        ("import json\njson.loads('{')\n", 2, "json.decoder.JSONDecodeError"),
    ],
)
def test_an_error_of_the_module_is_shown_with_its_line(
    write: Any, text: str, line: int, error: str
) -> None:
    write("main.py", text)
    message = failure("main.py")
    assert message.startswith(f"importing main failed at main.py:{line}: {error}")
    assert message.endswith(f"\n    {text.splitlines()[line - 1]}")


def test_an_error_of_an_imported_module_is_shown_where_it_is(write: Any) -> None:
    write("shop/__init__.py", "")
    write("shop/models.py", "\nclass Book(Missing): ...\n")
    write("shop/main.py", "from shop import models\n")
    message = failure("shop/main.py")
    assert message.startswith("importing shop.main failed at shop/models.py:2: NameError:")


def test_the_notes_of_an_error_follow_the_error(write: Any) -> None:
    write(
        "main.py",
        "from rapide import Depends, FastAPI\napp = FastAPI()\n"
        "@app.get('/items')\ndef items(db: dict = Depends()): ...\n",
    )
    message = failure("main.py")
    assert message.splitlines() == [
        "importing main failed at main.py:3: ValueError: no signature found for builtin type "
        "<class 'dict'>",
        "    @app.get('/items')",
        "    while reading the signature of dict",
        f"    while reading the signature of items ({Path.cwd() / 'main.py'}:3)",
    ]


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ("ValueError('first\\nsecond')", "ValueError: first\nsecond"),
        (
            "type('Odd', (Exception,), {'__module__': 'odd', '__str__': lambda self: 1})()",
            "odd.Odd",
        ),
        ("ExceptionGroup('both', [ValueError(1), KeyError(2)])", "ExceptionGroup: both"),
    ],
)
def test_an_error_is_told_whatever_its_notes_are(write: Any, raised: str, told: str) -> None:
    write("main.py", f"error = {raised}\nerror.__notes__ = [3, 'a\\nb']\nraise error\n")
    message = failure("main.py")
    assert told in message.partition("\n    raise error")[0]
    assert message.endswith("\n    raise error\n    3\n    a\n    b")


def test_a_file_that_python_cannot_read_is_said_without_a_line(write: Any) -> None:
    write("main.py").write_bytes(b"x = 1\0\n")
    assert failure("main.py").startswith("importing main failed")
    assert "null bytes" in failure("main.py")


def test_the_stand_in_is_named_where_fastapi_is_not_installed(
    write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    write("main.py", "import fastapi\n")
    message = failure("main.py")
    assert message.startswith("importing main failed at main.py:1: ModuleNotFoundError: ")
    assert message.endswith(
        " (with --as-fastapi, `import fastapi` gives Rapide)\n    import fastapi"
    )


def test_a_relative_import_without_a_package_is_explained(write: Any) -> None:
    write("shop/main.py", "from . import models\n")
    assert "(every folder of a package needs an __init__.py)" in failure("shop/main.py")


def test_a_module_hidden_by_another_is_named(write: Any) -> None:
    write("json.py")
    message = failure("json.py")
    assert re.fullmatch(
        r"json.py is hidden by another module named json \(.*\): rename it", message
    )


def test_a_module_without_application_is_said_with_what_it_has(write: Any) -> None:
    text = "from pathlib import Path\nlimit = 3\ndef create_app(): ...\nclass Settings: ...\n"
    write("main.py", text)
    message = failure("main.py")
    assert message == (
        "Could not find FastAPI app in module, try using --app: main has only limit (int), "
        "create_app (function), Settings (type); "
        "if create_app makes the application, add --factory"
    )


def no_application(message: str) -> str:
    """Give a whole message of the name that it begins with."""
    name = message.split(" ")[0].rstrip(",")
    return f"The app name {name} in main doesn't seem to be a FastAPI app{message[len(name) :]}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "from rapide import FastAPI\napp = FastAPI\n",
            "app but is a class; if it makes the application, write app = FastAPI()",
        ),
        (
            "def app(): ...\n",
            "app but is a function; if it makes the application, add --factory",
        ),
        (
            "api = {}\n",
            "api, nor an ASGI application: it is of type dict",
        ),
        (
            "class Wrapper:\n    async def __call__(self, scope, receive, send): ...\n"
            "app = Wrapper()\n",
            "app but is of type Wrapper; if it is what to serve, say --app app",
        ),
    ],
)
def test_something_else_under_the_usual_name_is_said(write: Any, text: str, message: str) -> None:
    write("main.py", text)
    assert failure("main.py") == no_application(message)


def test_an_empty_module_is_said_to_define_no_names(write: Any) -> None:
    write("main.py", "")
    assert failure("main.py") == (
        "Could not find FastAPI app in module, try using --app: main defines no names"
    )


def test_a_class_in_place_of_its_application_is_said(write: Any) -> None:
    write("main.py", 'from rapide import FastAPI\napp = FastAPI\n\n@app.get("/")\ndef a(): ...\n')
    assert "(FastAPI is a class: write app = FastAPI())" in failure("main.py")


def test_a_wrong_name_of_the_settings_is_said_with_their_file(write: Any) -> None:
    write("pyproject.toml", '[tool.rapide]\nentrypoint = "main:nope"\n')
    write("main.py")
    assert failure() == (
        "Could not find app name nope in main ([tool.rapide] entrypoint in pyproject.toml)"
    )


def test_a_wrong_name_is_said_with_close_ones(write: Any) -> None:
    write("main.py", EMPTY + "service = Starlette()\n")
    assert failure("main.py", app_name="servise") == (
        "Could not find app name servise in main; did you mean service?"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "thing = {}",
            "thing, nor an ASGI application: it is of type dict",
        ),
        (
            "def thing(): ...",
            "thing but is a function; if it makes the application, add --factory",
        ),
        (
            "class thing: ...",
            "thing but is a class; if it makes the application, write app = thing()",
        ),
    ],
)
def test_an_object_that_is_no_application_is_refused(write: Any, text: str, message: str) -> None:
    write("main.py", text)
    assert failure("main.py", app_name="thing") == no_application(message)


def test_an_invalid_pyproject_is_said_with_the_parsers_words(write: Any) -> None:
    write("pyproject.toml", "[tool.rapide\n")
    assert failure().startswith("pyproject.toml is not valid TOML: ")


def test_an_entrypoint_that_is_no_string_is_refused(write: Any) -> None:
    write("pyproject.toml", "[tool.rapide]\nentrypoint = 3\n")
    message = failure()
    assert message == "pyproject.toml: [tool.rapide] entrypoint has to be a string, not int"


FACTORIES = """\
from rapide import FastAPI


def create_app():
    app = FastAPI(title="made")
    made.append(app)
    return app


def needs(settings, *, debug): ...
def forgets(): FastAPI()
def gives_three(): return 3
def fails(): raise TypeError("no database")
async def create_later(): return FastAPI()
def create_later_too(): return create_later()
async def either(*arguments): ...


class Wrapped:
    async def __call__(self, scope, receive, send): ...


class Awaited:
    def __init__(self, scope, receive, send): ...
    def __await__(self): ...


made = []
app = create_app()
wrapped = Wrapped()
"""


@pytest.mark.parametrize("given", ["main:create_app", "main.py:create_app", "entrypoint"])
def test_a_factory_that_is_named_with_its_module_is_called_once(write: Any, given: str) -> None:
    write("main.py", FACTORIES)
    if given == "entrypoint":
        found = find_application(entrypoint="main:create_app")
    else:
        found = find_application(given)
    assert found.is_factory
    assert found.app is sys.modules["main"].made[1]
    assert len(sys.modules["main"].made) == 2
    assert found.import_string == "main:create_app"


@pytest.mark.parametrize("name", ["app", "wrapped", "either", "Awaited"])
def test_an_application_is_not_called(write: Any, name: str) -> None:
    write("main.py", FACTORIES)
    found = find_application(f"main:{name}")
    assert (found.app, found.is_factory) == (vars(sys.modules["main"])[name], False)


def test_a_class_without_arguments_is_a_factory(write: Any) -> None:
    write("main.py", FACTORIES)
    assert type(find_application("main:Wrapped").app).__name__ == "Wrapped"


def test_a_factory_of_a_file_is_called_if_that_is_asked_for(write: Any) -> None:
    write("main.py", FACTORIES)
    assert find_application("main.py", app_name="create_app", factory=True).is_factory
    with pytest.raises(DiscoveryError, match=r"but is a function; .*, add --factory"):
        find_application("main.py", app_name="create_app")
    assert find_application("main.py", factory=True).name == "create_app"
    write("other.py", "def build_app(): ...\ndef run_app(): ...\n")
    with pytest.raises(DiscoveryError, match="Could not find a factory in other, try using --app"):
        find_application("other.py", factory=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("app", "--factory: app in main is not a function, but of type FastAPI"),
        (
            "needs",
            "needs in main cannot be called without arguments, as a factory is: "
            "needs(settings, *, debug)",
        ),
        ("forgets", "forgets in main returned None: a factory has to return the application"),
        ("gives_three", "gives_three in main returned an object of type int, not an application"),
        (
            "create_later",
            "create_later in main is async: a factory is called before the server starts",
        ),
        (
            "create_later_too",
            "create_later_too in main is async: a factory is called before the server starts",
        ),
        (
            "fails",
            "calling fails in main failed at main.py:13: TypeError: no database\n"
            '    def fails(): raise TypeError("no database")',
        ),
    ],
)
def test_what_is_not_a_factory_is_said(write: Any, name: str, message: str) -> None:
    write("main.py", FACTORIES)
    with pytest.raises(DiscoveryError) as raised:
        find_application(f"main:{name}", factory=True)
    assert str(raised.value) == message


def test_an_application_is_imported_from_another_folder(write: Any, project: Path) -> None:
    write("src/shop/main.py", "import prices\n" + EMPTY + "app = Starlette()\n")
    write("src/prices.py", "")
    write("src/app.py")
    folder = Path("src")
    assert find_application("shop.main:app", app_dir=folder).folder == project / "src"
    for where in ("shop/main.py", "src/shop/main.py"):
        found = find_application(where, app_dir=folder)
        assert sys.modules[found.module].__file__ == str(project / "src/shop/main.py")
    assert find_application(app_dir=folder).app is sys.modules["app"].app
