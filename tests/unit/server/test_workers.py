"""The supervisor and its processes: how they start, are replaced, and stop."""

from __future__ import annotations

import itertools
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest

APP = """\
import os, sys, time
from contextlib import asynccontextmanager
from rapide import FastAPI

print("imported", flush=True)

@asynccontextmanager
async def lifespan(app):
    yield
    print("lifespan ended", flush=True)

app = FastAPI(lifespan=lifespan)

@app.get("/")
async def front():
    return [os.getpid(), "first"]

@app.get("/block")
async def block():
    print("blocked", flush=True)
    time.sleep(600)
"""
HEAD = "import asyncio, os, threading\nfrom rapide import FastAPI\napp = FastAPI()\n"


def workers(server: Any, number: int = 2) -> set[int]:
    """The process ids of workers, once so many of them have answered."""
    found: set[int] = set()
    server.wait_for(lambda: found.add(server.ask()[0]) or len(found) == number)
    return found


def is_gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def memory(pid: int) -> int:
    """What a process holds in memory, in MiB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) >> 10


def test_the_application_is_imported_once_and_not_by_the_supervisor(run: Any) -> None:
    server = run(APP, "--workers", "2")
    server.wait_for_line("Rapide running on http://127.0.0.1")
    pids = workers(server)
    assert server.process.pid not in pids
    assert server.log.count("imported") == 1
    assert memory(server.process.pid) < 16
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert all(is_gone(pid) for pid in pids)
    assert server.log.count("lifespan ended") == 2


def test_workers_that_die_are_replaced_and_their_number_may_change(run: Any) -> None:
    server = run(APP, "--workers", "2")
    server.wait_for_line("Rapide running on")
    victim = server.ask()[0]
    os.kill(victim, signal.SIGKILL)
    server.wait_for_line(f"Worker [{victim}] was killed by SIGKILL; it is replaced now")
    assert victim not in workers(server)
    server.signal(signal.SIGTTIN)
    assert len(workers(server, 3)) == 3
    server.signal(signal.SIGTTOU)
    server.wait_for_line("has ended")
    server.signal(signal.SIGTTOU)
    server.wait_for_line("has ended", 2)
    server.signal(signal.SIGTTOU)  # one stays
    last = server.ask()[0]
    server.signal(signal.SIGINT)
    assert server.wait() == 0
    assert is_gone(last)


def test_hup_loads_the_code_anew_and_keeps_the_old_if_it_is_broken(run: Any) -> None:
    server = run(APP, "--workers", "2")
    old = workers(server)
    main = server.folder / "main.py"
    main.write_text("1 / 0\n")
    server.signal(signal.SIGHUP)
    server.wait_for_line("The reload is given up, the old workers go on: its template exited")
    assert "Error: importing main failed at main.py:1: ZeroDivisionError" in server.log
    main.write_text(APP.replace('"first"', '"second"'))
    server.signal(signal.SIGHUP)
    server.wait_for_line("Reloaded: 2 new workers are ready")
    server.wait_for(lambda: all(is_gone(pid) for pid in old))
    assert server.ask()[1] == "second"
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


@pytest.mark.parametrize(
    ("source", "status", "message"),
    [
        ("1 / 0", 1, "Error: importing main failed at main.py:1: ZeroDivisionError"),
        (
            APP.replace("    yield\n", "    raise OSError('no database')\n    yield\n"),
            3,
            "it exited",
        ),
    ],
    ids=["import", "lifespan"],
)
def test_a_start_that_fails_ends_all_with_one_message(
    run: Any, source: str, status: int, message: str
) -> None:
    server = run(source, "--workers", "2")
    assert server.wait() == status
    assert message in server.log
    assert "is replaced" not in server.log
    assert run(source, "--workers", "2", "--no-preload").wait() == status


def test_no_process_outlives_the_supervisor(run: Any) -> None:
    server = run(APP, "--workers", "2")
    pids = workers(server)
    server.signal(signal.SIGKILL)
    server.wait()
    server.wait_for(lambda: all(is_gone(pid) for pid in pids), ended=True)
    assert server.log.count("lifespan ended") == 2


def test_a_second_signal_ends_blocked_workers_at_once(run: Any) -> None:
    server = run(APP, "--workers", "2", "--shutdown-delay", "600")
    server.wait_for_line("Rapide running on")
    server.connect().request("GET", "/block")
    server.wait_for_line("blocked")
    server.signal(signal.SIGTERM)
    server.wait_for_line("Received SIGTERM: stopping the workers")
    server.ask()  # the delay goes on
    server.signal(signal.SIGINT)
    assert server.wait() == 0


def test_a_stuck_worker_writes_its_stacks_and_is_replaced(run: Any) -> None:
    server = run(APP, "--workers", "2", "--timeout-worker-healthcheck", "1")
    server.wait_for_line("Rapide running on")
    server.connect().request("GET", "/block")
    server.wait_for_line("has been stuck for 1 s; its stacks:")
    server.wait_for_line("was killed by SIGABRT; it is replaced now")
    assert " in block\n" in server.log
    assert len(workers(server)) == 2


def test_workers_are_recycled_one_at_a_time_when_the_next_is_ready(run: Any) -> None:
    options = ("--limit-max-requests", "20", "--limit-max-requests-jitter", "0")
    server = run(APP, "--workers", "2", "--no-access-log", *options)
    server.wait_for_line("Rapide running on")
    seen = set()
    while server.log.count("is replaced: it has served") < 3:
        seen.add(server.ask()[0])
    assert len(seen) >= 3
    events = re.findall(r"is replaced: |has ended", server.log)
    # The next one is replaced only when the one before has ended.
    assert all(one != two for one, two in itertools.pairwise(events))


def test_each_worker_imports_an_application_that_starts_threads(run: Any) -> None:
    thread = "threading.Thread(target=threading.Event().wait, name='poll', daemon=True).start()\n"
    route = "@app.get('/')\nasync def front(): return [os.getpid(), threading.active_count()]\n"
    server = run(HEAD + thread + route, "--workers", "2")
    assert server.wait_for(server.ask)[1] == 2
    reason = "its import started threads (poll)"
    assert f"Each worker imports the application: {reason}" in server.log
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    refused = run(HEAD + thread + route, "--workers", "2", "--preload")
    assert refused.wait() == 2
    assert f"Error: --preload: {reason}" in refused.log


def test_each_worker_has_the_processes_that_the_import_starts(run: Any) -> None:
    process = "mp.Process(target=time.sleep, args=(600,), name='beside', daemon=True)"
    source = (
        f"import multiprocessing, time\nmp = multiprocessing.get_context('fork')\n{HEAD}"
        f"child = {process}\nchild.start()\nprint('child', child.pid, flush=True)\n"
        "@app.get('/')\nasync def front(): return [os.getpid(), child.pid, child.is_alive()]\n"
    )
    server = run(source, "--workers", "2")
    server.wait_for_line("child", 3)
    server.wait_for_line("Rapide running on")
    reason = "its import started processes (beside)"
    assert f"Each worker imports the application: {reason}" in server.log
    assert server.ask()[2]
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert all(is_gone(int(pid)) for pid in re.findall(r"child (\d+)", server.log))


def test_what_fails_in_workers_only_ends_the_start(run: Any) -> None:
    source = f"{HEAD}if os.environ.get('MAIN') != str(os.getpid()): 1 / 0\n"
    server = run(source, "--workers", "2", "--no-preload")
    assert server.wait() == 1
    assert re.search(r"Worker \[\d+\] could not start: it exited with status 1", server.log)


SHARING = """\
import atexit, logging.handlers, os, subprocess, tempfile
from rapide import FastAPI

