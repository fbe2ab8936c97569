"""Security schemes and the password form."""

from types import SimpleNamespace
from typing import Annotated

from ..client import GET, POST, WS
from ..harness import parity

#: Every scheme with arguments, and what is sent to it.
SCHEMES = {
    "APIKeyQuery": {"name": "key"},
    "APIKeyHeader": {"name": "x-key"},
    "APIKeyCookie": {"name": "key"},
    "HTTPBasic": {"realm": "r"},
    "HTTPBearer": {},
    "HTTPDigest": {},
    "OAuth2": {},
    "OAuth2PasswordBearer": {"tokenUrl": "token"},
    "OAuth2AuthorizationCodeBearer": {"authorizationUrl": "a", "tokenUrl": "t"},
    "OpenIdConnect": {"openIdConnectUrl": "/openid"},
}
CREDENTIALS = [
    {},
    {"authorization": ""},
    {"authorization": "Bearer"},
    {"authorization": "  Bearer   token  "},
    {"authorization": "Basic !!!"},
    {"authorization": "Basic bm8tY29sb24="},
    {"authorization": "Basic dTpwOnE="},
    {"authorization": "Digest a"},
    {"x-key": " k "},
    {"cookie": "key=c"},
]


def schemes_application(fw, **options):
    """Each scheme at an HTTP and a WebSocket route of its name."""
    app = fw.FastAPI()

    def add(name, scheme):
        async def read(value=fw.Security(scheme)):
            return value

        async def socket(websocket: fw.WebSocket, value=fw.Security(scheme)):
            await websocket.accept()
            await websocket.send_text(repr(value))
            await websocket.close()

        app.get(f"/{name}", name=name)(read)
        app.websocket(f"/{name}", name=f"{name} socket")(socket)

    for name, given in SCHEMES.items():
        add(name, getattr(fw.security, name)(**given, **options))
    return app


@parity(
    *(GET(f"/{name}", headers=headers) for name in SCHEMES for headers in CREDENTIALS),
    "/APIKeyQuery?key=k /APIKeyQuery?key=",
)
def test_missing_or_wrong_credentials_are_a_401_that_names_the_scheme(fw):
    """FastAPI 0.122: `WWW-Authenticate` names the scheme; credentials are stripped of spaces."""
    return schemes_application(fw)


@parity(*(GET(f"/{name}", headers=headers) for name in SCHEMES for headers in CREDENTIALS))
def test_credentials_may_be_optional_but_not_unreadable(fw):
    """`HTTPBasic` refuses bad base64 even without `auto_error`."""
    return schemes_application(fw, auto_error=False)


@parity(
    *(WS(f"/{name}", headers=headers) for name in SCHEMES for headers in CREDENTIALS),
    WS("/APIKeyQuery?key=k"),
)
def test_every_scheme_works_on_websockets(fw):
    """A refusal before the connection is accepted is a 401 with a body."""
    return schemes_application(fw)


@parity("/", GET("/", headers={"authorization": "Bearer t"}), WS("/ws"))
def test_a_scheme_may_refuse_in_its_own_way(fw):
    """`make_not_authenticated_error` is overridden."""

    class Hidden(fw.security.HTTPBearer):
        def make_not_authenticated_error(self):
            return fw.HTTPException(404, "Nothing here", headers={"x-hidden": "yes"})

    app = fw.FastAPI()
    hidden = Hidden()

    @app.get("/")
    def read(token=fw.Security(hidden)):
        return token.credentials

    @app.websocket("/ws")
    async def socket(websocket: fw.WebSocket, token=fw.Security(hidden)):
        await websocket.accept()

    return app


@parity("/connection /request", WS("/connection"), WS("/request"))
def test_a_connection_is_the_request_or_the_websocket(fw):
    """The parameter is annotated as `HTTPConnection`."""
    HTTPConnection = fw.requests.HTTPConnection
    app = fw.FastAPI()

    def connection(connection: HTTPConnection):
        return [type(connection).__name__, connection.url.path]

    @app.get("/connection")
    def read(own: HTTPConnection, value: Annotated[list, fw.Depends(connection)]):
        return [type(own).__name__, value]

    @app.get("/request")
    def same(own: HTTPConnection, request: fw.Request):
        return own is request

    @app.websocket("/connection")
    async def socket(own: HTTPConnection, value: Annotated[list, fw.Depends(connection)]):
        await own.accept()
        await own.send_json([type(own).__name__, value])
        await own.close()

    @app.websocket("/request")
    async def same_socket(own: HTTPConnection, websocket: fw.WebSocket):
        await websocket.accept()
        await websocket.send_json(own is websocket)
        await websocket.close()

    return app


