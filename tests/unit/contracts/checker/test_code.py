"""The rules that read code: what they find, in the marked lines, and what they must not find."""

import pytest

from tests.unit.contracts.checker.conftest import HEAD, Check

BLOCKING = """
import asyncio, concurrent.futures, functools, os, pathlib, queue, shutil, socket, sqlite3
import subprocess, sys, threading, time, typing, urllib.request
import httpx, requests
from functools import partial
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, sessionmaker
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from elsewhere import again, Base
app = FastAPI()
sessions = sessionmaker(create_engine("sqlite://"))
lock, jobs, folder = threading.Lock(), queue.Queue(), pathlib.Path(".")
pool = concurrent.futures.ThreadPoolExecutor()
client = requests.Session()
changed = time.sleep
def change():
    global changed
    changed = asyncio.sleep
def direct(): deeper()
def deeper(): time.sleep(1)  #!
def loop(n): return loop(n - 1) if n else shutil.rmtree("x")  #!
def make() -> Session: return sessions()
def make_async() -> AsyncSession: ...
class Service:
    def __init__(self, db: Annotated[Session, Depends(make)]):
        self.db = db
        self.http = httpx.Client()
    def load(self):
        self.http.get("x")  #!
        return self.db.execute("x")  #!
    def __call__(self): os.system("x")  #!
    def __enter__(self): input()  #!
    def __exit__(self, *_): ...
class Quiet(Base):
    def load(self): ...
def in_thread(f):
    @functools.wraps(f)
    async def inner(*args): return await asyncio.to_thread(f, *args)
    return inner
def plain(f):
    @functools.wraps(f)
    def inner(*args): return f(*args)
    return inner
@in_thread
def threaded(): time.sleep(1)
@plain
def wrapped(): time.sleep(1)  #!
@functools.cache
def cached(): time.sleep(1)  #!
def items():
    subprocess.run("x")  #!
    yield 1
async def stream():
    time.sleep(1)  #!
    yield 1
def thread_items():
    time.sleep(1)
    yield 1
@contextmanager
def manager() -> typing.Iterator[Session]:
    subprocess.check_output("x")  #!
    yield make()
async def later(): time.sleep(1)  #!
async def never(): time.sleep(1)
def apply(f): return f()
async def dependency():
    socket.create_connection(("x", 1))  #!
    yield
def sync_dependency(): time.sleep(1)
@app.get("/a", dependencies=[Depends(dependency), Depends(sync_dependency)])
async def a(service: Annotated[Service, Depends()], db: Annotated[Session, Depends(make)]):
    direct()
    loop(3)
    service.load()
    service()
    db.query(int).filter(1).all()  #!
    await threaded()
    wrapped()
    cached()
    for _ in items(): pass
    with manager() as found:
        found.commit()  #!
    with service, lock:
        pass
    jobs.get()  #!
    jobs.get(block=False)
    lock.acquire(False)
    pool.submit(deeper).result()  #!
    (folder / "x").read_text()  #!
    with open("x") as file:
        file.read()  #!
        for _ in file: pass  #!
    client.get("x")  #!
    urllib.request.urlopen("x").read()  #!
    connection = sqlite3.connect("x")  #!
    connection.execute("x").fetchall()  #!
    threading.Thread(target=deeper).join()  #!
    import httpx as h
    h.get("x")  #!
    partial(time.sleep, 1)()  #!
    run = lambda: time.sleep(1)  #!
    run()
    apply(lambda: time.sleep(1))  #!
    [time.sleep(n) for n in (1, 2)]  #!
    await run_in_threadpool(time.sleep(1))  #!
    asyncio.create_task(later())
    never()
    again()
    return StreamingResponse(stream())
@app.get("/b")
async def b(base: Annotated[Base, Depends()], db: Annotated[AsyncSession, Depends(make_async)]):
    await asyncio.sleep(1)
    await asyncio.to_thread(deeper)
    await asyncio.to_thread(time.sleep, 1)
    await run_in_threadpool(lambda: time.sleep(1))
    await asyncio.get_running_loop().run_in_executor(None, deeper)
    async with httpx.AsyncClient() as c: await c.get("x")
    await db.execute("x")
    changed(1)
    base.load()
    time.sleep(1)  # rapide: allow-blocking
    direct()  # rapide: allow-blocking
    if typing.TYPE_CHECKING: time.sleep(1)
    if sys.version_info < (3, 0) or not 1: time.sleep(1)
    async with asyncio.Lock(): pass
    for x in [never, deeper]: x
    def inner(): time.sleep(1)
    time = asyncio
    time.sleep(1)
    return StreamingResponse(thread_items())
    deeper()
@app.get("/c")
def c(): time.sleep(1)
@app.middleware("http")
async def m(request, call_next):
    time.sleep(1)  #!
    return await call_next(request)
@app.exception_handler(KeyError)
async def h(request, error): time.sleep(1)  #!
@app.websocket("/w")
async def w(websocket: WebSocket): time.sleep(1)  #!
"""
ELSEWHERE = """
import time
def again(): time.sleep(1)
class Base:
    def load(self): time.sleep(1)
"""

