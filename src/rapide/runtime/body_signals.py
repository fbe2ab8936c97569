"""The exceptions by which Starlette's body limit signals that a body is too large.

They are private to Starlette, and they must reach its middleware through everything that catches
exceptions.
"""

from starlette.middleware import body_limit as starlette_body_limit


def _signals(*names: str) -> tuple[type[Exception], ...]:
    # The names are private: a version of Starlette without them has no such signals.
    found = (getattr(starlette_body_limit, name, None) for name in names)
    return tuple(signal for signal in found if signal is not None)


_RESPONSE_SENT = _signals("_RequestBodyLimitResponseSent")
_SIGNALS = _RESPONSE_SENT + _signals("_RequestBodyTooLarge")


def get_body_limit_error(exc: Exception) -> Exception | None:
    """Return the signal of the body limit that `exc` is, or that it consists of entirely.

    Code that reads the body and starts the response in tasks gets signals in groups. A response
    that has been sent takes precedence over a body that is too large: nothing is left to answer.
    """
    if isinstance(exc, ExceptionGroup):
        _, others = exc.split(_SIGNALS)
        if others is not None:
            return None
        exc = exc.subgroup(_RESPONSE_SENT) or exc
        while isinstance(exc, ExceptionGroup):
            exc = exc.exceptions[0]
    return exc if isinstance(exc, _SIGNALS) else None