@parity(
    "/scheme",
    GET("/scheme", headers={"authorization": "Bearer x"}),
    GET("/scheme", headers={"authorization": "Basic x"}),
    "/basic",
    GET("/basic", headers={"authorization": "Basic dTpw"}),
    GET("/basic", headers={"authorization": "Basic !!!"}),
    "/key",
    GET("/key", headers={"x-key": "k"}),
    "/key-query?api_key=1 /key-query /key-cookie",
    GET("/key-cookie", headers={"cookie": "k=v"}),
    "/optional /digest",
    GET("/digest", headers={"authorization": "Digest a"}),
    "/realm /openid /http-optional",
    GET("/http-optional", headers={"authorization": "bearer   token  "}),
    "/code",
)
def test_security_schemes_refuse_and_pass_credentials(fw):
    s = fw.security
    app = fw.FastAPI()

    def add(path, scheme):
        @app.get(path, name=path)
        def endpoint(value=fw.Security(scheme)):
            return value

    add("/scheme", s.OAuth2PasswordBearer(tokenUrl="token", scopes={"a": "A"}))
    add("/basic", s.HTTPBasic())
    add("/realm", s.HTTPBasic(realm="simple"))
    add("/key", s.APIKeyHeader(name="x-key"))
    add("/key-query", s.APIKeyQuery(name="api_key", scheme_name="Query key", description="d"))
    add("/key-cookie", s.APIKeyCookie(name="k"))
    add("/optional", s.APIKeyHeader(name="x-key", auto_error=False))
    add("/digest", s.HTTPDigest())
    add("/openid", s.OpenIdConnect(openIdConnectUrl="/openid"))
    add("/http-optional", s.HTTPBearer(auto_error=False, bearerFormat="JWT"))
    add(
        "/code", s.OAuth2AuthorizationCodeBearer(authorizationUrl="a", tokenUrl="t", refreshUrl="r")
    )
    return app


@parity(
    POST("/token", form={"username": "u", "password": "p", "scope": "a b"}),
    POST("/token", form={"grant_type": "x", "username": "u", "password": "p"}),
    POST("/strict", form={"username": "u", "password": "p"}),
    POST("/strict", form={"grant_type": "password", "username": "u", "password": "p"}),
    POST("/token"),
)
def test_the_password_request_form_is_a_dependency(fw):
    """The strict form is one, too."""
    s = fw.security
    app = fw.FastAPI()

    @app.post("/token")
    def token(form: Annotated[s.OAuth2PasswordRequestForm, fw.Depends()]):
        return vars(form)

    @app.post("/strict")
    def strict(form: Annotated[s.OAuth2PasswordRequestFormStrict, fw.Depends()]):
        return vars(form)

    return app


def replaced_class_methods(fw, app):
    """Replace the method of one class."""
    security = fw.security
    fw.keep.before = [(cls, cls.__call__) for cls in (security.HTTPBearer, security.APIKeyHeader)]
    for cls, before in fw.keep.before:

        async def called(self, request: fw.Request, before=before):
            fw.log.append(f"{type(self).__name__} called for {request.url.path}")
            return await before(self, request)

        cls.__call__ = called


def restored_class_methods(fw, app):
    for cls, before in fw.keep.before:
        cls.__call__ = before


def replaced_function(fw, app):
    module = fw.security.http
    fw.keep.function = module.get_authorization_scheme_param
    module.get_authorization_scheme_param = lambda value: ("Bearer", f"instead of {value}")


def restored_function(fw, app):
    fw.security.http.get_authorization_scheme_param = fw.keep.function


def replaced_credentials(fw, app):
    """Replace the class of what is returned."""
    module = fw.security.http
    fw.keep.credentials = before = module.HTTPAuthorizationCredentials

    class Longer(before):
        length: int = 7

    module.HTTPAuthorizationCredentials = Longer


def restored_credentials(fw, app):
    fw.security.http.HTTPAuthorizationCredentials = fw.keep.credentials


def changed_attributes(fw, app):
    """Change what schemes read when they are called."""
    schemes = fw.keep.schemes
    schemes["HTTPBearer"].auto_error = False
    schemes["APIKeyHeader"].model.name = "X-Other"
    schemes["APIKeyQuery"].check_api_key = lambda key: f"checked {key}"
    schemes["OAuth2PasswordBearer"].make_not_authenticated_error = lambda: fw.HTTPException(418)


READ = [
    GET("/HTTPBearer"),
    GET("/HTTPBearer", headers={"authorization": "Bearer t"}),
    GET("/APIKeyHeader", headers={"x-key": "k"}),
    GET("/APIKeyHeader", headers={"x-other": "o"}),
    GET("/APIKeyQuery?key=k"),
    GET("/OAuth2PasswordBearer"),
]


@parity(
    *READ,
    replaced_class_methods,
    *READ,
    restored_class_methods,
    replaced_function,
    *READ,
    restored_function,
    replaced_credentials,
    *READ,
    restored_credentials,
    changed_attributes,
    *READ,
)
def test_schemes_are_what_they_are_at_the_time_of_the_request(fw):
    app = fw.FastAPI()
    fw.keep.schemes = {}
    for name in ("HTTPBearer", "APIKeyHeader", "APIKeyQuery", "OAuth2PasswordBearer"):
        scheme = fw.keep.schemes[name] = getattr(fw.security, name)(**SCHEMES[name])

        @app.get(f"/{name}", name=name)
        async def read(value=fw.Security(scheme)):
            return value

    return app