CODE = """
import asyncio
from contextlib import suppress
from typing import NoReturn
import httpx
app = FastAPI()
async def fetch() -> int: return 1
def fetches(): return fetch()
def wraps(f):
    from functools import wraps
    @wraps(f)
    def inner(): return f()
    return inner
@app.get("/a")
def a(): return fetch()  #! unawaited-coroutine
@app.get("/b")
async def b(d: Annotated[int, Depends(fetches)]):
    asyncio.sleep(1)  #! unawaited-coroutine
    httpx.AsyncClient().get("x")  #! unawaited-coroutine
    fetch()  #! unawaited-coroutine
    later = fetch()
    task = asyncio.create_task(fetch())
    await asyncio.gather(fetch(), later)
    got = fetch()
    return got  #! unawaited-coroutine
@app.get("/c")
async def c(): return await fetch()
@app.get("/d")
@wraps
async def d(): return 1
def raises(error) -> NoReturn: raise error
def chooses(error):
    if error: raise error
    else: raise KeyError
async def right():
    try: yield
    except ValueError as error: raises(error)
    except KeyError as error: chooses(error)
    except GeneratorExit: pass
    except Exception as error:
        if isinstance(error, HTTPException): raise
        raise HTTPException(400) from error
    finally: print()
def wrong():
    try: yield
    except Exception as error:  #! swallowed-exception
        if isinstance(error, HTTPException): raise
async def bare():
    async with asyncio.Lock():
        try: yield
        except: print()  #! swallowed-exception
def leaving():
    try: yield
    finally:
        return  #! swallowed-exception
def suppressing():
    with suppress(Exception):  #! swallowed-exception
        yield
def harmless():
    with suppress(GeneratorExit): yield
def before():
    try: print()
    except Exception: pass
    yield
def remembering():
    failed = None
    try: yield
    except Exception as error: failed = error
    if failed: raise failed
DEPENDENCIES = [right, wrong, bare, leaving, suppressing, harmless, before, remembering]
@app.get("/e", dependencies=[Depends(call) for call in DEPENDENCIES])
def e(): ...
"""


@pytest.mark.parametrize(
    ("source", "rules"),
    [(BLOCKING, {"blocking-call"}), (CODE, {"unawaited-coroutine", "swallowed-exception"})],
)
def test_marked_lines_are_found_and_no_others(source: str, rules: set[str], check: Check) -> None:
    found = [item for item in check(source, elsewhere=ELSEWHERE) if item.rule in rules]
    lines = (HEAD + source).splitlines()
    marked = {number: line for number, line in enumerate(lines, 1) if "#!" in line}
    other = {item.line: item.message for item in found if item.file.endswith("elsewhere.py")}
    own = {line: item for item in found if item.file.endswith("main.py") for line in item.lines}
    assert {lines[number - 1] for number in own.keys() - marked.keys()} == set()
    assert {lines[number - 1] for number in marked.keys() - own.keys()} == set()
    assert all(item.rule in marked[line] for line, item in own.items() if rules > {item.rule})
    assert len(other) == (source is BLOCKING)


def test_a_finding_shows_the_chain_of_calls_and_what_to_write(check: Check) -> None:
    (found,) = check(
        "import time\ndef load():\n    read()\ndef read():\n    time.sleep(1)\n"
        "@app.get('/a')\nasync def a():\n    load()\n"
        "@app.get('/b')\nasync def b(): load()\n"
    )
    assert found.route == "GET /a"
    assert [step.rpartition("/")[0].partition(" ")[0] for step in found.chain] == [
        "a",
        "load",
        "read",
    ]
    assert [int(step.rstrip(")").rpartition(":")[2]) for step in found.chain] == [10, 5, 7]
    assert found.place.endswith("main.py:7")
    assert "time.sleep" in found.message
    assert found.routes == ("GET /a", "GET /b")
    assert "asyncio.sleep" in found.advice
