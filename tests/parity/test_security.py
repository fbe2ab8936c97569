"""Security schemes and the password form."""

from typing import Annotated

from .client import GET, POST
from .harness import parity


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
    """Security errors (0.122): 401 plus WWW-Authenticate"""
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
    """OAuth2PasswordRequestForm, …FormStrict"""
    s = fw.security
    app = fw.FastAPI()

    @app.post("/token")
    def token(form: Annotated[s.OAuth2PasswordRequestForm, fw.Depends()]):
        return vars(form)

    @app.post("/strict")
    def strict(form: Annotated[s.OAuth2PasswordRequestFormStrict, fw.Depends()]):
        return vars(form)

    return app
