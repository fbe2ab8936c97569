"""Calls that block the event loop: many ways to write them, and what must not be taken for one."""

import pytest

from tests.unit.contracts.checker.conftest import HEAD, Check

WAYS = """
import asyncio, threading, queue, subprocess, os, socket, sqlite3, smtplib
import ftplib, zipfile, tarfile, shutil, http.client, urllib.request
import multiprocessing, concurrent.futures
import functools, contextlib
from functools import partial, wraps, cached_property
from time import sleep as nap
import requests as r
import httpx
import requests
from pathlib import Path
from typing import Annotated
from rapide import FastAPI, APIRouter, Depends, BackgroundTasks, WebSocket
app = FastAPI()
router = APIRouter(prefix="/x")
class Client:
    def __init__(self):
        self.session = requests.Session()
        self.conn = sqlite3.connect("x")  #!
        self._q: queue.Queue = queue.Queue()
    @property
    def fresh(self): return self.session.get("http://x")  #!
    @cached_property
    def once(self): return requests.get("http://x")  #!
    def fetch(self): return self.session.post("x")  #!
    def __getitem__(self, k): nap(1)  #!
    def __iter__(self):
        nap(1)  #!
        return iter(())
    def __len__(self):
        nap(1)  #!
        return 1
    def __add__(self, o): nap(2)  #!
    def __contains__(self, k): nap(1)  #!
    def __bool__(self):
        nap(1)  #!
        return True
    @staticmethod
    def st(): nap(1)  #!
    @classmethod
    def cl(cls): nap(1)  #!
    def __enter__(self): nap(1)  #!
    def __exit__(self, *a): nap(1)  #!
class Sub(Client):
    def fetch(self): return super().fetch()
class Mid(Sub):
    async def go(self): self.fetch()
client = Client()
registry = {"c": client}
def deco(f):
    @wraps(f)
    async def inner(*a, **k):
        nap(1)  #!
        return await f(*a, **k)
    return inner
def deco2(f):
    @wraps(f)
    def inner(*a, **k):
        return f(*a, **k)
    return inner
def deco3(n):
    def outer(f):
        @wraps(f)
        async def inner(*a, **k):
            nap(n)  #!
            return await f(*a, **k)
        return inner
    return outer
@app.get("/1")
async def e1(): nap(1)  #!
@app.get("/2")
async def e2(): r.get("x")  #!
@app.get("/3")
async def e3(): return client.fresh
@app.get("/4")
async def e4(): return client.once, client.fetch()
@app.get("/5")
async def e5():
    client["a"]
    for x in client: pass
    len(client)
@app.get("/6")
async def e6(): return client + 1
@app.get("/7")
async def e7(): return 1 in client
@app.get("/8")
async def e8():
    if client: return 1
@app.get("/9")
async def e9(): Client.st(); Client.cl()
@app.get("/10")
async def e10():
    with client: pass
@app.get("/11")
async def e11(): await Mid().go()
@router.get("/12")
@deco
async def e12():
    return 1
@router.get("/13")
@deco3(3)
async def e13(): return 1
@app.get("/14")
async def e14():
    [nap(x) for x in (1,)]  #!
    {nap(x) for x in (1,)}  #!
    {x: nap(x) for x in (1,)}  #!
    list(nap(x) for x in (1,))  #!
@app.get("/15")
async def e15():
    f = lambda: nap(1)  #!
    f()
@app.get("/16")
async def e16():
    def inner():
        def inner2(): nap(1)  #!
        inner2()
    inner()
@app.get("/17")
async def e17():
    p = partial(nap, 1)
    p()  #!
do = partial(requests.get, "x")
@app.get("/18")
async def e18(): do()  #!
@app.get("/19")
async def e19():
    with requests.Session() as s:
        s.get("x")  #!
    with httpx.Client() as c: c.post("x")  #!
    httpx.get("x")  #!
@app.get("/20")
async def e20():
    os.system("x")  #!
    os.popen("x").read()  #!
    input("x")  #!
    subprocess.check_call(["x"])  #!
    subprocess.Popen(["x"]).wait()  #!
    p = subprocess.Popen(["x"])
    p.communicate()  #!
@app.get("/21")
async def e21():
    s = socket.socket()
    s.connect(("a", 1))  #!
    s.recv(10)  #!
@app.get("/22")
async def e22():
    with urllib.request.urlopen("x") as f:  #!
        f.read()  #!
    c = http.client.HTTPSConnection("x")
    c.request("GET", "/")  #!
    c.getresponse().read()  #!
@app.get("/23")
async def e23():
    with smtplib.SMTP("x") as s:  #!
        s.send_message(1)  #!
    with smtplib.SMTP_SSL("x") as t:  #!
        t.login("a", "b")  #!
    f = ftplib.FTP("x")  #!
    f.login()  #!
@app.get("/24")
async def e24():
    with zipfile.ZipFile("x") as z: z.extractall()  #!
    with tarfile.open("x") as t: t.extractall()  #!
    shutil.make_archive("a", "zip", "b")  #!
    Path("x").read_text()  #!
    p = Path("a") / "b"
    p.read_bytes()  #!
    p.with_suffix(".x").write_text("a")  #!
    Path(__file__).parent.joinpath("x").read_text()  #!
    Path.home().joinpath("x").read_text()  #!
    with p.open() as f: f.read()  #!
@app.get("/25")
async def e25():
    with concurrent.futures.ThreadPoolExecutor() as pool:
        fut = pool.submit(e1)
        fut.result()  #!
    t = threading.Thread(target=print)
    t.start(); t.join()  #!
    q = queue.Queue()
    q.get()  #!
    q.put(1)
    ev = threading.Event()
    ev.wait()  #!
    p = multiprocessing.Process(target=print); p.start()
    p.join()  #!
    mq = multiprocessing.Queue()
    mq.get()  #!
async def other(): return 1
@app.get("/26")
async def e26():
    asyncio.run(other())  #!
@app.get("/27")
async def e27():
    loop = asyncio.get_event_loop()
    loop.run_until_complete(other())  #!
@app.get("/28")
async def e28():
    loop = asyncio.get_running_loop()
    fut = asyncio.run_coroutine_threadsafe(other(), loop)
    fut.result()  #!
@app.get("/29")
async def e29(b: BackgroundTasks):
    b.add_task(bg)
    b.add_task(bg_sync)
async def bg(): nap(1)  #!
def bg_sync(): nap(1)
class Dep:
    def __init__(self, q: int = 1): nap(1)
    async def __call__(self): nap(1)  #!
@app.get("/30")
async def e30(d: Annotated[Dep, Depends()], e: Annotated[int, Depends(Dep())]): ...
def mk(n):
    async def dep(): nap(n)  #!
    return dep
@app.get("/31", dependencies=[Depends(mk(1))])
async def e31(): ...
async def outer_dep(x: Annotated[int, Depends(mk(2))]): requests.get("x")  #!
@router.get("/32")
async def e32(a: Annotated[int, Depends(outer_dep)]): ...
async def nested_ws(ws):
    while True:
        d = await ws.receive_text()
        nap(1)  #!
@app.websocket("/ws")
async def ws(ws: WebSocket): await nested_ws(ws)
sub = FastAPI()
@sub.get("/s")
async def sub_e(): nap(1)  #!
app.mount("/sub", sub)
class Handler:
    async def get(self): nap(1)  #!
h = Handler()
app.add_api_route("/33", h.get)
app.include_router(router, prefix="/p")
class Repo:
    client: requests.Session
    def __init__(self, s: requests.Session): self.client = s
    def load(self): return self.client.get("x")  #!
def get_repo() -> Repo: return Repo(requests.Session())
@app.get("/34")
async def e34(repo: Annotated[Repo, Depends(get_repo)]): return repo.load()
@app.get("/35")
async def e35(repo: Repo = Depends(get_repo)): return repo.client.get("y")  #!
class Cfg:
    session = requests.Session()
cfg = Cfg()
@app.get("/36")
async def e36(): return cfg.session.get("x")  #!
@app.get("/37")
async def e37():
    s = requests.Session()
    get = s.get
    get("x")  #!
@app.get("/38")
async def e38():
    try: nap(1)  #!
    except Exception: nap(2)  #!
    finally: nap(3)  #!
@app.get("/39")
async def e39():
    match 1:
        case 1: nap(1)  #!
@app.get("/40")
async def e40():
    return {"a": [nap(1)]}, f"{nap(1)}"  #!
@app.get("/42")
async def e42():
    async for x in agen(): pass
async def agen():
    nap(1)  #!
    yield 1
@app.get("/43")
async def e43():
    await asyncio.gather(other(), tsk())
async def tsk(): nap(1)  #!
@app.get("/44")
async def e44():
    async with asyncio.TaskGroup() as tg:
        tg.create_task(tsk2())
async def tsk2(): nap(1)  #!
async def pre(request, call_next):
    nap(1)  #!
    return await call_next(request)
app.middleware("http")(pre)
from starlette.middleware.base import BaseHTTPMiddleware
class MW(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        self.log()
        return await call_next(request)
    def log(self): nap(1)  #!
app.add_middleware(MW)
class Raw:
    def __init__(self, app): self.app = app
    async def __call__(self, scope, receive, send):
        nap(1)  #!
        await self.app(scope, receive, send)
app.add_middleware(Raw)
@app.get("/45")
async def e45():
    sorted([1], key=lambda x: nap(1))  #!
    list(map(nap, [1]))  #!
    any(nap(x) for x in [1])  #!
@app.get("/47")
async def e47():
    x = client.fetch
    x()
@app.get("/48")
async def e48():
    lines = open("x").readlines()  #!
    data = open("x").read()  #!
    for l in open("y"): pass  #!
    [l for l in open("z")]  #!
@app.get("/49")
@functools.lru_cache
def e49(): nap(1)
"""

