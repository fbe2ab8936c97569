# Every target sets itself up: a fresh clone needs only make, Python 3.11 or later, and package registries.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ECOSYSTEM := .venv-ecosystem
ECOSYSTEM_READY := $(ECOSYSTEM)/.ready
RAY := .venv-ray
RAY_READY := $(RAY)/.ready
# The applications of ecosystem-large have an environment each, made when it is first needed.
ECOSYSTEM_LARGE := .venv-ecosystem-large
WHEELS := build/wheels
WHEEL_READY := $(WHEELS)/.ready
NEWEST := .venv-newest
NEWEST_READY := $(NEWEST)/.ready
# The rest of the tests is about other programs (browsers, nginx, systemd, PostgreSQL, Redis), about pages
# and commands that are the same on every Python, or takes long.
NEWEST_TESTS ?= tests/unit tests/parity tests/wire tests/golden -k "not trio" \
	$(addprefix --ignore=tests/,unit/docs unit/cli unit/contracts/clients unit/typing unit/benchmarks unit/ecosystem unit/distributed \
	unit/rapide_as_fastapi/test_ways.py parity/routing/test_changed_attributes.py \
	parity/probes parity/generated parity/tutorial parity/middleware parity/instrumentation \
	parity/routing parity/openapi parity/security parity/interface wire/test_raw_requests.py)
# Every dependency in its oldest allowed version, and what tests need.
OLDEST := .venv-oldest
OLDEST_READY := $(OLDEST)/.ready
OLDEST_TOOLS := fastapi\|pytest\|pytest-xdist\|hypothesis\|trio\|attrs\|sqlalchemy\|pyyaml
OLDEST_TESTS ?= tests/unit/test_patches.py tests/parity/parameters tests/parity/responses
PEERS := .venv-peers
PEERS_DIR := benchmarks/peers
PEERS_READY := $(PEERS)/.ready
# The package as users install it, with the transport compiled, for each interpreter.
INSTALLED := build/installed
INSTALLED_READY := $(INSTALLED)/.ready
INSTALLED_PEERS_READY := $(INSTALLED)/.ready-peers
TAG = $(shell $(BIN)/python -c 'import sys; print(sys.implementation.cache_tag)')
VERSION = $(shell $(BIN)/python -c 'import sys; print(sys.version_info[:2])')
AS_INSTALLED = BENCH_INSTALLED=$(INSTALLED) PYTHONPATH=$(CURDIR)/$(INSTALLED)/$(TAG)
# Three files stand in for a connection or its states, which classes in machine code do not allow. So
# does the threads' test of tests/unit/changes.
COMPILED_TESTS := tests/wire tests/unit/changes/test_changes.py tests/unit/test_patches.py \
	tests/unit/routing/test_table.py \
	$(addprefix tests/unit/runtime/test_,model_json.py plain_json.py extraction.py serialization.py bodies.py) tests/unit/http11 \
	$(addprefix --ignore=tests/unit/http11/test_,known_lines.py repeated_heads.py illegal_transitions.py)
SOURCES := hatch_build.py pyproject.toml $(shell find src -name '*.py' -o -name '*.[ch]')
PORT ?= 8000
# Many tests wait for other processes: one worker more than CI has cores.
PYTEST_ARGS ?= -n 3 --dist loadfile

