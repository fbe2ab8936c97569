"""Who takes part, by which server, and what each cannot serve with the same validation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.works import RAPIDE_RUN

NO_INJECTION = "has no dependency injection"
NO_CLEANUP = "its dependencies have no cleanup after the answer"
BARE = "a bare function: nothing is routed, parsed or validated"
BY_HAND = ("parameters", "models", "invalid", "dependencies", "bearer", "threads")
BARE_LACKS = (*BY_HAND, "model_list", "upload", "middleware", "many_routes", "websocket")
SYNC_ONLY = "only its `def` handlers take part"
TO_THREAD = "by `asyncio.to_thread` in an async handler"


@dataclass(frozen=True, slots=True)
class Peer:
    """A framework on a server."""

    name: str
    title: str
    settings: str
    module: str | None = None
    """The file here that serves it; None for an application file of `benchmarks/apps`."""
    server: str = ""
    """The file here that serves the applications of `module`; that file itself without one."""
    framework: str = "fastapi"
    """For application files: which framework they take. For servers outside of Python: which."""
    app: str | None = None
    """An application file of its own, for every work."""
    http: str = "httptools"
    works: tuple[str, ...] | None = None
    """The works that it is measured at; None for all."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Works that it cannot serve, and why."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Works that it serves in a way worth telling."""


UVICORN = "uvicorn (httptools, uvloop)"
#: What shows a server's part, for other servers below FastAPI.
OF_SERVERS = ("hello", "browser", "models", "upload", "not_found", "websocket")
#: What a bare function can answer.
CONSTANT = ("hello", "browser", "not_found")
#: What the servers outside of Python answer.
SMALL = ("hello", "browser")

PEERS: tuple[Peer, ...] = (
    Peer("rapide", "Rapide", "`rapide run`", framework="rapide", http=RAPIDE_RUN),
    Peer(
        "rapide-structs",
        "Rapide, msgspec",
        "`rapide run`, Structs",
        framework="rapide",
        http=RAPIDE_RUN,
        app="structs",
        works=("models", "model_list"),
    ),
    Peer("fastapi", "FastAPI", UVICORN),
    Peer("granian", "FastAPI, Granian", "Granian (one worker, uvloop)", "on_granian"),
    Peer(
        "zttp",
        "FastAPI, zttp",
        "uvicorn (zttp, uvloop)",
        "on_fastapi",
        "by_zttp",
        works=OF_SERVERS,
    ),
    Peer(
        "h2corn",
        "FastAPI, h2corn",
        "h2corn (one worker, uvloop)",
        "on_fastapi",
        "by_h2corn",
        works=OF_SERVERS,
    ),
    Peer(
        "saltare",
        "FastAPI, saltare",
        "saltare (one worker)",
        "on_fastapi",
        "by_saltare",
        works=OF_SERVERS,
        missing={"upload": "a body of 20 kB never arrives"},
    ),
    Peer(
        "raw-zttp",
        "raw ASGI function, zttp",
        "uvicorn (zttp, uvloop)",
        "on_raw_asgi",
        "by_zttp",
        works=CONSTANT,
    ),
    Peer(
        "raw-h2corn",
        "raw ASGI function, h2corn",
        "h2corn (one worker, uvloop)",
        "on_raw_asgi",
        "by_h2corn",
        works=CONSTANT,
    ),
    Peer(
        "raw-saltare",
        "raw ASGI function, saltare",
        "saltare (one worker)",
        "on_raw_asgi",
        "by_saltare",
        works=CONSTANT,
    ),
    Peer(
        "raw",
        "raw ASGI function",
        UVICORN,
        "on_raw_asgi",
        missing=dict.fromkeys(BARE_LACKS, BARE),
        notes={"not_found": "answers 404 to everything"},
    ),
    Peer(
        "starlette",
        "Starlette",
        f"{UVICORN}, Pydantic by hand, orjson",
        "on_starlette",
        missing={"dependencies": NO_INJECTION},
        notes={"bearer": "in the handler"},
    ),
    Peer(
        "litestar",
        "Litestar",
        f"{UVICORN}, msgspec",
        "on_litestar",
        notes={"invalid": "with Pydantic models: msgspec reports only the first error"},
    ),
    Peer(
        "blacksheep",
        "BlackSheep",
        f"{UVICORN}, limits of parameters and Pydantic by hand, orjson",
        "on_blacksheep",
        missing={"dependencies": NO_CLEANUP},
        notes={"bearer": "in the handler", "threads": TO_THREAD},
    ),
    Peer(
        "falcon",
        "Falcon",
        f"{UVICORN}, its own checks of parameters, Pydantic by hand, orjson",
        "on_falcon",
        missing={"dependencies": NO_INJECTION},
        notes={"bearer": "in a hook", "threads": TO_THREAD},
    ),
    Peer(
        "aiohttp",
        "aiohttp",
        "its own server (uvloop), Pydantic by hand, orjson",
        "on_aiohttp",
        missing={"dependencies": NO_INJECTION},
        notes={
            "bearer": "in the handler",
            "threads": TO_THREAD,
            "middleware": "CORS by aiohttp-cors",
        },
    ),
    Peer(
        "sanic",
        "Sanic",
        "its own server (single process, uvloop), Pydantic by hand, orjson",
        "on_sanic",
        missing={"dependencies": NO_CLEANUP},
        notes={
            "bearer": "in the handler",
            "threads": TO_THREAD,
            "middleware": "CORS by sanic-ext, a response hook",
        },
    ),
    Peer(
        "robyn",
        "Robyn",
        "its own server in Rust (one process, one worker), Pydantic",
        "on_robyn",
        missing={"dependencies": "injects values, not functions of the request"},
        notes={
            "parameters": "`%20` in a query is decoded by hand",
            "bearer": "in the handler",
            "threads": f"{TO_THREAD}: a `def` handler that blocks stops the others",
            "middleware": "one hook before, one after",
        },
    ),
    Peer(
        "django-bolt",
        "django-bolt",
        "its own server in Rust (one process, one worker), msgspec",
        "on_django_bolt",
        missing={"invalid": "msgspec reports only the first error", "dependencies": NO_CLEANUP},
        notes={"threads": f"{TO_THREAD}: a `def` handler that blocks stops the others"},
    ),
    Peer(
        "django-bolt-pydantic",
        "django-bolt, Pydantic",
        "its own server in Rust (one process, one worker), Pydantic by hand",
        "on_django_bolt_pydantic",
        works=("models", "invalid", "model_list"),
    ),
    Peer(
        "socketify",
        "socketify",
        "uWebSockets in C++ (one process), Pydantic by hand, orjson",
        "on_socketify",
        missing={
            "dependencies": NO_INJECTION,
            "upload": "reads no multipart forms",
            "middleware": "has no CORS",
        },
        notes={"bearer": "in the handler", "threads": TO_THREAD},
    ),
    Peer(
        "fastrapi",
        "FastrAPI",
        "its own server in Rust (one process), `def` handlers, Pydantic",
        "on_fastrapi",
        missing={
            "invalid": "does not tell the errors",
            "dependencies": NO_CLEANUP,
            "upload": SYNC_ONLY,
            "middleware": SYNC_ONLY,
            "websocket": SYNC_ONLY,
        },
        notes={
            "parameters": "limits by hand: those of `Query` and `Path` are ignored",
            "bearer": "in the handler",
        },
    ),
    Peer(
        "epoll",
        "C, epoll",
        "a constant answer, nothing parsed",
        "on_outside",
        framework="epoll",
        works=SMALL,
    ),
    Peer(
        "nginx",
        "nginx",
        "`return 200` with a constant answer, one worker",
        "on_outside",
        framework="nginx",
        works=SMALL,
    ),
    Peer(
        "go",
        "Go, net/http",
        "encoding/json, GOMAXPROCS=1",
        "on_outside",
        framework="go",
        works=SMALL,
    ),
    Peer("node", "Node, http", "JSON.stringify", "on_outside", framework="node", works=SMALL),
    Peer(
        "fastify",
        "Fastify",
        "Node, an answer with a schema",
        "on_outside",
        framework="fastify",
        works=SMALL,
    ),
)

#: The servers that are no frameworks for Python: lines to compare with.
OUTSIDE = ("epoll", "nginx", "go", "node", "fastify")

#: The distributions whose versions the report shows.
DISTRIBUTIONS = (
    "rapide",
    "fastapi",
    "starlette",
    "litestar",
    "blacksheep",
    "falcon",
    "aiohttp",
    "aiohttp-cors",
    "sanic",
    "sanic-ext",
    "robyn",
    "django-bolt",
    "django",
    "socketify",
    "fastrapi",
    "granian",
    "h2corn",
    "saltare",
    "zttp",
    "uvicorn",
    "httptools",
    "uvloop",
    "pydantic",
    "pydantic-core",
    "msgspec",
    "orjson",
)