#: Locks, which are reported if they are held while something takes time.
LOCKS = """
import asyncio, threading, time
import requests
app = FastAPI()
lock, rlock = threading.Lock(), threading.RLock()
def load(): return requests.get("x")  #!
class Store:
    def __init__(self): self.lock = threading.Lock()
    def fill(self):
        with self.lock:  #!
            return self.deeper()
    def deeper(self): return load()
    def take(self):
        self.lock.acquire()  #!
        try:
            time.sleep(1)  #!
        finally:
            self.lock.release()
    def leave(self): self.lock.acquire()  #!
store = Store()
@app.get("/a")
async def a():
    with lock:  #!
        await asyncio.sleep(1)
    with rlock:  #!
        async with asyncio.Lock(): pass
    store.fill(), store.take(), store.leave()
    with lock:
        values = {"a": 1}
    await asyncio.sleep(1)
@app.get("/b")
async def b():
    with lock:  # rapide: allow-blocking
        await asyncio.sleep(1)
"""

HARMLESS = """
import asyncio, threading, queue, subprocess, os, socket, sqlite3, time, contextlib, functools
import requests, httpx
from concurrent.futures import ThreadPoolExecutor
from functools import partial, wraps
from pathlib import Path
from typing import Annotated
import anyio
from rapide import FastAPI, APIRouter, Depends, BackgroundTasks
from rapide.concurrency import run_in_threadpool
app = FastAPI()
lock = threading.Lock()
rlock = threading.RLock()
cache: dict = {}
@app.get("/1")
async def e1():
    with lock: cache["a"] = 1
    with rlock:
        cache.setdefault("b", []).append(1)
        return sum(len(x) for x in cache)
class Cache:
    def __init__(self): self._lock = threading.Lock(); self.d = {}
    def get(self, k):
        with self._lock: return self.d.get(k)
    def put(self, k, v):
        self._lock.acquire()
        try: self.d[k] = v
        finally: self._lock.release()
    def refresh(self):
        data = requests.get("x")
        with self._lock: self.d = data
c = Cache()
@app.get("/2")
async def e2(): return c.get(1), c.put(1, 2)
@app.get("/3")
async def e3():
    await asyncio.to_thread(c.refresh)
    await run_in_threadpool(partial(requests.get, "x"))
    await anyio.to_thread.run_sync(c.refresh)
@app.get("/4")
def e4(): c.refresh(); time.sleep(1)
async def bg(): await asyncio.sleep(1)
def bgs(): time.sleep(1)
@app.get("/5")
async def e5(b: BackgroundTasks):
    b.add_task(bgs); b.add_task(bg); b.add_task(time.sleep, 1)
    threading.Thread(target=bgs).start()
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, bgs)
    with ThreadPoolExecutor() as p: await loop.run_in_executor(p, time.sleep, 1)
@app.get("/6")
async def e6():
    q = asyncio.Queue()
    await q.get()
    q2 = queue.Queue()
    q2.put_nowait(1)
    q2.get_nowait()
    q2.get(False)
    e = asyncio.Event(); await e.wait()
    async with httpx.AsyncClient() as h: await h.get("x")
    p = await asyncio.create_subprocess_exec("x"); await p.wait(); await p.communicate()
    subprocess.Popen(["x"])
    Path("a").exists(); os.path.join("a"); " ".join(["a"]); {}.get("x")
    async with await anyio.open_file("x") as f: await f.read()
    await anyio.Path("x").read_text()
def dep(): time.sleep(1)
def gen():
    time.sleep(1)
    yield 1
class ClsDep:
    def __init__(self): time.sleep(1)
@app.get("/7")
async def e7(a=Depends(dep), b=Depends(gen), c: ClsDep = Depends()): ...
@contextlib.asynccontextmanager
async def life(app):
    time.sleep(1)
    yield
app2 = FastAPI(lifespan=life)
@app2.get("/x")
async def x(): return 1
app.mount("/m", app2)
class Fake:
    def sleep(self, n): ...
    def get(self, u): ...
requests2 = Fake()
@app.get("/8")
async def e8():
    time = Fake()
    time.sleep(1)
    requests2.get("x")
def threaded(f):
    @wraps(f)
    async def inner(*a): return await run_in_threadpool(f, *a)
    return inner
@app.get("/9")
@threaded
def e9(): time.sleep(1)
@app.get("/10")
async def e10():
    def work(): time.sleep(1)
    return await run_in_threadpool(work)
@app.get("/11")
async def e11():
    time.sleep(1)  # rapide: allow-blocking
    c.refresh()  # rapide: allow-blocking
@app.get("/12")
async def e12():
    t = threading.Thread(target=bgs)
    t.start()
    ev = threading.Event(); ev.set(); ev.is_set()
    s = socket.socket(); s.setblocking(False)
    f = asyncio.get_running_loop().run_in_executor(None, bgs)
    r = await f
    fut = asyncio.ensure_future(bg()); await fut; fut.result()
    t2 = asyncio.create_task(bg()); await t2; t2.result()
    if lock.acquire(blocking=False): lock.release()
    "a".join([]); Path("a").parent
class AsyncDb:
    async def execute(self, q): ...
    def commit(self): ...
@app.get("/13")
async def e13(): db = AsyncDb(); await db.execute("x"); db.commit()
if __name__ == "__main__": time.sleep(3)
@app.get("/14")
async def e14():
    from contextlib import nullcontext
    with nullcontext(), open("x") as f: pass
@app.get("/15")
async def e15():
    os.waitpid(-1, os.WNOHANG)
    future = asyncio.run_coroutine_threadsafe(bg(), asyncio.get_running_loop())
    return future.result() if future.done() else run_anywhere()
def run_anywhere():
    def in_new_loop(): return asyncio.new_event_loop().run_until_complete(bg())
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        in_new_loop(), bgs()
def only_startup(): time.sleep(1)
only_startup
async def st(): only_startup()
app.router.on_startup.append(st)
"""


