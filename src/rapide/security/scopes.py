"""The OAuth2 scopes that a chain of dependencies requires."""

from rapide._documented import documented


@documented
class SecurityScopes:
    """The scopes required by a dependency and by everything that depends on it.

    Each request gives a parameter of this type its value.

    Args:
        scopes: Scopes without duplicates, the outermost first.

    Attributes:
        scope_str: The scopes, separated by spaces (RFC 6749 section 3.3).
    """

    #: Where FastAPI has the class, and pickles find it.
    __module__ = "rapide.security.oauth2"

    def __init__(self, scopes: list[str] | None = None):
        self.scopes: list[str] = scopes or []
        self.scope_str: str = " ".join(self.scopes)
