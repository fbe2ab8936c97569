"""Connections for fuzzing: a grammar of requests, most of them right, and changed bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

T = TypeVar("T")
Op = tuple[int, int, int, int]
#: It ends each connection, as far as it is still read as a request.
END = b"GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Script:
    """What one client sends, in how many parts, and how many requests were meant."""

    data: bytes
    cuts: tuple[int, ...]
    requests: int

    @property
    def parts(self) -> list[bytes]:
        """The bytes, divided at the cuts."""
        whole = self.data + END
        places = sorted({cut % len(whole) for cut in self.cuts} - {0})
        return [
            whole[begin:end] for begin, end in zip([0, *places], [*places, len(whole)], strict=True)
        ]


def often(
    common: st.SearchStrategy[T], rare: st.SearchStrategy[T], odds: int = 8
) -> st.SearchStrategy[T]:
    """Draw from the first mostly, and from the second once in `odds` times."""
    return st.integers(1, odds).flatmap(lambda n: rare if n == odds else common)


texts = st.binary(max_size=12)
tokens = st.text("abcXYZ-_.!~0", min_size=1, max_size=8).map(str.encode)
visible = st.text([chr(n) for n in range(0x21, 0x7F)] + ["é", " "], max_size=12).map(
    lambda text: text.encode("latin-1")
)

methods = often(
    st.sampled_from([b"GET", b"POST", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"PATCH"]),
    st.sampled_from([b"FOO", b"get", b"CONNECT", b"TRACE", b"LINK", b"PRI", b"", b"G T"]),
    6,
)
paths = st.sampled_from(
    [
        b"/",
        b"/items/7",
        b"/items/-12345678901234567890",
        b"/items/x",
        b"/items/%37",
        b"/rest/a/b//c",
        b"/rest/%C3%A9%2F%00%ff",
        b"/rest/..%2f../a",
        b"/headers",
        b"/stream",
        b"/empty",
        b"/raised",
        b"/redirect",
        b"/slow",
        b"/thread",
        b"/body",
        b"/nothing",
        b"//",
        b"/items/",
        b"/%",
        b"/%zz",
    ]
)
posted = st.sampled_from([b"/books", b"/form", b"/body", b"/unread", b"/"])
queries = often(
    st.sampled_from([b"", b"", b"", b"?q=1", b"?tag=a&tag=b", b"?q=x", b"?", b"?a=b;c=d"]),
    visible.map(lambda text: b"?" + text.replace(b" ", b"+")),
    6,
)
odd_targets = st.one_of(
    paths.map(lambda path: b"http://b" + path),
    st.sampled_from(
        [b"*", b"a:80", b"@a/", b"/a#b", b"http://", b"https://b:8/items/7", b"items/7", b""]
    ),
    visible,
)
#: Methods with targets, most of which fit.
targets = often(
    st.one_of(
        st.tuples(st.just(b"GET"), st.builds(bytes.__add__, paths, queries)),
        st.tuples(st.just(b"POST"), st.builds(bytes.__add__, posted, queries)),
    ),
    st.one_of(
        st.tuples(methods, st.one_of(paths, posted)), st.tuples(st.just(b"GET"), odd_targets)
    ),
    8,
)
versions = often(
    st.sampled_from([b"HTTP/1.1"] * 12 + [b"HTTP/1.0"]),
    st.sampled_from([b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.a", b"http/1.1", b"", b"X"]),
    16,
)
hosts = often(
    st.just(b"Host: a"),
    st.sampled_from([b"Host: a:80", b"Host:", b"host: [::1]", b"Host: a/b", b"Host: a\r\nHost: b"]),
    30,
)
fields = often(
    st.sampled_from(
        [
            b"Accept: */*",
            b"User-Agent: fuzz",
            b"X-One: 1",
            b"X_One: 2",
            b"Cookie: last=a; b=c",
            b"Cookie: last=\xe9",
            b"Connection: keep-alive",
            b"Connection: x, close",
            b"Connection: Upgrade",
            b"Upgrade: h2c",
            b"Expect: 100-continue",
            b"Expect: x",
            b"Range: bytes=0-1",
            b"X-Forwarded-For: 10.0.0.1",
            b"X-Forwarded-Proto: https",
            b"Content-Encoding: gzip",
            b"Empty:",
            b"Spaces:   a  ",
        ]
    ),
    st.one_of(
        st.builds(lambda name, value: name + b": " + value, tokens, visible),
        st.builds(lambda name, value: name + b":" + value, texts, texts),
        st.sampled_from([b"X : a", b" folded", b"no colon", b": empty", b"X: a\nY: b", b"X: \x00"]),
    ),
    25,
)
kinds = st.sampled_from(
    [
        *[b"Content-Type: application/json"] * 3,
        b"Content-Type: application/x-www-form-urlencoded",
        b"Content-Type: multipart/form-data; boundary=b",
        b"Content-Type: text/plain",
    ]
)
bodies = often(
    st.sampled_from(
        [
            b'{"title": "Emma", "pages": 3}',
            b'{"title": "Emma"}',
            b'{"title": 1',
            b"[]",
            b"title=Emma&pages=3",
            b"pages=x",
            b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nEmma\r\n--b--\r\n',
            b"",
            b"GET /empty HTTP/1.1\r\nHost: a\r\n\r\n",
            b"hello" * 200,
        ]
    ),
    texts,
    5,
)


def chunks(body: bytes, size: int, extension: bytes, trailer: bytes, end: bytes) -> bytes:
    """A body in chunks."""
    size = max(1, size)
    pieces = [body[i : i + size] for i in range(0, len(body), size)]
    lines = [b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces]
    return b"".join([*lines, b"0\r\n", trailer, end])


@st.composite
def framed(draw: st.DrawFn) -> tuple[list[bytes], bytes]:
    """A body with the fields that frame it."""
    body = draw(bodies)
    how = draw(st.integers(0, 19))
    if how < 7:
        return [], b""
    if how < 13:
        return [b"Content-Length: %d" % len(body)], body
    if how < 18:
        sent = chunks(
            body,
            draw(st.sampled_from([1000, 7, 1])) if len(body) < 100 else 300,
            draw(often(st.just(b""), st.sampled_from([b";a=b", b"; a", b" ", b";\n"]), 4)),
            draw(often(st.just(b""), st.sampled_from([b"X: a\r\n", b"Content-Length: 5\r\n"]), 4)),
            draw(often(st.just(b"\r\n"), st.sampled_from([b"", b"\n", b"X\r\n"]), 8)),
        )
        return [b"Transfer-Encoding: chunked"], sent
    values = [b"+5", b"5, 5", b"5 ", b"", b"0x5", b"99999999999999999999", b"%d" % (len(body) + 3)]
    odd = [
        b"Content-Length: " + draw(st.sampled_from(values)),
        b"Transfer-Encoding: " + draw(st.sampled_from([b"gzip, chunked", b"identity", b"x", b""])),
        b"Transfer-Encoding: chunked",
        b"Content-Length: %d" % len(body),
    ]
    return draw(st.lists(st.sampled_from(odd), min_size=1, max_size=2)), body


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """One request."""
    framing, body = draw(framed())
    blank = draw(often(st.just(b" "), st.sampled_from([b"  ", b"\t", b""]), 60))
    method, target = draw(targets)
    first = method + blank + target + b" " + draw(versions)
    lines = [draw(hosts), *draw(st.lists(fields, max_size=4)), *framing]
    if body and draw(st.integers(0, 3)):
        lines.append(draw(kinds))
    end = draw(often(st.just(b"\r\n"), st.sampled_from([b"\n", b"\r", b"\r\r\n"]), 80))
    before = draw(often(st.just(b""), st.sampled_from([b"\r\n", b"\r\n\r\n", b"\n"]), 20))
    return before + end.join([first, *lines, b"", b""]) + body


changes = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2000), st.integers(0, 255), st.integers(1, 20)),
    max_size=3,
)


def changed(data: bytes, ops: list[Op]) -> bytes:
    """Put bytes in, take some out, change and repeat some."""
    result = bytearray(data)
    for kind, place, byte, size in ops:
        place %= len(result) + 1
        if kind == 0:
            result[place : place + 1] = bytes([byte])
        elif kind == 1:
            del result[place : place + size]
        elif kind == 2:
            result[place:place] = bytes([byte]) * min(size, 3)
        else:
            result[place:place] = result[place : place + size]
    return bytes(result)


@st.composite
def same_fields(draw: st.DrawFn) -> Script:
    """One connection with the same header fields over and over, a request at a time."""
    lines = [draw(hosts), *draw(st.lists(fields, max_size=3)), draw(kinds)]
    place = draw(st.integers(0, len(lines)))
    data, cuts = b"", []
    count = draw(st.integers(2, 5))
    for _ in range(count):
        method, target = draw(targets)
        body = draw(bodies)
        length = len(body) + draw(often(st.just(0), st.sampled_from([-1, 1]), 20))
        wide = draw(often(st.just(b"%d"), st.sampled_from([b"0%d", b"+%d", b"%d ", b"%d,"]), 20))
        framing = [b"Content-Length: " + wide % max(0, length)] if draw(st.integers(0, 3)) else []
        head = [method + b" " + target + b" HTTP/1.1", *lines[:place], *framing, *lines[place:]]
        data += b"\r\n".join([*head, b"", b""])
        cuts += draw(st.sampled_from([[], [], [len(data)]]))
        data += body if framing else b""
        cuts.append(len(data) + draw(often(st.just(0), st.sampled_from([-2, -1, 1, 2]), 10)))
    return without_websockets(Script(data, tuple(cuts), count + 1))


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """One connection."""
    if not draw(st.integers(0, 3)):
        return draw(same_fields())
    drawn = draw(st.lists(requests(), min_size=1, max_size=4))
    none: st.SearchStrategy[list[Op]] = st.just([])
    ops = draw(often(none, changes, 3))
    cuts = draw(st.lists(st.integers(0, 3000), max_size=2))
    data = changed(b"".join(drawn), ops)
    return without_websockets(Script(data, tuple(cuts), len(drawn) + 1))


def without_websockets(script: Script) -> Script:
    """The script, or another: what follows an upgrade is not ours to answer."""
    return replace(script, data=b"\r\n") if b"websocket" in script.data.lower() else script


def generate(count: int, number: int) -> list[Script]:
    """Generate connections; the same number gives the same ones."""
    found: list[Script] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(scripts())
    def collect(script: Script) -> None:
        found.append(script)

    collect()
    return list(dict.fromkeys(found))