CHOSEN = """
import asyncio, inspect
from functools import partial
from time import sleep as nap
from rapide import FastAPI
app = FastAPI()
def quick(x=0): return x
async def aquick(x=0): return x
def by_key(x=0): nap(1)  #!
def by_get(x=0): nap(1)  #!
def by_default(x=0): nap(1)  #!
def in_display(x=0): nap(1)  #!
def in_list(x=0): nap(1)  #!
def in_items(x=0): nap(1)  #!
def in_values(x=0): nap(1)  #!
def in_class(x=0): nap(1)  #!
def by_branch(x=0): nap(1)  #!
def by_case(x=0): nap(1)  #!
def by_condition(x=0): nap(1)  #!
def by_or(x=0): nap(1)  #!
def by_function(x=0): nap(1)  #!
def in_partial(x=0): nap(1)  #!
async def awaited(x=0): nap(1)  #!
async def gathered(x=0): nap(1)  #!
def in_thread(x=0): nap(1)
def other_key(x=0): nap(1)
def asked(x=0): nap(1)
def not_awaited(x=0): nap(1)
BY_KEY = {"a": by_key, "b": quick}
BY_GET = {"a": by_get, "b": quick}
ITEMS = {"a": in_items, "b": quick}
VALUES = {"a": in_values}
AWAITED = {"a": awaited, "b": aquick, "c": not_awaited}
GATHERED = [gathered, aquick]
OTHER = {"a": other_key, "b": quick, "c": in_thread}
ASKED = {"a": asked, "b": aquick}
PARTIALS = {"a": partial(in_partial, 2), "b": quick}
LIST = [quick, in_list]
class Ways:
    table = {"a": in_class}
    def __init__(self): self.ways = {"a": self.one, "b": quick}
    def one(self): nap(1)  #!
    def go(self, key): return self.ways[key]()
def pick(key): return {"a": by_function, "b": quick}[key]
@app.get("/0")
async def r0(k: str): return BY_KEY[k](1)
@app.get("/1")
async def r1(k: str):
    f = BY_GET.get(k)
    if f: return f()
    return BY_GET.get(k, by_default)()
@app.get("/2")
async def r2(k: int): return {1: in_display, 2: quick}[k]()
@app.get("/3")
async def r3(): return [f() for f in LIST]
@app.get("/4")
async def r4():
    for name, f in ITEMS.items(): f()
    for f in VALUES.values(): f()
@app.get("/5")
async def r5(k: str): Ways.table[k](), Ways().go(k)
@app.get("/6")
async def r6(k: int):
    if k: f = by_branch
    else: f = quick
    match k:
        case 1: g = by_case
        case _: g = quick
    return f(), g(), (by_condition if k else quick)(1), (OTHER.get("b") or by_or)()
@app.get("/7")
async def r7(k: str): return pick(k)(), PARTIALS[k]()
@app.get("/8")
async def r8(k: str): return await AWAITED[k](1), await asyncio.gather(*[f() for f in GATHERED])
@app.get("/9")
async def r9(k: str):
    OTHER["b"]()
    return await asyncio.to_thread(OTHER["c"], 1)
@app.get("/10")
async def r10(k: str):
    f = ASKED[k]
    if inspect.iscoroutinefunction(f): return await f()
    return await asyncio.to_thread(f)
"""


