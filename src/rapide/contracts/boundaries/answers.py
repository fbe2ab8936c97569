"""Compare an answer with what the document promises."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from rapide.contracts.boundaries.cases import Case
from rapide.types import JsonObject

#: What a body as a whole may be refused with: it is broken, too large, or of another kind.
_OF_BODIES = (400, 413, 415)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with.

    Attributes:
        status: The status; 0 if there was none.
        headers: The header fields, with names in lower case.
        body: The body, or as much of it as came in time.
        is_whole: Whether the body came to its end.
        error: The exception that nobody handled, as text; or why there is no answer.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    is_whole: bool = True
    error: str = ""

    @property
    def media_type(self) -> str:
        """The content type, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def problems_of(case: Case, answer: Answer, usual: int) -> list[str]:
    """Return what is wrong with an answer, each as what was expected.

    Args:
        case: The case.
        answer: The answer.
        usual: The status of the smallest request of the operation.
    """
    if answer.error or answer.status >= 500:
        is_declared = not answer.error and _declared(case, answer.status) is not None
        if not (is_declared and answer.status in (501, 503)):
            reason = f", not {answer.error}" if answer.error else ""
            return [f"no error of the server{reason}"]
    found = [case.disagreement] if case.disagreement else []
    problem = _wrong_verdict(case, answer, usual)
    if case.is_broken and answer.status in _OF_BODIES:
        return found  # the framework answers: nobody declares that
    return [*found, problem] if problem else [*found, *_wrong_answer(case, answer)]


def _wrong_verdict(case: Case, answer: Answer, usual: int) -> str:
    """Return the expectation that a status does not meet, as to the validity of the request."""
    status = answer.status
    if case.is_inside is False:
        return _wrong_refusal(case, answer, usual)
    if not case.is_inside or status != 422:
        return ""
    if not case.parameter:
        return "no 422: give values for this operation if the smallest request is not valid"
    named = _named_places(answer)
    is_about_it = any(one[: len(way)] == way for one in named for way in (_way(case),))
    if usual != 422 and (is_about_it or (case.is_firm and not named)):
        return "no 422, as the declaration allows the value"
    return ""


def _wrong_refusal(case: Case, answer: Answer, usual: int) -> str:
    """Return what is wrong with the answer to a request that is not valid."""
    status = answer.status
    if status < 400:
        return "a refusal (422), as the declaration does not allow the value"
    if not case.is_strict or usual >= 400 or status in _OF_BODIES:
        return ""
    if status != 422:
        return "422, as the declaration does not allow the value"
    named = _named_places(answer)
    if case.locations and not any(one in named for one in case.locations):
        shown = " or ".join(".".join(map(str, one)) for one in case.locations[:3])
        return f"a refusal that names {shown}"
    return ""


def _way(case: Case) -> tuple[str | int, ...]:
    """Return where an error of a case is, as far as its name says so."""
    place, _, rest = case.parameter.partition(" ")
    return (place, *rest.split(".")[:1]) if rest else (place,)


def _named_places(answer: Answer) -> list[tuple[str | int, ...]]:
    """Return the locations that a refusal names."""
    try:
        detail = json.loads(answer.body).get("detail")
    except (ValueError, AttributeError):
        return []
    errors = detail if isinstance(detail, list) else []
    return [
        tuple(error["loc"])
        for error in errors
        if isinstance(error, dict) and isinstance(error.get("loc"), list)
    ]


def _declared(case: Case, status: int) -> JsonObject | None:
    """Return what the document says about a status."""
    responses = case.operation.described.get("responses", {})
    for key in (str(status), f"{status // 100}XX", "default"):
        if key in responses:
            return case.operation.resolved(responses[key])
    return None


def _wrong_answer(case: Case, answer: Answer) -> Iterator[str]:
    response = _declared(case, answer.status)
    if response is None:
        is_access = answer.status in (401, 403) and "security" in case.operation.described
        is_certain = case.is_inside and case.is_firm
        is_path = answer.status == 404 and case.parameter.startswith("path") and not is_certain
        is_limit = answer.status == 413 and bool(case.request.body)
        if not (is_access or is_path or is_limit):
            known = ", ".join(case.operation.described.get("responses", {})) or "none"
            yield f"a status that the document declares ({known})"
        return
    yield from _wrong_headers(case, answer, response)
    content = response.get("content", {})
    has_body = answer.status not in (204, 304) and case.operation.method != "HEAD"
    if not content or not has_body:
        return
    media = next((item for kind, item in content.items() if _is_kind(answer, kind)), None)
    if media is None:
        yield f"a content type that the document declares ({', '.join(content)})"
    elif answer.is_whole and answer.media_type.endswith("json"):
        yield from _wrong_body(case, answer, media.get("schema", {}))


def _is_kind(answer: Answer, declared: str) -> bool:
    kind = declared.partition(";")[0].strip().lower()
    return kind in ("*/*", answer.media_type) or (
        kind.endswith("/*") and answer.media_type.startswith(kind[:-1])
    )


def _wrong_headers(case: Case, answer: Answer, response: JsonObject) -> Iterator[str]:
    for name, header in response.get("headers", {}).items():
        described = case.operation.resolved(header)
        text = answer.headers.get(name.lower())
        if text is None:
            if described.get("required", True):
                yield f"the header field {name}, which the document declares"
        elif not _has_type(text, case.operation.resolved(described.get("schema", {}))):
            yield f"a header field {name} as the document declares it, not {text!r}"


def _has_type(text: str, schema: JsonObject) -> bool:
    values: list[Any] = [text]
    with suppress(ValueError):
        values.append(json.loads(text))
    return any(Draft202012Validator(schema).is_valid(value) for value in values)


def _wrong_body(case: Case, answer: Answer, schema: JsonObject) -> Iterator[str]:
    try:
        body = json.loads(answer.body)
    except ValueError:
        yield "a body in JSON"
        return
    components = case.operation.components
    validator = Draft202012Validator(
        {**schema, "components": components}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    error = next(iter(validator.iter_errors(body)), None)
    if error is not None:
        where = ".".join(map(str, error.absolute_path)) or "the body"
        yield f"a body that has the declared schema; {where}: {error.message[:200]}"