# The first interpreter that is new enough. Evaluated only when the environment has to be made.
find-python = $(firstword $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$python"; done))
PYTHON ?= $(find-python)
# The newest interpreter at hand, or nothing where there is none above 3.11.
find-newest = $(firstword $(shell for python in python3.14 python3.13 python3.12 \
	"$$HOME"/.pyenv/versions/3.14*/bin/python "$$HOME"/.pyenv/versions/3.13*/bin/python \
	"$$HOME"/.pyenv/versions/3.12*/bin/python; do \
	"$$python" -c pass >/dev/null 2>&1 && echo "$$python"; done))
NEWEST_PYTHON ?= $(find-newest)
# The peers, and Rapide among them, run on the newest interpreter: some need more than 3.11.
PEERS_PYTHON ?= $(or $(find-newest),$(BIN)/python)

.PHONY: help demo installed test test-compiled test-newest test-on-newest test-oldest ecosystem ecosystem-plugins ecosystem-large check lint format bench bench-before bench-peers bench-instructions bench-newest bench-growth bench-all bench-page fuzz autobahn probes soak operate engines test-engines docs docs-version screenshots lock release follow changelog clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

demo: $(READY) ## serve the bookshop of examples/bookshop on port 8000
	$(BIN)/rapide run examples/bookshop/main.py --host 127.0.0.1 --port $(PORT)

installed: $(INSTALLED_READY) ## the package as users install it, in machine code

test: $(READY) ## run the tests; those of the server on the compiled transport, as users have it
	@scripts/system-packages chromium chromium-driver nginx-light openssl postgresql redis-server
	$(BIN)/python -m pytest $(PYTEST_ARGS) --ignore=tests/wire --ignore=tests/engines
	@$(MAKE) --no-print-directory test-compiled

test-compiled: $(INSTALLED_READY) ## the part of test that runs the server's tests on the compiled transport
	$(BIN)/python -m pytest $(PYTEST_ARGS) -o pythonpath=". $(INSTALLED)/$(TAG)" $(COMPILED_TESTS)
	PARITY_OVER_SOCKETS=1 $(BIN)/python -m pytest $(PYTEST_ARGS) -o pythonpath=". $(INSTALLED)/$(TAG)" \
		tests/parity

test-newest: $(READY) ## run most tests on the newest Python at hand, if test has run on an older one
	@if $(if $(NEWEST_PYTHON),$(NEWEST_PYTHON),false) -c 'import sys; sys.exit(sys.version_info[:2] <= $(VERSION))'; \
	then $(MAKE) --no-print-directory test-on-newest NEWEST_PYTHON="$(NEWEST_PYTHON)"; \
	else echo "note: there is no newer Python than that of $(VENV)"; fi

test-on-newest: $(NEWEST_READY)
	$(NEWEST)/bin/python -m pytest $(PYTEST_ARGS) $(NEWEST_TESTS)

test-oldest: $(OLDEST_READY) ## run some tests with the oldest allowed versions of the dependencies
	PYTHONPATH=src $(OLDEST)/bin/python -m pytest $(PYTEST_ARGS) $(OLDEST_TESTS)

ecosystem: ecosystem-plugins ecosystem-large ## run plugins and large applications of FastAPI's on both frameworks

ecosystem-plugins: $(ECOSYSTEM_READY) ## the part of ecosystem on plugins (ECOSYSTEM_ARGS are passed on)
	@# installed as users have it: tools tell a package from a program by its place
	$(ECOSYSTEM)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall .
	$(ECOSYSTEM)/bin/python tests/ecosystem/run.py $(ECOSYSTEM_ARGS)

ecosystem-large: $(WHEEL_READY) ## the part of ecosystem on large applications (ECOSYSTEM_ARGS are passed on)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/python -m tests.ecosystem.large --wheel $(WHEELS)/*.whl --page $(ECOSYSTEM_ARGS)

check: lint test ## format, lint, types, import contracts, tests

lint: $(READY) ## the part of check that runs no test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/pyright

format: $(READY) ## format, fix what can be fixed, and write the stubs and the schema that editors read
	$(BIN)/python scripts/write_stubs.py
	$(BIN)/python scripts/write_tool_schema.py
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(INSTALLED_READY) ## measure against FastAPI (BENCH_ARGS are passed on)
	@scripts/system-packages wrk postgresql
	$(AS_INSTALLED) $(BIN)/python benchmarks/run.py $(BENCH_ARGS)

bench-before: $(INSTALLED_READY) ## measure against another revision: BEFORE=HEAD~5 (BENCH_ARGS are passed on)
	@scripts/system-packages wrk
	scripts/install-revision $(BIN)/python $(BEFORE) build/before
	$(AS_INSTALLED) BENCH_BEFORE=build/before BENCH_REVISION=$$(git rev-parse --short $(BEFORE)) \
		$(BIN)/python benchmarks/run.py --before $(BENCH_ARGS)

bench-peers: $(INSTALLED_READY) $(INSTALLED_PEERS_READY) ## measure other frameworks too (BENCH_ARGS are passed on)
	@scripts/system-packages wrk nginx-light golang-go
	$(AS_INSTALLED) $(BIN)/python benchmarks/run.py --peers $(BENCH_ARGS)

bench-instructions: $(INSTALLED_READY) ## count instructions per request (BENCH_ARGS are passed on)
	@scripts/system-packages gcc valgrind postgresql
	$(AS_INSTALLED) $(BIN)/python -m benchmarks.instructions $(BENCH_ARGS)

bench-newest: $(NEWEST_READY) $(INSTALLED_PEERS_READY) ## the topic serving on the newest Python (BENCH_ARGS are passed on)
	@scripts/system-packages wrk postgresql
	BENCH_INSTALLED=$(INSTALLED) $(NEWEST)/bin/python benchmarks/run.py --topic serving-newest --no-latency $(BENCH_ARGS)

bench-growth: $(INSTALLED_READY) ## measure how costs grow (BENCH_ARGS are rounds and kinds)
	$(AS_INSTALLED) $(BIN)/python -m benchmarks.growth $(BENCH_ARGS)

bench-all: ## every table of docs/benchmarks.md, one after the other, and the page
	$(MAKE) --no-print-directory bench BENCH_ARGS="--topic serving"
	$(MAKE) --no-print-directory bench BENCH_ARGS="--topic defaults"
	$(MAKE) --no-print-directory bench BENCH_ARGS="--rounds 3 --seconds 1"
	$(MAKE) --no-print-directory bench-peers bench-newest bench-instructions bench-growth bench-page BENCH_ARGS=

operate: $(INSTALLED_READY) ## measure servers as services: memory, start, reloads (OPERATE_ARGS are passed on)
	$(AS_INSTALLED) $(BIN)/python -m benchmarks.operate $(OPERATE_ARGS)

engines: $(READY) $(RAY_READY) ## the heavy tests of jobs, streams, rooms, rollouts and Ray, which end processes (ENGINES_RESULTS=1 writes their results)
	@scripts/system-packages nats-server nginx-light rabbitmq-server redis-server
	RAY_PYTHON=$(CURDIR)/$(RAY)/bin/python ENGINES_RESULTS=$(ENGINES_RESULTS) $(BIN)/python -m pytest tests/engines $(ENGINES_ARGS)

test-engines: $(READY) ## the part of engines that takes a minute: jobs, streams and rooms
	@scripts/system-packages redis-server nginx-light
	$(BIN)/python -m pytest tests/engines/test_jobs.py tests/engines/test_streams.py tests/engines/test_rooms.py

fuzz: $(INSTALLED_READY) ## send generated requests to both paths and compare (FUZZ_ARGS are passed on)
	$(AS_INSTALLED) $(BIN)/python -m tests.wire.fuzz $(FUZZ_ARGS)

autobahn: $(READY) ## play Autobahn's WebSocket cases to `rapide run`; needs Python 2.7 (AUTOBAHN_ARGS are cases)
	scripts/autobahn $(BIN) build/autobahn $(AUTOBAHN_ARGS)

docs: $(READY) ## build the site of the documentation, with warnings as errors, into build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo "Open build/site/index.html"

screenshots: $(READY) ## make the pictures of the documentation; port 8000 has to be free
	@scripts/system-packages chromium chromium-driver
	$(BIN)/python scripts/screenshots.py

docs-version: $(READY) ## add the site as VERSION=0.1 to the versions on the branch "site"
	@test -n "$(filter command line,$(origin VERSION))" || { echo "make: give VERSION=0.1" >&2; exit 1; }
	PATH="$(abspath $(BIN)):$$PATH" NO_MKDOCS_2_WARNING=1 SITE_VERSIONS=mike mike deploy --branch site --update-aliases "$(VERSION)" latest
	PATH="$(abspath $(BIN)):$$PATH" mike set-default --branch site latest

probes: $(READY) ## compare what random applications see with FastAPI (PROBES_ARGS are passed on)
	$(BIN)/python -m tests.parity.probes $(PROBES_ARGS)

soak: $(INSTALLED_READY) ## load, disconnects, shutdowns, slow clients and killed workers for a long time (SOAK_ARGS are passed on)
	$(AS_INSTALLED) $(BIN)/python -m benchmarks.soak $(SOAK_ARGS)

bench-page: $(READY) ## write docs/benchmarks.md and its plots from the newest results
	$(BIN)/python -m benchmarks.page

lock: $(READY) ## renew requirements-dev.lock, and the requirements of peers and plugins
	$(BIN)/python -m pip install --quiet uv
	{ head -n 1 requirements-dev.lock; $(BIN)/uv pip compile pyproject.toml --group dev \
		--extra standard --extra opentelemetry --extra msgspec --universal --python-version 3.11 --upgrade \
		--no-annotate --no-header --no-emit-index-url --quiet; } > $(VENV)/lock
	mv $(VENV)/lock requirements-dev.lock
	{ head -n 1 $(PEERS_DIR)/requirements.txt; $(BIN)/uv pip compile $(PEERS_DIR)/requirements.in \
		--universal --python-version 3.11 --upgrade \
		--no-annotate --no-header --no-emit-index-url --quiet; } > $(VENV)/lock
	mv $(VENV)/lock $(PEERS_DIR)/requirements.txt
	{ head -n 1 requirements-oldest.txt; \
		{ sed -n 's/^\($(OLDEST_TOOLS)\)==\([^ ;]*\).*/\1==\2/p' requirements-dev.lock; echo ".[standard,msgspec]"; } | \
		$(BIN)/uv pip compile - --resolution lowest-direct --universal --python-version 3.11 \
		--no-annotate --no-header --no-emit-index-url --no-emit-package rapide --quiet; } > $(VENV)/lock
	mv $(VENV)/lock requirements-oldest.txt
	$(BIN)/uv pip compile tests/ecosystem/requirements.in --universal --python-version 3.11 --upgrade \
		--no-annotate --no-header --no-emit-index-url --quiet -o tests/ecosystem/requirements.txt
	$(BIN)/python -m tests.ecosystem.large --lock

release: $(READY) ## build the sdist and a wheel into build/release, and try both; uploads nothing
	scripts/release $(BIN)/python

follow: $(READY) ## compare with another version of FastAPI: FASTAPI=0.166.0
	scripts/follow "$(FASTAPI)"

changelog: $(READY) ## show what the next release's notes will say
	$(BIN)/towncrier build --draft

clean: ## remove the environment and every cache
	rm -rf $(VENV) $(NEWEST) $(OLDEST) $(PEERS) $(ECOSYSTEM) $(ECOSYSTEM_LARGE) build dist .*_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements-dev.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or later is needed, and none was found" >&2; exit 1; }
	@echo "Setting up $(VENV), once (this takes a few minutes) …"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	RAPIDE_MYPYC=0 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(NEWEST_READY): requirements-dev.lock pyproject.toml
	$(NEWEST_PYTHON) -m venv $(NEWEST)
	$(NEWEST)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	RAPIDE_MYPYC=0 $(NEWEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(OLDEST_READY): requirements-oldest.txt
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or later is needed, and none was found" >&2; exit 1; }
	$(PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(PEERS_READY): $(PEERS_DIR)/requirements.txt | $(READY)
	$(PEERS_PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(INSTALLED_READY): $(SOURCES) | $(READY)
	scripts/install-built $(BIN)/python $(INSTALLED)
	@touch $@

$(WHEEL_READY): $(SOURCES) | $(READY)
	rm -rf $(WHEELS)
	RAPIDE_MYPYC=1 $(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir $(WHEELS) .
	@touch $@

$(INSTALLED_PEERS_READY): $(SOURCES) | $(PEERS_READY)
	scripts/install-built $(PEERS)/bin/python $(INSTALLED)
	@touch $@

$(RAY_READY): tests/engines/ray/requirements.txt
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or later is needed, and none was found" >&2; exit 1; }
	$(PYTHON) -m venv $(RAY)
	$(RAY)/bin/python -m pip install --quiet --disable-pip-version-check -r $< -e .
	@touch $@

$(ECOSYSTEM_READY): tests/ecosystem/requirements.txt
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 or later is needed, and none was found" >&2; exit 1; }
	$(PYTHON) -m venv $(ECOSYSTEM)
	$(ECOSYSTEM)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