COLLECTED = """
import asyncio
from time import sleep as nap
from rapide import FastAPI
app = FastAPI()
async def in_list(x): nap(1)  #!
async def in_generator(x): nap(1)  #!
async def in_name(x): nap(1)  #!
async def appended(x): nap(1)  #!
async def waited_for(x): nap(1)  #!
async def in_dict(x): nap(1)  #!
async def in_display(x): nap(1)  #!
async def in_pairs(x): nap(1)  #!
async def as_task(x): nap(1)  #!
async def one_by_one(x): nap(1)  #!
async def never(x): nap(1)
@app.get("/0")
async def r0():
    await asyncio.gather(*[in_list(u) for u in range(3)], *(in_generator(u) for u in range(3)))
@app.get("/1")
async def r1():
    named = [in_name(u) for u in range(3)]
    appending = []
    for u in range(3): appending.append(appended(u))
    await asyncio.gather(*named, *appending)
@app.get("/2")
async def r2():
    one = waited_for(1)
    other = never
    by_name = {"a": in_dict(1)}
    both = [in_display(1), in_display(2)]
    pairs = [(u, in_pairs(u)) for u in range(3)]
    await asyncio.wait_for(one, 3)
    await asyncio.gather(*by_name.values(), *both, *(pair[1] for pair in pairs))
@app.get("/3")
async def r3():
    await asyncio.gather(*[asyncio.create_task(as_task(1)) for _ in range(3)])
    return [await one_by_one(1) for _ in range(3)]
"""


