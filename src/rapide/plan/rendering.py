"""Response classes whose bytes are known without making a response."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from rapide.plan.operations import Rendering

#: Through these a class can make of its content what it likes.
_OWN_WAYS = ("__new__", "__call__", "init_headers", "headers", "__getattribute__", "__setattr__")


def known_rendering(response_class: type[Response]) -> tuple[Rendering, str] | None:
    """How a class renders content, and its media type; None where it is the class's own affair.

    Starlette's text, HTML and JSON classes are known, and subclasses that change nothing but the
    media type.
    """
    if type(response_class) is not type:
        return None  # its metaclass decides what its attributes are
    media_type, charset = response_class.media_type, response_class.charset
    if not isinstance(media_type, str) or charset != "utf-8":
        return None
    if any(getattr(response_class, name) is not getattr(Response, name) for name in _OWN_WAYS):
        return None
    if media_type.startswith("text/") and "charset=" not in media_type.lower():
        media_type += "; charset=utf-8"
    made = response_class.__init__, response_class.render
    if made == (Response.__init__, Response.render):
        return "text", media_type
    if made == (JSONResponse.__init__, JSONResponse.render):
        return "json", media_type
    return None
