"""Parse the `Authorization` header."""


def get_authorization_scheme_param(authorization_header_value: str | None) -> tuple[str, str]:
    """Split `"Bearer token"` into scheme and credentials. Both are empty without a header.

    Args:
        authorization_header_value: The value of the header `Authorization`.
    """
    scheme, _, param = (authorization_header_value or "").partition(" ")
    return scheme, param.strip()