@pytest.mark.parametrize(
    "source",
    [WAYS, LOCKS, HARMLESS, CHOSEN, COLLECTED],
    ids=["ways", "locks", "harmless", "chosen", "collected"],
)
def test_marked_lines_are_found_and_no_others(source: str, check: Check) -> None:
    found = [item for item in check(source) if item.rule == "blocking-call"]
    lines = (HEAD + source).splitlines()
    marked = {number for number, line in enumerate(lines, 1) if "#!" in line}
    told = {line for item in found for line in item.lines}
    assert [lines[number - 1] for number in sorted(told - marked)] == []
    assert [lines[number - 1] for number in sorted(marked - told)] == []


def test_how_bad_it_is_depends_on_what_is_waited_for(check: Check) -> None:
    found = check(
        "import asyncio, threading, time\nlock = threading.Lock()\n"
        "@app.get('/a')\nasync def a(): open('x').read()\n"
        "@app.get('/b')\nasync def b(): time.sleep(1)\n"
        "@app.get('/c')\nasync def c():\n    with lock: await asyncio.sleep(1)\n"
        "@app.get('/d')\nasync def d():\n    with lock: open('x').read()\n"
        "@app.get('/e')\nasync def e(): asyncio.run(c())\n"
    )
    assert [(item.route, item.severity.value) for item in found] == [
        ("GET /a", "warning"),
        ("GET /b", "error"),
        ("GET /c", "error"),
        ("GET /d", "warning"),
        ("GET /d", "warning"),
        ("GET /e", "error"),
    ]
    assert "fails in a running event loop" in found[-1].message