shared = tempfile.TemporaryDirectory(dir=os.getcwd())
opened = open("opened.txt", "w")
opened.write("once\\n")
kept = logging.handlers.MemoryHandler(100, target=logging.FileHandler("kept.txt"))
logging.getLogger("kept").addHandler(kept)
logging.getLogger("kept").warning("once")
child = subprocess.Popen("cat > piped.txt", shell=True, stdin=subprocess.PIPE, text=True)
child.stdin.write("once\\n")
atexit.register(lambda: print("left", flush=True))
app = FastAPI()

@app.get("/")
async def front():
    return [os.getpid(), os.path.isdir(shared.name)]
"""


def test_what_the_import_has_begun_is_ended_once(run: Any) -> None:
    server = run(SHARING, "--workers", "2")
    first = workers(server)
    victim = server.ask()[0]
    os.kill(victim, signal.SIGTERM)
    server.wait_for(lambda: is_gone(victim))
    server.wait_for(lambda: len({*workers(server)} - first) == 1)
    assert server.ask()[1]
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    for name in ("opened.txt", "kept.txt", "piped.txt"):
        server.wait_for(
            lambda name=name: (server.folder / name).read_text() == "once\n", ended=True
        )
    assert not [path for path in server.folder.iterdir() if path.name.startswith("tmp")]
    assert server.log.count("left") == 4  # three workers and their template


def test_a_script_goes_on_after_its_workers_have_ended(run: Any, tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(APP)
    source = (
        "import rapide\nprint('begins', flush=True)\n"
        "rapide.run('service:app', workers=2, host='127.0.0.1')\nprint('goes on', flush=True)\n"
    )
    script = run(source, is_script=True)
    old = workers(script)
    script.signal(signal.SIGHUP)
    script.wait_for_line("Reloaded: 2 new workers are ready")
    script.wait_for(lambda: all(is_gone(pid) for pid in old))
    assert old.isdisjoint(workers(script))
    script.signal(signal.SIGTERM)
    assert script.wait() == 0
    assert (script.log.count("begins"), script.log.count("goes on")) == (1, 1)


def test_a_replaced_worker_answers_on_the_connections_that_it_has(run: Any) -> None:
    server = run(APP, "--workers", "2", "--timeout-keep-alive", "600")
    server.wait_for_line("Rapide running on")
    asking, idle = server.connect(), server.connect()
    for connection in (asking, idle):
        connection.request("GET", "/")
        assert connection.getresponse().read()
    server.signal(signal.SIGHUP)
    server.wait_for_line("the old ones are retired")
    server.wait_for_line("Shutting down", times=2)
    asking.request("GET", "/")
    response = asking.getresponse()
    assert response.read()
    assert response.getheader("connection") == "close"
    # Nobody serves the clients of idle connections any more: they are not waited for.
    server.signal(signal.SIGTERM)
    assert idle.sock.recv(1) == b""
    assert server.wait() == 0
    assert "Cancel" not in server.log


#: Makes a process take in orphans, as the first process of a container does, and runs a command.
AS_FIRST = """\
import ctypes, os, sys
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
os.execv(sys.executable, [sys.executable, "-m", "rapide", "run", *sys.argv[1:]])
"""


@pytest.mark.parametrize("is_first", [False, True])
def test_a_supervisor_without_a_template_stops_its_workers_and_ends(
    run: Any, tmp_path: Path, is_first: bool
) -> None:
    source = APP.replace('"first"', "os.getppid()")
    if is_first:
        (tmp_path / "app.py").write_text(source)
        server = run(AS_FIRST, "app.py", "--host=127.0.0.1", "--workers=2", is_script=True)
    else:
        server = run(source, "--workers", "2")
    server.wait_for_line("Rapide running on")
    template = server.ask()[1]
    (server.folder / ("app.py" if is_first else "main.py")).write_text("1 / 0\n")
    os.kill(template, signal.SIGKILL)
    server.wait_for_line("its workers go on meanwhile")
    server.wait_for_line("The reload is given up")
    pids = workers(server)
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert all(is_gone(pid) for pid in pids)
    assert server.log.count("lifespan ended") == 2


def test_a_reload_takes_the_number_of_workers_that_is_wanted_meanwhile(run: Any) -> None:
    held = APP.replace(
        "    yield\n", "    print('held', flush=True)\n    await held()\n    yield\n"
    )
    held += (
        "\nasync def held():\n"
        "    import asyncio\n"
        "    while not os.path.exists('go'):\n"
        "        await asyncio.sleep(0.01)\n"
    )
    server = run(APP, "--workers", "2")
    server.wait_for_line("Rapide running on")
    (server.folder / "main.py").write_text(held)
    server.signal(signal.SIGHUP)
    server.wait_for_line("held", 2)
    victim = server.ask()[0]
    os.kill(victim, signal.SIGKILL)  # the old workers are looked after until they are retired
    server.wait_for_line("Application startup complete.", 3)
    server.signal(signal.SIGTTIN)
    server.wait_for_line("held", 3)
    (server.folder / "go").touch()
    server.wait_for_line("Reloaded: 3 new workers are ready")
    server.signal(signal.SIGTERM)
    assert server.wait() == 0


def test_a_reload_that_is_given_up_leaves_the_number_of_workers(run: Any, tmp_path: Path) -> None:
    configured = tmp_path / "pyproject.toml"
    configured.write_text("[tool.rapide.run]\nworkers = 2\n")
    server = run(APP)
    server.wait_for_line("with 2 workers")
    configured.write_text("[tool.rapide.run]\nworkers = 4\n")
    main = server.folder / "main.py"
    main.write_text(APP.replace("    yield\n", "    raise OSError('no database')\n    yield\n"))
    server.signal(signal.SIGHUP)
    server.wait_for_line("The reload is given up, the old workers go on: worker")
    server.signal(signal.SIGTTIN)
    server.wait_for_line("One worker more: 3")
    main.write_text(APP)
    server.signal(signal.SIGHUP)
    server.wait_for_line("Reloaded: 4 new workers are ready")
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