@parity(
    *(GET(f"/{name}?key=k", headers=headers) for name in SCHEMES for headers in CREDENTIALS[-4:])
)
def test_schemes_read_what_was_received_if_a_dependency_changes_the_request(fw):
    app = fw.FastAPI()

    async def change(request: fw.Request):
        request.scope["headers"] = [
            (b"authorization", b"Bearer changed"),
            (b"x-key", b"changed"),
            (b"cookie", b"key=changed"),
        ]
        request.scope["query_string"] = b"key=changed"

    for name, given in SCHEMES.items():
        scheme = getattr(fw.security, name)(**given)

        @app.get(f"/{name}", name=name, dependencies=[fw.Depends(change)])
        async def read(value=fw.Security(scheme)):
            return value

    return app


def changing_schemes(*changes):
    """Return the steps that change one attribute of each scheme and then send requests."""
    for change in changes:
        yield change
        for name in SCHEMES:
            for headers in ({}, {"authorization": "Digest a"}):
                yield GET(f"/{name}", headers=headers)


def without_models(fw, app):
    for scheme in fw.keep.schemes:
        scheme.kept, scheme.model = scheme.model, None


def with_models_of_other_classes(fw, app):
    for scheme in fw.keep.schemes:
        scheme.model = SimpleNamespace(scheme="other", name="authorization")


def with_models_again(fw, app):
    for scheme in fw.keep.schemes:
        scheme.model = scheme.kept


def with_headers_of_their_own(fw, app):
    for scheme in fw.keep.schemes:
        scheme.make_authenticate_headers = lambda: {"WWW-Authenticate": "changed"}


def with_unusual_names_and_realms(fw, app):
    for scheme in fw.keep.schemes:
        del scheme.make_authenticate_headers
        scheme.realm, scheme.scheme_name = None, "changed"


def with_errors_that_are_none(fw, app):
    for scheme in fw.keep.schemes:
        scheme.make_not_authenticated_error = lambda: "no exception"


def without_errors(fw, app):
    for scheme in fw.keep.schemes:
        scheme.auto_error = ""


def without_the_attribute(fw, app):
    for scheme in fw.keep.schemes:
        del scheme.auto_error


@parity(
    *changing_schemes(
        without_models,
        with_models_of_other_classes,
        with_models_again,
        with_headers_of_their_own,
        with_unusual_names_and_realms,
        with_errors_that_are_none,
        without_errors,
        without_the_attribute,
    )
)
def test_each_attribute_of_a_scheme_may_change(fw):
    app = fw.FastAPI()
    fw.keep.schemes = []
    for name, given in SCHEMES.items():
        scheme = getattr(fw.security, name)(**given)
        fw.keep.schemes.append(scheme)

        @app.get(f"/{name}", name=name)
        async def read(value=fw.Security(scheme)):
            return value

    return app


@parity("/key", GET("/key", headers={"x-key": "k"}), "/basic /bearer")
def test_subclasses_of_schemes_may_have_attributes_of_the_same_names(fw):
    class Key(fw.security.APIKeyHeader):
        model = None
        scheme_name = "no name"
        auto_error = False

        def make_authenticate_headers(self):
            return {"WWW-Authenticate": "not read for a key"}

    class Basic(fw.security.HTTPBasic):
        realm = "of the class"
        model = fw.openapi.models.HTTPBase(scheme="of the class")

        def make_authenticate_headers(self):
            fw.log.append(self.model.scheme)
            return super().make_authenticate_headers()

    class Bearer(fw.security.HTTPBearer):
        def __init__(self):
            super().__init__()
            self.model = fw.openapi.models.HTTPBase(scheme="two words")

    app = fw.FastAPI()
    add = {"/key": Key(name="x-key"), "/basic": Basic(), "/bearer": Bearer()}
    for path, scheme in add.items():

        @app.get(path, name=path)
        async def read(value=fw.Security(scheme)):
            return value

    return app


@parity()
def test_scopes_that_are_added_to_the_dictionary_later_are_not_in_the_document(fw):
    scopes = {"read": "Read."}
    first = fw.security.OAuth2PasswordBearer("token", scopes=scopes)
    flows = {"password": {"tokenUrl": "token", "scopes": scopes}}
    second = fw.security.OAuth2(flows=flows, scheme_name="second")
    scopes["write"] = "Write."
    flows["implicit"] = {"authorizationUrl": "a"}
    return fw.FastAPI(dependencies=[fw.Security(first), fw.Security(second)])


NAMES_OF_HELPERS = ["_check", "_read", "_refuse", "_describe", "_challenge", "_reads", "_name"]


@parity(*(GET("/", headers=headers) for headers in CREDENTIALS))
def test_a_subclass_may_give_its_own_methods_any_names(fw):
    def refuse(self, *args, **options):
        raise fw.HTTPException(403, f"refused {args}")

    helpers = dict.fromkeys(NAMES_OF_HELPERS, refuse)

    class Bearer(type("Helpers", (fw.security.HTTPBearer,), helpers)):
        async def __call__(self, request: fw.Request):
            credentials = await super().__call__(request)
            return self._check(credentials.credentials)

    app = fw.FastAPI()

    @app.get("/")
    async def read(value=fw.Security(Bearer())):
        return value

    return app