def test_calls_of_one_function_that_block_alike_are_one_finding(check: Check) -> None:
    routes = "".join(
        f"@app.get('/{name}')\nasync def {name}():\n    load()\n" for name in ("a", "b", "c")
    )
    (found,) = check(
        "import requests\ndef load():\n    requests.get('x')\n    requests.post('x')\n"
        f"{routes}@app.get('/d')\nasync def d():\n    between()\ndef between(): load()\n"
    )
    assert found.routes == ("GET /a", "GET /b", "GET /c", "GET /d")
    assert found.lines == [5, 6]
    assert "requests.get, requests.post" in found.message
    assert len(found.chain) == 2


def test_decorators_that_are_applied_twice_are_read_for_each_function(check: Check) -> None:
    found = check(
        "import functools, time\ndef plain(f):\n    @functools.wraps(f)\n"
        "    async def inner(): return await f()\n    return inner\n"
        "@app.get('/a')\n@plain\nasync def a(): ...\n"
        "@app.get('/b')\n@plain\nasync def b(): time.sleep(1)\n"
    )
    assert [item.route for item in found] == ["GET /b"]


def test_a_query_that_is_refined_step_by_step_is_followed(check: Check) -> None:
    found = check(
        "from sqlalchemy.orm import Session\ndef get_db() -> Session: ...\n"
        "@app.get('/a')\nasync def a(q: str = '', db: Session = Depends(get_db)):\n"
        "    query = db.query(int)\n    if q:\n        query = query.filter(q)\n"
        "    query = query.limit(3)\n    return query.all()\n"
    )
    assert [item.lines for item in found] == [[11]]


def test_properties_of_the_application_are_not_run(check: Check) -> None:
    source = (
        "class Odd:\n    @property\n    def router(self): raise KeyError\n"
        "odd = Odd()\nrouter = APIRouter()\n@router.get('/a')\ndef a(): ...\n"
        "app.include_router(router)\ndef later(): return odd.router\n"
    )
    assert check(source) == []


def test_classes_without_the_name_of_a_module_are_read(check: Check) -> None:
    source = (
        "class Odd:\n    __module__ = property(lambda self: 1)\n    name = 'x'\n"
        "def make() -> Odd: return Odd()\n@app.get('/a')\nasync def a(): return make().name\n"
    )
    assert check(source) == []
