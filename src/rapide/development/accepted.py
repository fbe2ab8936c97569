"""In which form a client wants a page: HTML, JSON or text."""

from __future__ import annotations

from typing import Final, Literal

Form = Literal["html", "json", "text"]

_FORMS: Final[dict[str, Form]] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/json": "json",
    "text/plain": "text",
    "text/*": "text",
    "*/*": "text",
}
#: A media type that says what it is prevails over one with a wildcard.
_WILD: Final = "*"


def accepted_form(accept: str) -> Form:
    """Return the form that the field `Accept` prefers; text for clients that take anything.

    SPEC: RFC 9110, section 12.5.1. Of several types with the same weight, the first is taken.
    """
    best: tuple[float, bool] = (0.0, False)
    form: Form = "text"
    for item in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in item.split(";"))
        found = _FORMS.get(media_type)
        if found is None and media_type.endswith("+json"):
            found = "json"
        rank = _weight(parameters), not media_type.endswith(_WILD)
        if found is not None and rank > best and rank[0] > 0:
            best, form = rank, found
    return form


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
