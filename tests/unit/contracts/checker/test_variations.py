"""Each rule in many applications: mistakes behind routers, mounts, classes and aliases."""

from collections.abc import Iterator

import pytest
from starlette.convertors import CONVERTOR_TYPES

from tests.unit.contracts.checker.conftest import MAKE, Check

#: The rule that an application breaks, or none, and its source.
CASES: list[tuple[str | None, str]] = [
    (
        "duplicate-route",
        "app.add_api_route('/a', lambda: 1, methods=['GET','POST'])\n"
        "@app.post('/a')\n"
        "def b(): ...\n",
    ),
    (
        "duplicate-route",
        "r=APIRouter()\n"
        "@r.get('/a')\n"
        "def x(): ...\n"
        "app.include_router(r,prefix='/p')\n"
        "@app.get('/p/a')\n"
        "def y(): ...\n",
    ),
    (
        "duplicate-route",
        "def f(): ...\nfor p in ('/a','/b','/a'): app.add_api_route(p, f)\n",
    ),
    (
        "duplicate-route",
        "s=FastAPI(openapi_url=None)\n"
        "@s.get('/x')\n"
        "def a(): ...\n"
        "@s.get('/x')\n"
        "def b(): ...\n"
        "app.mount('/s',s)\n",
    ),
    (
        "duplicate-route",
        "@app.get('/a/{x:path}')\ndef a(x): ...\n@app.get('/a/{y:path}')\ndef b(y): ...\n",
    ),
    (
        None,
        "@app.get('/a')\n"
        "def a(): ...\n"
        "@app.post('/a')\n"
        "def b(): ...\n"
        "@app.get('/a/')\n"
        "def d(): ...\n",
    ),
    (
        None,
        "r=APIRouter()\n"
        "@r.get('/a')\n"
        "def a(): ...\n"
        "app.include_router(r)\n"
        "app.include_router(r,prefix='/v1')\n",
    ),
    (
        None,
        "@app.get('/a')\n@app.post('/a')\ndef a(): ...\n",
    ),
    (
        None,
        "s=FastAPI()\n"
        "@s.get('/a')\n"
        "def a(): ...\n"
        "@app.get('/a')\n"
        "def b(): ...\n"
        "app.mount('/s',s)\n",
    ),
    (
        "unreachable-route",
        "r=APIRouter(prefix='/u')\n"
        "@r.get('/{i}')\n"
        "def a(i: int): ...\n"
        "@r.get('/me')\n"
        "def b(): ...\n"
        "R=APIRouter(prefix='/v')\n"
        "R.include_router(r)\n"
        "app.include_router(R)\n",
    ),
    (
        "unreachable-route",
        "@app.get('/{p:path}')\n"
        "def a(p): ...\n"
        "r=APIRouter(prefix='/z')\n"
        "@r.get('/q')\n"
        "def b(): ...\n"
        "app.include_router(r)\n",
    ),
    (
        "unreachable-route",
        "s=FastAPI()\napp.mount('/api',s)\n@app.get('/api/x')\ndef a(): ...\n",
    ),
    (
        "unreachable-route",
        "app.mount('/',StaticFiles(directory='.'))\n@app.get('/x')\ndef a(): ...\n",
    ),
    (
        "unreachable-route",
        "class D(Convertor):\n"
        "    regex='[0-9]{4}'\n"
        "    def convert(self,v): return v\n"
        "    def to_string(self,v): return v\n"
        "register_url_convertor('year',D())\n"
        "@app.get('/{y:int}')\n"
        "def a(y: int): ...\n"
        "@app.get('/{y:year}')\n"
        "def b(y): ...\n",
    ),
    (
        "unreachable-route",
        "@app.websocket('/w/{x}')\n"
        "async def a(w: WebSocket, x: str): ...\n"
        "@app.websocket('/w/me')\n"
        "async def b(w: WebSocket): ...\n",
    ),
    (
        "unreachable-route",
        "@app.get('/f/{name}.{ext}')\ndef a(name, ext): ...\n@app.get('/f/x.json')\ndef b(): ...\n",
    ),
    (
        "unreachable-route",
        "app = FastAPI(routes=[Mount('/', Starlette())])\n",
    ),
    (
        "unreachable-route",
        "a2=FastAPI(openapi_url=None)\n"
        "app.host('{x}.example.org', a2)\n"
        "b2=FastAPI(openapi_url=None)\n"
        "app.host('www.example.org', b2)\n",
    ),
    (
        None,
        "class D(Convertor):\n"
        "    regex='[a-z]{4}'\n"
        "    def convert(self,v): return v\n"
        "    def to_string(self,v): return v\n"
        "register_url_convertor('word4',D())\n"
        "@app.get('/{y:word4}')\n"
        "def a(y): ...\n"
        "@app.get('/abc')\n"
        "def b(): ...\n",
    ),
    (
        None,
        "@app.get('/users/me')\n"
        "def a(): ...\n"
        "@app.get('/users/{i}')\n"
        "def b(i): ...\n"
        "@app.get('/users/{i}/x')\n"
        "def c_(i): ...\n"
        "@app.get('/{p:path}')\n"
        "def d(p): ...\n",
    ),
    (
        None,
        "@app.get('/{i}')\n"
        "def a(i): ...\n"
        "@app.post('/me')\n"
        "def b(): ...\n"
        "@app.websocket('/me')\n"
        "async def w(w: WebSocket): ...\n"
        "@app.get('/a/b')\n"
        "def d(): ...\n",
    ),
    (
        None,
        "@app.get('/x')\ndef a(): ...\napp.mount('/',StaticFiles(directory='.'))\n",
    ),
    (
        None,
        "a2=FastAPI(openapi_url=None)\n"
        "@a2.get('/x')\n"
        "def q(): ...\n"
        "app.host('a.example.org', a2)\n"
        "@app.get('/x')\n"
        "def a(): ...\n",
    ),
    (
        None,
        "@app.get('/i/{i:uuid}')\n"
        "def a(i): ...\n"
        "@app.get('/i/new')\n"
        "def b(): ...\n"
        "@app.get('/i/{f:float}')\n"
        "def d(f: float): ...\n",
    ),
    (
        "misspelt-path-parameter",
        "@app.get('/i/{item_id}')\nasync def a(item: int): ...\n",
    ),
    (
        "misspelt-path-parameter",
        "r=APIRouter(prefix='/{tenant_id}')\n"
        "@r.get('/x')\n"
        "def a(tenent_id: str): ...\n"
        "app.include_router(r)\n",
    ),
    (
        "misspelt-path-parameter",
        "r=APIRouter()\n"
        "@r.get('/x')\n"
        "def a(orgid: str): ...\n"
        "app.include_router(r,prefix='/{org_id}')\n",
    ),
    (
        "misspelt-path-parameter",
        "def dep(useer_id: Annotated[int, Query()]): ...\n"
        "@app.get('/u/{user_id}')\n"
        "def a(x=Depends(dep)): ...\n",
    ),
    (
        "misspelt-path-parameter",
        "class Dep:\n"
        "    def __init__(self, itemId: int): ...\n"
        "@app.get('/u/{item_id}')\n"
        "def a(x: Annotated[Dep, Depends()]): ...\n",
    ),
    (
        "misspelt-path-parameter",
        "Id=Annotated[int, Query(gt=0)]\n@app.get('/u/{book_id}')\ndef a(bok_id: Id = 1): ...\n",
    ),
    (
        "misspelt-path-parameter",
        "class V:\n"
        "    def get(self, itm_id: int): ...\n"
        "v=V()\n"
        "app.add_api_route('/v/{item_id}', v.get)\n",
    ),
    (
        None,
        "@app.get('/i/{item_id}')\n"
        "def a(iid: Annotated[int, Path(alias='item_id')], item: int = 1): ...\n",
    ),
    (
        None,
        "@app.get('/i/{item_id}')\ndef a(req: Request, limit: int = 1): return req.path_params\n",
    ),
    (
        None,
        "def d(item_id: int): ...\n"
        "@app.get('/i/{item_id}')\n"
        "def a(item: str = '', x=Depends(d)): ...\n",
    ),
    (
        None,
        "class P(BaseModel):\n"
        "    item_id: int\n"
        "@app.get('/i/{item_id}')\n"
        "def a(p: Annotated[P, Path()], item_ids: list[int] = Query([])): ...\n",
    ),
    (
        "path-without-slash",
        "app.add_api_route('x', lambda: 1)\n",
    ),
    (
        "path-without-slash",
        "@app.websocket('ws')\nasync def w(w: WebSocket): ...\n",
    ),
    (
        "path-without-slash",
        "r=APIRouter()\n@r.get('{x}')\ndef a(x): ...\napp.include_router(r,prefix='/p')\n",
    ),
    (
        None,
        "r=APIRouter(prefix='/a')\n"
        "@r.get('')\n"
        "def a(): ...\n"
        "@r.get('.json')\n"
        "def b(): ...\n"
        "app.include_router(r)\n",
    ),
    (
        "uncalled-decorator",
        "r=APIRouter()\n@r.post\nasync def a(): ...\napp.include_router(r)\n",
    ),
    (
        "uncalled-decorator",
        "def make():\n    a=FastAPI()\n    @a.get\n    def x(): ...\n    return a\napp=make()\n",
    ),
    (
        "uncalled-decorator",
        "@app.websocket\nasync def w(w: WebSocket): ...\n",
    ),
    (
        "uncalled-decorator",
        "@app.exception_handler\nasync def h(r, e): ...\n",
    ),
    (
        "uncalled-decorator",
        "class V:\n    r=APIRouter()\n    @r.get\n    def a(self): ...\n",
    ),
    (
        "uncalled-decorator",
        "import functools\n@app.get\n@functools.wraps(print)\ndef a(): ...\n",
    ),
    (
        "uncalled-decorator",
        "def setup(router: APIRouter):\n    @router.get\n    def a(): ...\nsetup(app.router)\n",
    ),
    (
        None,
        "class X:\n"
        "    @property\n"
        "    def get(self): return 1\n"
        "    @staticmethod\n"
        "    def post(): ...\n"
        "x=X()\n"
        "@app.get('/a')\n"
        "def a(): ...\n",
    ),
    (
        None,
        "cache={}\n"
        "def reg(f): return f\n"
        "@reg\n"
        "def a(): ...\n"
        "class Bus:\n"
        "    def get(self,f): return f\n"
        "bus=Bus()\n"
        "@bus.get\n"
        "def b(): ...\n",
    ),
    (
        "body-of-read",
        "class B(BaseModel):\n"
        "    a: int\n"
        "r=APIRouter()\n"
        "@r.get('/x')\n"
        "def a(b: B): ...\n"
        "app.include_router(r)\n",
    ),
    (
        "body-of-read",
        "@app.head('/x')\ndef a(b: Annotated[dict, Body()]): ...\n",
    ),
    (
        "body-of-read",
        "def d(f: UploadFile): ...\n@app.get('/x')\ndef a(x=Depends(d)): ...\n",
    ),
    (
        "body-of-read",
        "app.add_api_route('/x', lambda b=Body(): b)\n",
    ),
    (
        "body-of-read",
        "@app.get('/x')\ndef a(items: list[dict]): ...\n",
    ),
    (
        "body-of-read",
        "@app.get('/x')\ndef a(name: Annotated[str, Form()]): ...\n",
    ),
    (
        None,
        "class B(BaseModel):\n"
        "    a: int = 1\n"
        "@app.get('/x')\n"
        "def a(b: Annotated[B, Query()], l: Annotated[list[str], Query()] = []): ...\n"
        "@app.delete('/y')\n"
        "def d(b: B): ...\n",
    ),
    (
        None,
        "class B:\n"
        "    def __init__(self, a: int = 1): ...\n"
        "@app.get('/x')\n"
        "def a(b: B = Depends()): ...\n",
    ),
    (
        "unincluded-router",
        "a=APIRouter()\nb=APIRouter()\n@b.get('/x')\ndef x(): ...\na.include_router(b)\n",
    ),
    (
        "unincluded-router",
        "r: APIRouter = APIRouter()\nr.add_api_route('/x', lambda: 1)\n",
    ),
    (
        None,
        "r=APIRouter()\n"
        "@r.get('/x')\n"
        "def x(): ...\n"
        "ROUTERS=[r]\n"
        "for q in ROUTERS: app.include_router(q)\n",
    ),
    (
        None,
        "r=APIRouter()\n"
        "@r.get('/x')\n"
        "def x(): ...\n"
        "def create():\n"
        "    a=FastAPI(); a.include_router(r); return a\n"
        "app=create()\n",
    ),
    (
        None,
        "r=APIRouter()\n@r.get('/x')\ndef x(): ...\napp.mount('/r', r)\n",
    ),
    (
        "blocking-call",
        "import multiprocessing\n@app.get('/x')\nasync def x():\n"
        "    with multiprocessing.Pool(2) as pool:\n        return pool.map(abs, [1])\n",
    ),
    (
        "blocking-call",
        "from concurrent.futures import ProcessPoolExecutor\n@app.get('/x')\nasync def x():\n"
        "    with ProcessPoolExecutor() as pool:\n        return pool.submit(abs, 1).result()\n",
    ),
    (
        None,
        "import asyncio\nfrom concurrent.futures import ProcessPoolExecutor\n@app.get('/x')\n"
        "async def x():\n    with ProcessPoolExecutor() as pool:\n"
        "        return await asyncio.get_running_loop().run_in_executor(pool, abs, 1)\n",
    ),
    (
        "wrong-lifespan",
        "async def life(app): ...\napp=FastAPI(lifespan=life)\n",
    ),
    (
        "wrong-lifespan",
        "@contextmanager\ndef life(app):\n    yield\napp=FastAPI(lifespan=life)\n",
    ),
    (
        "wrong-lifespan",
        "class L:\n    async def start(self, app): ...\nl=L()\napp=FastAPI(lifespan=l.start)\n",
    ),
    (
        "wrong-lifespan",
        "def mk():\n    async def life(app): return\n    return life\napp=FastAPI(lifespan=mk())\n",
    ),
    (
        "wrong-lifespan",
        "async def life(app): ...\ns=FastAPI(lifespan=life)\napp.mount('/s',s)\n",
    ),
    (
        "wrong-lifespan",
        "@asynccontextmanager\nasync def life(app): yield\napp=FastAPI(lifespan=life(None))\n",
    ),
    (
        "wrong-lifespan",
        "class L:\n"
        "    def __init__(self, app): ...\n"
        "    def __enter__(self): ...\n"
        "    def __exit__(self,*a): ...\n"
        "app=FastAPI(lifespan=L)\n",
    ),
    (
        None,
        "@asynccontextmanager\n"
        "async def life(app):\n"
        "    yield {'a':1}\n"
        "app=FastAPI(lifespan=life)\n",
    ),
    (
        None,
        "class L:\n"
        "    @asynccontextmanager\n"
        "    async def start(self, app): yield\n"
        "l=L()\n"
        "app=FastAPI(lifespan=l.start)\n",
    ),
    (
        None,
        "import functools\n"
        "@asynccontextmanager\n"
        "async def life(app, n): yield\n"
        "app=FastAPI(lifespan=functools.partial(life, n=1))\n",
    ),
    (
        None,
        "class L:\n"
        "    def __init__(self, app): ...\n"
        "    async def __aenter__(self): ...\n"
        "    async def __aexit__(self,*a): ...\n"
        "app=FastAPI(lifespan=L)\n",
    ),
    (
        None,
        "class L:\n"
        "    def __call__(self, app): return self\n"
        "    async def __aenter__(self): ...\n"
        "    async def __aexit__(self,*a): ...\n"
        "app=FastAPI(lifespan=L())\n",
    ),
    (
        None,
        "@asynccontextmanager\nasync def a(app): yield\napp=FastAPI(lifespan=lambda app: a(app))\n",
    ),
    (
        "unawaited-coroutine",
        "async def f(): return 1\n@app.get('/a')\nasync def a(): return f()\n",
    ),
    (
        "unawaited-coroutine",
        "class S:\n"
        "    async def save(self): ...\n"
        "@app.get('/a')\n"
        "async def a(s: Annotated[S, Depends(S)]):\n"
        "    s.save()\n"
        "    return 1\n",
    ),
    (
        "unawaited-coroutine",
        "async def f(): ...\ndef helper(): f()\n@app.get('/a')\ndef a(): helper()\n",
    ),
    (
        "unawaited-coroutine",
        "async def f(): return 1\n@app.get('/a')\ndef a():\n    x = f()\n    return x\n",
    ),
    (
        "unawaited-coroutine",
        "async def f(): return 1\n"
        "r=APIRouter()\n"
        "@r.get('/a')\n"
        "def a(): return f()\n"
        "app.include_router(r)\n",
    ),
    (
        "unawaited-coroutine",
        "import asyncio\n@app.get('/a')\nasync def a():\n    asyncio.sleep(1)\n",
    ),
    (
        "unawaited-coroutine",
        "@app.websocket('/a')\nasync def a(w: WebSocket):\n    w.accept()\n",
    ),
    (
        "unawaited-coroutine",
        "async def f(): return 1\n"
        "@app.get('/a')\n"
        "async def a():\n"
        "    if True:\n"
        "        return f()\n"
        "    return await f()\n",
    ),
    (
        "unawaited-coroutine",
        "async def f(): return 1\napp.add_api_route('/l', lambda: f())\n",
    ),
    (
        "unawaited-coroutine",
        "async def f(): return 1\n@app.get('/a')\nasync def a(): return {'x': f()}\n",
    ),
    (
        "unawaited-coroutine",
        "async def f(): return 1\n"
        "@app.get('/a')\n"
        "async def a():\n"
        "    x = f()\n"
        "    return {'x': x}\n",
    ),
    (
        "unawaited-coroutine",
        "async def f(): return 1\n@app.get('/a')\nasync def a(): return [f() for _ in range(2)]\n",
    ),
    (
        None,
        "import asyncio\n"
        "async def f(): return 1\n"
        "@app.get('/a')\n"
        "async def a():\n"
        "    t = asyncio.create_task(f())\n"
        "    asyncio.ensure_future(f())\n"
        "    await asyncio.gather(*[f() for _ in range(3)])\n"
        "    c = f()\n"
        "    return await c\n",
    ),
    (
        None,
        "async def f(): return 1\n"
        "def g(): return f()\n"
        "@app.get('/a')\n"
        "async def a(): return await g()\n"
        "@app.get('/b')\n"
        "async def b():\n"
        "    c = [f(), f()]\n"
        "    return [await x for x in c]\n",
    ),
    (
        None,
        "async def f(): return 1\n"
        "@app.get('/a')\n"
        "async def a(b: BackgroundTasks):\n"
        "    b.add_task(f)\n"
        "    c = f()\n"
        "    c.close()\n",
    ),
    (
        None,
        "async def f(): return 1\n"
        "def dep(): return f()\n"
        "@app.get('/a')\n"
        "async def a(x=Depends(dep)): return await x\n",
    ),
    (
        "swallowed-exception",
        "async def d():\n"
        "    try:\n"
        "        yield 1\n"
        "    except Exception: print(1)\n"
        "@app.get('/a')\n"
        "def a(x=Depends(d)): ...\n",
    ),
    (
        "swallowed-exception",
        "class D:\n"
        "    async def __call__(self):\n"
        "        try: yield 1\n"
        "        except ValueError as e: print(e)\n"
        "@app.get('/a')\n"
        "def a(x=Depends(D())): ...\n",
    ),
    (
        "swallowed-exception",
        "def d():\n"
        "    try: yield 1\n"
        "    except BaseException: pass\n"
        "def d2(x=Depends(d)): return x\n"
        "@app.get('/a')\n"
        "def a(x=Depends(d2)): ...\n",
    ),
    (
        "swallowed-exception",
        "import contextlib\n"
        "def d():\n"
        "    with contextlib.suppress(ValueError): yield\n"
        "r=APIRouter(dependencies=[Depends(d)])\n"
        "@r.get('/a')\n"
        "def a(): ...\n"
        "app.include_router(r)\n",
    ),
    (
        "swallowed-exception",
        "app=FastAPI(dependencies=[])\n"
        "def d():\n"
        "    try: yield\n"
        "    except: return\n"
        "@app.get('/a',dependencies=[Depends(d)])\n"
        "def a(): ...\n",
    ),
    (
        "swallowed-exception",
        "def d():\n"
        "    try: yield\n"
        "    except Exception as e:\n"
        "        import logging; logging.exception('x')\n"
        "@app.websocket('/a')\n"
        "async def a(w: WebSocket, x=Depends(d)): ...\n",
    ),
    (
        None,
        "def d():\n"
        "    s=1\n"
        "    try: yield s\n"
        "    except Exception:\n"
        "        print('rollback')\n"
        "        raise\n"
        "    finally: print(1)\n"
        "@app.get('/a')\n"
        "def a(x=Depends(d)): ...\n",
    ),
    (
        None,
        "def d():\n"
        "    try: yield 1\n"
        "    except ValueError as e: raise HTTPException(400) from e\n"
        "@app.get('/a')\n"
        "def a(x=Depends(d)): ...\n",
    ),
    (
        None,
        "def d():\n"
        "    try: x = 1\n"
        "    except ValueError: x = 2\n"
        "    yield x\n"
        "@app.get('/a')\n"
        "def a(x=Depends(d)): ...\n",
    ),
    (
        "differing-parameter",
        "def d(q: int = 1): ...\n"
        "r=APIRouter(dependencies=[Depends(d)])\n"
        "@r.get('/a')\n"
        "def a(q: int = 2): ...\n"
        "app.include_router(r)\n",
    ),
    (
        "differing-parameter",
        "class D:\n"
        "    def __init__(self, limit: int = 10): ...\n"
        "@app.get('/a')\n"
        "def a(d: Annotated[D, Depends()], limit: str = 'x'): ...\n",
    ),
    (
        "differing-parameter",
        "def d(l: Annotated[int, Query(alias='limit')] = 1): ...\n"
        "@app.get('/a')\n"
        "def a(limit: int = 5, x=Depends(d)): ...\n",
    ),
    (
        None,
        "def d(q: int = 1): ...\n@app.get('/a')\ndef a(q: int = 1, x=Depends(d)): ...\n",
    ),
    (
        "outlived-scope",
        "def i(): yield 1\n"
        "def m(x: Annotated[int, Depends(i, scope='function')]): return x\n"
        "def o(m: Annotated[int, Depends(m)]): yield m\n"
        "@app.get('/a')\n"
        "def a(o: Annotated[int, Depends(o)]): ...\n",
    ),
    (
        "shared-operation-id",
        "@app.get('/a',operation_id='x')\n"
        "def e(): ...\n"
        "r=APIRouter()\n"
        "@r.get('/b',operation_id='x')\n"
        "def f(): ...\n"
        "app.include_router(r)\n",
    ),
    (
        "shared-operation-id",
        "r=APIRouter()\n"
        "@r.get('/b',operation_id='x')\n"
        "def f(): ...\n"
        "app.include_router(r,prefix='/1')\n"
        "app.include_router(r,prefix='/2')\n",
    ),
    (
        "shared-operation-id",
        "app=FastAPI(generate_unique_id_function=lambda r: r.name)\n"
        "@app.get('/a')\n"
        "def e(): ...\n"
        "@app.get('/b')\n"
        "def e(): ...\n",
    ),
    (
        "replaced-operation",
        "@app.get('/a/{x:int}')\ndef e(x: int): ...\n@app.get('/a/{x:path}')\ndef f(x): ...\n",
    ),
    (
        "hidden-documentation",
        "s=FastAPI()\napp.mount('/',s)\n",
    ),
    (
        None,
        "s=FastAPI()\n"
        "app.mount('/s',s)\n"
        "t=FastAPI(docs_url=None,redoc_url=None,openapi_url=None)\n"
        "@t.get('/z')\n"
        "def z(): ...\n"
        "app.mount('/',t)\n",
    ),
    (
        "unreachable-route",
        "@app.get('/{p:path}')\ndef a(p): ...\ns=FastAPI()\napp.mount('/s',s)\n",
    ),
]

IMPORTS = (
    "from starlette.applications import Starlette\n"
    "from starlette.convertors import Convertor, register_url_convertor\n"
)


@pytest.fixture(autouse=True)
def _convertors() -> Iterator[None]:
    """Forget the convertors that applications register."""
    before = {**CONVERTOR_TYPES}
    yield
    CONVERTOR_TYPES.clear()
    CONVERTOR_TYPES.update(before)


@pytest.mark.parametrize(("rule", "source"), CASES)
def test_mistakes_are_found_and_neighbours_are_not(
    rule: str | None, source: str, check: Check
) -> None:
    text = source if "app = " in source or "app=" in source else MAKE + source
    found = {item.rule for item in check(IMPORTS + text.replace("app=FastAPI", "app = FastAPI"))}
    assert rule in found if rule else not found
