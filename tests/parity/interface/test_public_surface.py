"""Every public module of FastAPI is here, with its names, signatures, classes and attributes.

What differs is listed with its reason; a listed difference that is gone fails too.
"""

import collections.abc
import inspect
import pickle
import re
import typing
import warnings
from collections.abc import Iterator
from typing import Any

import fastapi.security
import pytest

import rapide
from rapide.security import SecurityScopes

from .. import surface
from ..harness import same_value
from ..surface import load

#: Modules that may be missing.
MISSING_MODULES: dict[str, str] = {}

#: Names that are not there.
MISSING_NAMES = {
    "applications.ExceptionTelemetryMiddleware": "how FastAPI observes, not an interface",
    "applications.NativeTelemetry": "how FastAPI observes, not an interface",
}

#: Names that stand for something of Rapide's own, or of another package.
OWN_MEANING = {
    "cli.cli_main": "the command line itself, which in FastAPI is another package's",
    "encoders.PyExtraColor": "of a package that is not installed: a class without instances",
    "routing.run_in_threadpool": "the same in threads of Rapide's own",
    "Doc": "the class of `typing_extensions`",
    "ParamSpec": "the class of `typing`",
}

#: Parameters that differ, by callable.
DIFFERENT_PARAMETERS = {
    "_compat.ModelField": {"known_good": "a keyword of our own, last"},
    "dependencies.utils.solve_dependencies": {"_uses_scopes_cache": "private; known beforehand"},
    "security.OAuth2": {"flows": "default None: the model is made when it is read"},
    "security.oauth2.OAuth2": {"flows": "default None: the model is made when it is read"},
}

#: Constants with values of our own.
DIFFERENT_VALUES = {
    "__version__": "Rapide's own",
    "dependencies.utils.multipart_not_installed_error": "a text of our own",
    "dependencies.utils.multipart_incorrect_install_error": "a text of our own",
    "encoders.ENCODERS_BY_TYPE": "holds functions; compared by its keys",
    "encoders.encoders_by_class_tuples": "holds functions",
}

#: Annotations that are wider.
DIFFERENT_ANNOTATIONS = {
    "_concurrency": "the class of a private field has a public name",
    "location": "may also be text",
    "methods": "annotated once for applications (lists) and routers (lists and sets)",
}

#: Callables whose annotations have aliases of our own: only those of built-in types are compared.
OWN_ALIASES = re.compile(
    r"(FastAPI|APIRouter|applications|routing|dependencies|openapi|utils|_compat)\b"
)

MODULES = [*surface.public_modules("fastapi"), "_compat", "cli"]


