"""Who takes part, by which server, and what each cannot serve with the same validation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.works import RAPIDE_RUN

NO_INJECTION = "has no dependency injection"
NO_CLEANUP = "its dependencies have no cleanup after the answer"
BARE = "a bare function: nothing is routed, parsed or validated"
BY_HAND = ("parameters", "models", "invalid", "dependencies", "bearer", "threads")
BARE_LACKS = (*BY_HAND, "model_list", "upload", "middleware", "many_routes")
TO_THREAD = "by `asyncio.to_thread` in an async handler"


@dataclass(frozen=True, slots=True)
class Peer:
    """A framework on a server."""

    name: str
    title: str
    settings: str
    module: str | None = None
    """The file here that serves it; None for an application file of `benchmarks/apps`."""
    framework: str = "fastapi"
    """For application files: which framework they take."""
    http: str = "httptools"
    works: tuple[str, ...] | None = None
    """The works that it is measured at; None for all."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Works that it cannot serve, and why."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Works that it serves in a way worth telling."""


UVICORN = "uvicorn (httptools, uvloop)"

PEERS: tuple[Peer, ...] = (
    Peer("rapide", "Rapide", "`rapide run`", framework="rapide", http=RAPIDE_RUN),
    Peer("fastapi", "FastAPI", UVICORN),
    Peer("granian", "FastAPI, Granian", "Granian (one worker, uvloop)", "on_granian"),
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
        notes={"invalid": "with Pydantic models: msgspec tells the first error only"},
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
        missing={"invalid": "msgspec tells the first error only", "dependencies": NO_CLEANUP},
        notes={"threads": f"{TO_THREAD}: a `def` handler that blocks stops the others"},
    ),
    Peer(
        "django-bolt-pydantic",
        "django-bolt, Pydantic",
        "its own server in Rust (one process, one worker), Pydantic by hand",
        "on_django_bolt_pydantic",
        works=("models", "invalid", "model_list"),
    ),
)

#: Whose versions the report tells, by the names of their distributions.
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
    "granian",
    "uvicorn",
    "httptools",
    "uvloop",
    "pydantic",
    "pydantic-core",
    "msgspec",
    "orjson",
)
