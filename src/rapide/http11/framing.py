"""How the body of a response is framed, from what is known of the request and of the head.

SPEC: RFC 9112, section 6; RFC 9110, sections 6.4.1 and 8.6.
"""

from __future__ import annotations

from typing import Final

from rapide._statuses import allows_body
from rapide.http11.heads import ResponseHead
from rapide.http11.states import BY_LENGTH, CHUNKED, NO_BODY, UNTIL_CLOSE

CHUNKED_LINE: Final = b"transfer-encoding: chunked\r\n"
LAST_CHUNK: Final = b"0\r\n\r\n"


def framing_of(status: int, method: str, version: str, head: ResponseHead) -> int:
    """Return the framing of a response's body."""
    if method == "HEAD" or not allows_body(status):
        return NO_BODY
    if head.is_chunked and version != "1.0":
        return CHUNKED
    if head.length is not None:
        return BY_LENGTH
    return UNTIL_CLOSE if version == "1.0" else CHUNKED


def lines_of(status: int, version: str, head: ResponseHead, framing: int) -> bytes:
    """Return the application's header fields as they are sent, with what they say about framing."""
    if framing == NO_BODY and status != 304 and not allows_body(status):
        # SPEC: RFC 9110, 15.3.6: a response with 205 has no content, and says so.
        return head.without_framing() + (b"content-length: 0\r\n" if status == 205 else b"")
    if head.is_chunked and (version == "1.0" or head.lengths > 1):
        return head.without_framing() + (b"" if version == "1.0" else CHUNKED_LINE)
    if head.lengths > 1:
        # The first counts, as with uvicorn; two would let a client take its pick.
        return b"content-length: %d\r\n" % (head.length or 0) + head.without_framing()
    return b"".join(head.lines)


def chunk(part: bytes) -> bytes:
    """Return a part of a body as a chunk; b"" for an empty part, which would end the body."""
    return b"%x\r\n%b\r\n" % (len(part), part) if part else b""