def dotted(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def exists(name: str) -> bool:
    try:
        load(dotted("rapide", name))
    except ModuleNotFoundError:
        return False
    return True


def shared_modules() -> list[str]:
    return [name for name in MODULES if name not in MISSING_MODULES or exists(name)]


def pairs() -> Iterator[tuple[str, Any, Any]]:
    """Give every public name of FastAPI's own making with both objects."""
    for name in shared_modules():
        ours, theirs = load(dotted("rapide", name)), load(dotted("fastapi", name))
        for public in sorted(surface.public_names(theirs)):
            expected = getattr(theirs, public)
            made_here = str(getattr(expected, "__module__", "")).split(".")[0] == "fastapi"
            label = dotted(name, public)
            if isinstance(expected, typing.TypeVar) or label in MISSING_NAMES:
                continue
            if made_here and callable(expected):
                yield label, getattr(ours, public, None), expected


def cases(keep: Any) -> list[Any]:
    return [pytest.param(*pair, id=pair[0]) for pair in pairs() if keep(pair[2])]


def is_model(value: Any) -> bool:
    return isinstance(value, type) and hasattr(value, "model_fields")


CALLABLES = cases(lambda value: not is_model(value))
MODELS = cases(is_model)
CLASSES = cases(inspect.isclass)


def test_the_modules_that_are_missing_are_those_listed() -> None:
    assert {name for name in MODULES if not exists(name)} <= set(MISSING_MODULES)


def imported_names(module: Any) -> set[str]:
    """Return what can be imported from a module, its own or not, but for private names."""
    return {
        name
        for name, value in vars(module).items()
        if name[0] != "_" and not inspect.ismodule(value) and name != "annotations"
    }


#: Private names that tools import.
FOR_PLUGINS = {
    "routing": ("_EffectiveRouteContext", "_IncludedRouter", "_PING_INTERVAL"),
    "sse": ("_PING_INTERVAL",),
    "_compat": ("ModelField",),
}


def test_private_names_that_plugins_use_are_there() -> None:
    """OpenTelemetry imports some of them, and tests set `_PING_INTERVAL`."""
    for module, names in FOR_PLUGINS.items():
        ours, theirs = load(f"rapide.{module}"), load(f"fastapi.{module}")
        for name in names:
            expected, found = getattr(theirs, name), getattr(ours, name)
            assert getattr(found, "__name__", found) == getattr(expected, "__name__", expected)


@pytest.mark.parametrize("module", shared_modules(), ids=lambda module: f"fastapi.{module}")
def test_the_names_that_are_missing_are_those_listed(module: str) -> None:
    """Names that a module imports for its own use count, too."""
    ours, theirs = load(dotted("rapide", module)), load(dotted("fastapi", module))
    names = sorted(surface.public_names(theirs) | imported_names(theirs))
    missing = [dotted(module, public) for public in names if not hasattr(ours, public)]
    assert missing == [name for name in MISSING_NAMES if name.rpartition(".")[0] == module]


def test_names_that_a_module_imports_mean_the_same() -> None:
    """Objects of other packages are the same; in the place of FastAPI's are Rapide's."""
    for name in shared_modules():
        ours, theirs = load(dotted("rapide", name)), load(dotted("fastapi", name))
        for public in sorted(imported_names(theirs) - surface.public_names(theirs)):
            if dotted(name, public) in {**MISSING_NAMES, **OWN_MEANING} or public in OWN_MEANING:
                continue
            expected, found = getattr(theirs, public), getattr(ours, public)
            if str(getattr(expected, "__module__", "")).startswith("fastapi."):
                expected, found = expected.__name__, found.__name__
            assert found == expected, dotted(name, public)


def test_a_name_that_no_module_has_is_an_attribute_error() -> None:
    for name in ("applications", "routing", "responses", "encoders", "types", "cli"):
        module = load(dotted("rapide", name))
        with pytest.raises(AttributeError, match="has no attribute 'nothing_of_this_name'"):
            _ = module.nothing_of_this_name


def test_names_of_packages_that_are_not_installed_can_be_imported() -> None:
    responses, encoders = load("rapide.responses"), load("rapide.encoders")
    assert responses.orjson == load("fastapi.responses").orjson
    assert responses.ujson == load("fastapi.responses").ujson
    assert encoders.Color is load("fastapi.encoders").Color
    assert not isinstance("red", encoders.PyExtraColor)
    assert encoders.PyExtraColor is encoders.PyExtraColor


def test_names_of_starlette_and_pydantic_are_the_same_objects() -> None:
    for name in shared_modules():
        ours, theirs = load(dotted("rapide", name)), load(dotted("fastapi", name))
        for public in surface.public_names(theirs):
            if dotted(name, public) in MISSING_NAMES:
                continue
            value = getattr(theirs, public)
            package = str(getattr(value, "__module__", "fastapi")).split(".")[0]
            if package in ("starlette", "pydantic", "pydantic_core", "contextlib"):
                assert getattr(ours, public) is value, dotted(name, public)


def test_constants_have_the_same_values() -> None:
    for name in shared_modules():
        ours, theirs = load(dotted("rapide", name)), load(dotted("fastapi", name))
        for public in surface.public_names(theirs):
            value = getattr(theirs, public)
            is_constant = isinstance(value, (str, bytes, int, float, dict, set, frozenset, tuple))
            label = dotted(name, public)
            if (
                not is_constant
                or label in MISSING_NAMES
                or public.endswith(("error", "_version__"))
            ):
                continue
            if label.startswith("encoders."):
                continue
            assert getattr(ours, public) == value, label


def test_encoders_know_the_same_types() -> None:
    """Two types of optional packages are added later."""
    ours, theirs = load("rapide.encoders"), load("fastapi.encoders")
    optional = {"Color", "AnyUrl", "NameEmail", "Url"}
    expected = {type_ for type_ in theirs.ENCODERS_BY_TYPE if type_.__name__ not in optional}
    assert expected <= set(ours.ENCODERS_BY_TYPE)
    tuples = ours.generate_encoders_by_class_tuples({int: str, bytes: str, float: repr})
    assert dict(tuples) == {str: (int, bytes), repr: (float,)}
    assert dict(tuples) == dict(
        theirs.generate_encoders_by_class_tuples({int: str, bytes: str, float: repr})
    )


#: Parameters that FastAPI does not have, off by default.
OURS_ALONE = (
    "limits",
    "threads",
    "cache",
    "idempotency",
    "document_errors",
    "problem_details",
    "console",
)


def positional(parameters: dict[str, tuple[str, str]]) -> list[str]:
    return [name for name, (kind, _) in parameters.items() if kind != "KEYWORD_ONLY"]


def compare(name: str, ours: Any, theirs: Any) -> None:
    """Compare names, order, kinds and defaults of parameters, and plain annotations."""
    expected, actual = surface.parameters(theirs), surface.parameters(ours)
    if expected is None:
        return
    assert actual is not None
    different = DIFFERENT_PARAMETERS.get(name, {})
    for parameter in different:
        assert expected.pop(parameter, None) != actual.pop(parameter, None)
    for parameter in OURS_ALONE:
        assert actual.pop(parameter, ("", "None"))[1] in ("None", "False")
    assert actual == expected
    assert positional(actual) == positional(expected)
    declared, written = surface.annotations(theirs), surface.annotations(ours)
    for parameter, text in declared.items():
        if parameter in {*different, *DIFFERENT_ANNOTATIONS} or text == "_empty":
            continue
        if surface.is_plain(text) or not OWN_ALIASES.match(name):
            assert written[parameter] == text, parameter


@pytest.mark.parametrize(("name", "ours", "theirs"), CALLABLES)
def test_signatures_are_those_of_fastapi(name: str, ours: Any, theirs: Any) -> None:
    """Compare the names, order, kinds and defaults of parameters."""
    if isinstance(theirs, type) and issubclass(theirs, dict):
        assert set(ours.__annotations__) == set(theirs.__annotations__)
        assert ours.__total__ == theirs.__total__
    else:
        compare(name, ours, theirs)


@pytest.mark.parametrize(("name", "ours", "theirs"), MODELS)
def test_models_have_the_same_fields(name: str, ours: Any, theirs: Any) -> None:
    def fields(model: Any) -> dict[str, Any]:
        return {
            name: (field.is_required(), repr(field.default).split(": ")[-1], field.alias)
            for name, field in model.model_fields.items()
        }

    assert fields(ours) == fields(theirs)
    assert list(ours.model_fields) == list(theirs.model_fields)
    assert ours.model_config.get("extra") == theirs.model_config.get("extra")


@pytest.mark.parametrize(("name", "ours", "theirs"), CLASSES)
def test_classes_stand_on_the_same_bases(name: str, ours: Any, theirs: Any) -> None:
    """MRO: FastAPI's classes in FastAPI's order, whatever private ones stand between them.

    Beside FastAPI itself, its own class stands behind ours (`test_beside_fastapi.py`).
    """
    expected = [base.__name__ for base in theirs.__mro__]
    own = [base for base in ours.__mro__ if not base.__module__.startswith("fastapi.")]
    assert [base.__name__ for base in own if base.__name__ in expected] == expected


@pytest.mark.parametrize(("name", "ours", "theirs"), CLASSES)
def test_classes_have_the_same_methods_and_attributes(name: str, ours: Any, theirs: Any) -> None:
    fields = getattr(ours, "model_fields", {})
    for member, value in surface.members(theirs, "fastapi").items():
        if member in fields:
            continue
        assert hasattr(ours, member), member
        if inspect.isfunction(value):
            compare(f"{name}.{member}", inspect.getattr_static(ours, member), value)
            assert inspect.iscoroutinefunction(getattr(ours, member)) == (
                inspect.iscoroutinefunction(value)
            ), member


def endpoint(item_id: int) -> None: ...


def instances(root: str) -> dict[str, Any]:
    """Make an instance of what plugins look into."""
    package, routing = load(root), load(f"{root}.routing")
    security, sse = load(f"{root}.security"), load(f"{root}.sse")
    route = routing.APIRoute("/items/{item_id}", endpoint)
    app = package.FastAPI(openapi_url=None)
    router = package.APIRouter()
    router.add_api_route("/items/{item_id}", endpoint)
    app.include_router(router)
    return {
        "FastAPI": app,
        "APIRouter": router,
        "APIRoute": route,
        "APIWebSocketRoute": routing.APIWebSocketRoute("/", endpoint),
        "Dependant": route.dependant,
        "ModelField": route.dependant.path_params[0],
        "RouteContext": next(iter(routing.iter_route_contexts(app.routes))),
        "Depends": package.Depends(endpoint),
        "Security": package.Security(endpoint, scopes=["a"]),
        "Query": package.Query(),
        "Body": package.Body(),
        "HTTPBearer": security.HTTPBearer(),
        "APIKeyHeader": security.APIKeyHeader(name="x-key"),
        "OAuth2PasswordBearer": security.OAuth2PasswordBearer("token"),
        "OAuth2PasswordRequestForm": security.OAuth2PasswordRequestForm(username="a", password="b"),
        "OpenIdConnect": security.OpenIdConnect(openIdConnectUrl="/oidc"),
        "SecurityScopes": security.SecurityScopes(["a", "b"]),
        "HTTPException": package.HTTPException(400),
        "WebSocketException": package.WebSocketException(1008),
        "RequestValidationError": load(f"{root}.exceptions").RequestValidationError([]),
        "ServerSentEvent": sse.ServerSentEvent(data=1),
        "BackgroundTasks": package.BackgroundTasks(),
        "UploadFile": package.UploadFile(typing.cast(Any, None)),
    }


THEIRS, OURS = instances("fastapi"), instances("rapide")


@pytest.mark.parametrize("name", THEIRS)
def test_instances_hold_the_same_attributes(name: str) -> None:
    """Plain values are equal, too."""
    theirs, ours = THEIRS[name], OURS[name]
    for attribute in sorted(surface.attributes(theirs)):
        assert hasattr(ours, attribute), attribute
        value = getattr(theirs, attribute)
        if isinstance(value, (str, int, float, bytes, type(None))):
            assert getattr(ours, attribute) == value, attribute
        elif isinstance(value, (list, dict, set, tuple)):
            assert isinstance(getattr(ours, attribute), type(value)), attribute
            assert len(getattr(ours, attribute)) == len(value), attribute


def test_a_dependant_has_the_fields_of_fastapi_in_its_order() -> None:
    """It is a dataclass with slots."""
    ours, theirs = type(OURS["Dependant"]), type(THEIRS["Dependant"])
    assert ours.__slots__ == theirs.__slots__
    assert list(ours.__dataclass_fields__) == list(theirs.__dataclass_fields__)


def test_results_of_depends_are_frozen_and_hashable() -> None:
    for name in ("Depends", "Security"):
        ours, theirs = OURS[name], THEIRS[name]
        assert isinstance(ours, collections.abc.Hashable)
        assert list(ours.__dataclass_fields__) == list(theirs.__dataclass_fields__)
        with pytest.raises(AttributeError):
            ours.use_cache = False


def test_a_parameter_list_is_not_open_ended() -> None:
    """An unknown keyword is a `TypeError`."""
    package = load("rapide")
    for make in (package.FastAPI, package.APIRouter, package.Query, package.Body, package.File):
        with pytest.raises(TypeError):
            make(no_such_option=1)
    with pytest.raises(TypeError):
        package.FastAPI().get("/", no_such_option=1)


@pytest.mark.parametrize("package", ["", "dependencies", "middleware", "openapi", "security"])
def test_modules_of_a_package_need_no_import_of_their_own(package: str) -> None:
    """`fastapi.openapi.utils` is there after `import fastapi`."""
    theirs, ours = load(dotted("fastapi", package)), load(dotted("rapide", package))
    loaded = {name for name, value in vars(theirs).items() if inspect.ismodule(value)}
    expected = [name for name in loaded if dotted(package, name) in shared_modules()]
    assert expected
    assert all(inspect.ismodule(getattr(ours, name)) for name in expected)
    with pytest.raises(AttributeError):
        _ = ours.no_such_module


@same_value
def test_what_was_removed_and_what_is_deprecated(fw):
    """Models of Pydantic v1 and unknown arguments are refused; old responses and events warn."""

    def outcome(action):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                action()
            except Exception as error:
                raised = [base.__name__ for base in type(error).__mro__][:2]
            else:
                raised = None
        return [raised, sorted({warning.category.__name__ for warning in caught})]

    app = fw.FastAPI()
    return [
        outcome(lambda: fw.FastAPI(openapi_prefix="/a")),
        outcome(lambda: fw.FastAPI(anything=1)),
        outcome(lambda: app.on_event("startup")(lambda: None)),
        outcome(lambda: fw.FastAPI(root_path="/a")),
        outcome(lambda: fw.FastAPI(routes=[])),
        outcome(lambda: fw.APIRouter(on_startup=[])),
        outcome(lambda: fw.Query(regex="a")),
        outcome(lambda: fw.Query(example="a")),
        outcome(lambda: fw.responses.ORJSONResponse({})),
        outcome(lambda: fw.utils.generate_operation_id_for_path(name="a", path="/", method="get")),
        outcome(lambda: app.include_router(fw.APIRouter(), prefix="no-slash")),
        outcome(lambda: app.include_router(app.router)),
    ]


@same_value
def test_the_test_client_is_that_of_starlette(fw):
    """It is a subclass of `httpx2.Client`."""
    return [f"{base.__module__}.{base.__qualname__}" for base in fw.testclient.TestClient.__mro__]


@pytest.mark.parametrize(
    "module", ["responses", "routing", "encoders", "exceptions", "params", "dependencies.models"]
)
def test_a_star_import_brings_every_name_that_fastapis_module_has(module: str) -> None:
    """The modules behind such names, and `dir`, are the same too."""
    theirs: dict[str, Any] = {}
    ours: dict[str, Any] = {}
    exec(f"from fastapi.{module} import *", theirs)
    exec(f"from rapide.{module} import *", ours)
    assert not theirs.keys() - ours.keys()
    assert theirs.keys() - {"__builtins__"} <= set(dir(load(f"rapide.{module}")))
    for name, value in theirs.items():
        if inspect.ismodule(value) and not value.__name__.startswith("fastapi"):
            assert ours[name] is value


def test_the_security_package_lists_its_classes() -> None:
    theirs = {name for name in dir(load("fastapi.security")) if name[0].isupper()}
    assert theirs <= set(dir(load("rapide.security")))


@pytest.mark.parametrize("name", ["Path", "Query", "Header", "Cookie", "Body", "Form", "File"])
def test_a_declaration_has_the_attributes_of_fastapis(name: str) -> None:
    theirs, ours = getattr(fastapi, name)(), getattr(rapide, name)()
    assert list(vars(ours)) == list(vars(theirs))


def test_the_class_of_scopes_is_at_home_where_fastapi_has_it() -> None:
    ours = SecurityScopes.__module__.replace("rapide", "fastapi")
    assert ours == fastapi.security.SecurityScopes.__module__
    assert pickle.loads(pickle.dumps(SecurityScopes(["a"]))).scopes == ["a"]
