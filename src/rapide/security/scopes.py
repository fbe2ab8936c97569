"""The OAuth2 scopes that a chain of dependencies requires."""


class SecurityScopes:
    """The scopes required by a dependency and by everything that depends on it.

    A parameter of this type is filled for each request.

    Attributes:
        scopes: The scopes, outermost first, without duplicates.
        scope_str: The scopes, separated by spaces (RFC 6749 section 3.3).
    """

    def __init__(self, scopes: list[str] | None = None):
        self.scopes: list[str] = scopes or []
        self.scope_str: str = " ".join(self.scopes)
