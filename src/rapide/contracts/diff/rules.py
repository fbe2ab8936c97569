"""The table of rules: what may change in an OpenAPI document, and what each change means.

A rule of a schema says what happens to the set of allowed values. To narrow what a request may
contain breaks clients that send it; to widen what a response may contain breaks clients that read
it. Other rules say at once what they mean. The identifiers are stable: lists of accepted changes
name them.
"""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["breaking", "unclear", "safe"]
Direction = Literal["request", "response", ""]

VERDICTS: tuple[Verdict, ...] = ("breaking", "unclear", "safe")


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of change.

    Args:
        name: The stable identifier.
        request: What the change means in a request, or where there is no direction.
        response: What it means in a response.
        sentence: What the change is, and where the verdict is not obvious, why.
    """

    name: str
    request: Verdict
    response: Verdict
    sentence: str


#: What an effect on the set of allowed values means in a request and in a response.
_EFFECTS: dict[str, tuple[Verdict, Verdict]] = {
    "narrows": ("breaking", "safe"),
    "widens": ("safe", "breaking"),
    "differs": ("breaking", "breaking"),
    "unknown": ("unclear", "unclear"),
    "breaking": ("breaking", "breaking"),
    "unclear": ("unclear", "unclear"),
    "safe": ("safe", "safe"),
    "unclear, safe": ("unclear", "safe"),
    "unclear, breaking": ("unclear", "breaking"),
    "unclear, unclear": ("unclear", "unclear"),
}

#: Identifier | effect, or verdict in a request and in a response | what changed.
_TABLE = """
operation-removed | breaking | an operation was removed
deprecated-operation-removed | breaking | an operation that was deprecated was removed
operation-added | safe | an operation was added
operation-deprecated | safe | an operation was deprecated
operation-undeprecated | safe | an operation is no longer deprecated
operation-id-changed | unclear | the operationId changed: it names functions of clients
description-changed | safe | summary, description or tags changed
path-parameter-renamed | safe | a path parameter was renamed, which no URL shows
server-removed | breaking | a server was removed
server-added | safe | a server was added
server-declared | unclear | servers are listed, and the address of the document is not one of them
parameter-removed | unclear | a parameter was removed: a server may ignore it or refuse it
required-parameter-added | breaking | a required parameter was added
optional-parameter-added | safe | an optional parameter was added
parameter-became-required | breaking | a parameter became required
parameter-became-optional | safe | a parameter became optional
parameter-location-changed | breaking | a parameter moved, for example from the query to a header
parameter-style-changed | breaking | style or explode changed: lists are written differently
parameter-content-changed | breaking | a parameter's value is written in another media type
parameter-deprecated | safe | a parameter was deprecated, or is no longer
empty-value-forbidden | breaking | a query parameter may no longer be empty
empty-value-allowed | safe | a query parameter may be empty
reserved-characters-changed | unclear | whether a parameter may contain reserved characters changed
required-body-added | breaking | a required body was added to a request
optional-body-added | safe | an optional body was added to a request
body-removed | breaking | a request no longer takes a body
body-became-required | breaking | the body of a request became required
body-became-optional | safe | the body of a request became optional
request-media-type-removed | breaking | a media type of a request was removed
request-media-type-added | safe | a media type of a request was added
body-encoding-changed | unclear | how the fields of a form are encoded changed
success-status-removed | breaking | a status of success or a redirect was removed
success-status-added | unclear | a status of success or a redirect was added
status-range-narrowed | safe | fewer statuses of a range such as 4XX are left
error-status-removed | safe | a status of an error was removed
error-status-added | safe | a status of an error was added: clients have to expect errors
default-response-removed | unclear | the answer for all other statuses was removed
default-response-added | unclear | an answer for all other statuses was added
response-body-removed | breaking | a response no longer has a body
response-body-added | safe | a response has a body now
response-media-type-removed | breaking | a media type of a response was removed
response-media-type-added | safe | a media type of a response was added
response-media-type-narrowed | safe | fewer media types of a range such as image/* are left
response-media-type-widened | breaking | any media type of a range may be in a response
link-removed | unclear | a link of a response to another operation was removed
link-added | safe | a link of a response to another operation was added
link-changed | unclear | a link of a response leads somewhere else
required-header-removed | breaking | a header field that each response had was removed
optional-header-removed | unclear | a header field that some responses had was removed
header-added | safe | a header field of a response was added
header-became-required | safe | a header field is in each response now
header-became-optional | breaking | a header field may be missing from a response now
security-added | breaking | an operation that anybody could call needs credentials
security-removed | safe | an operation needs no credentials any more
security-scheme-removed | breaking | credentials that were accepted no longer suffice
security-alternative-added | safe | other credentials are accepted, too
security-requirement-removed | safe | an operation needs fewer credentials at once
security-scope-added | breaking | a further scope is needed
security-scope-removed | safe | a scope is no longer needed
security-scheme-changed | breaking | how a client sends its credentials changed
security-flow-removed | breaking | a flow of OAuth2 was removed
security-flow-added | safe | a flow of OAuth2 was added
security-address-changed | unclear | an address of OAuth2 or OpenID Connect changed
callback-removed | unclear | a callback or webhook was removed
callback-added | unclear | a callback or webhook was added: clients may have to answer it
type-changed | differs | values have another type
type-narrowed | narrows | a type is no longer allowed
type-widened | widens | a further type is allowed
null-forbidden | narrows | null is no longer allowed
null-allowed | widens | null is allowed
alternative-removed | narrows | an alternative of anyOf, oneOf or a union was removed
alternative-added | widens | an alternative of anyOf, oneOf or a union was added
enum-value-removed | narrows | a value of an enumeration was removed
enum-value-added | widens | a value of an enumeration was added
enum-added | narrows | only listed values are allowed
enum-removed | widens | any value is allowed, not only listed ones
const-changed | differs | the only value allowed is another one
minimum-raised | narrows | the smallest number allowed is larger, or there is one now
minimum-lowered | widens | the smallest number allowed is smaller, or there is none any more
maximum-lowered | narrows | the largest number allowed is smaller, or there is one now
maximum-raised | widens | the largest number allowed is larger, or there is none any more
multiple-of-narrowed | narrows | numbers have to be a multiple, or of a larger number
multiple-of-widened | widens | numbers need not be a multiple, or of a smaller number
multiple-of-changed | differs | numbers have to be multiples of another number
min-length-raised | narrows | strings have to be longer
min-length-lowered | widens | strings may be shorter
max-length-lowered | narrows | strings have to be shorter
max-length-raised | widens | strings may be longer
min-items-raised | narrows | lists have to be longer
min-items-lowered | widens | lists may be shorter
max-items-lowered | narrows | lists have to be shorter
max-items-raised | widens | lists may be longer
min-properties-raised | narrows | objects need more properties
min-properties-lowered | widens | objects may have fewer properties
max-properties-lowered | narrows | objects may have fewer properties at most
max-properties-raised | widens | objects may have more properties
unique-items-added | narrows | the items of a list have to differ
unique-items-removed | widens | the items of a list may be equal
pattern-added | narrows | strings have to fit a pattern
pattern-removed | widens | strings need not fit a pattern
pattern-changed | unknown | strings have to fit another pattern, and what it allows is unknown
format-added | narrows | strings or numbers need a format
format-removed | widens | strings or numbers need no format
format-narrowed | narrows | the format allows fewer values
format-widened | widens | the format allows more values
format-changed | differs | values have another format
format-unknown | unknown | a format changed that no standard defines
required-property-added | breaking, safe | a required property was added
optional-property-added | safe | an optional property was added
property-added-to-closed-object | safe, breaking | a property was added where others were forbidden
required-property-removed | unclear, breaking | a property that was required was removed
optional-property-removed | unclear, unclear | a property that was optional was removed
property-removed-from-closed-object | breaking | a property was removed, and others are forbidden
property-became-required | narrows | a property became required
property-became-optional | widens | a property became optional
additional-properties-forbidden | narrows | properties that the schema does not name are forbidden
additional-properties-allowed | widens | properties that the schema does not name are allowed
default-changed | unclear, safe | what the server takes for a missing value changed
discriminator-changed | differs | another property tells the alternatives of a union apart
discriminator-added | unknown | a property tells the alternatives of a union apart
discriminator-removed | unknown | no property tells the alternatives of a union apart
discriminator-value-removed | narrows | a value of a discriminator was removed
discriminator-value-added | widens | a value of a discriminator was added
discriminator-value-moved | differs | a value of a discriminator means another schema
property-deprecated | safe | a property was deprecated, or is no longer
condition-added | narrows | values have to meet a condition, such as `not`, `if` or `contains`
condition-removed | widens | values need not meet a condition any more
schema-keyword-changed | unknown | a keyword changed that no rule understands, such as `not` or `if`
"""


def _read_table() -> dict[str, Rule]:
    rules = {}
    for line in _TABLE.strip().splitlines():
        name, effect, sentence = (cell.strip() for cell in line.split("|"))
        request, response = _EFFECTS.get(effect) or _verdicts(effect)
        rules[name] = Rule(name, request, response, sentence)
    return rules


def _verdicts(pair: str) -> tuple[Verdict, Verdict]:
    first, second = pair.split(", ")
    by_name = {verdict: verdict for verdict in VERDICTS}
    return by_name[first], by_name[second]  # type: ignore[index]


RULES = _read_table()
