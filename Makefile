# `make demo` and `make test` need only python3 (3.11 or newer) and make: they build .venv first.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What to test; all by default.
TESTS ?=
# What to measure, and how often; all, up to five times, by default. BENCH_ARGS=--tiny: a few calls
# of each, to see that all runs.
ONLY ?=
ROUNDS ?=
BENCH_ARGS ?=
PEERS := $(if $(shell command -v node && command -v npm),benchmarks/peers/node_modules/.ready)
# A worker that dies ends the run: xdist waits for ever for the tests that were to follow in it.
PARALLEL := -n 2 --dist loadgroup --max-worker-restart 0

.PHONY: demo test fresh fuzz check lint types layers docs bench lock setup clean

demo: $(READY)
	$(BIN)/iai-proxy demo

test: $(READY)
	$(BIN)/python -m pytest $(PARALLEL) $(TESTS)

# The property tests with new examples. SEED=N draws those of an earlier run again.
fresh: $(READY)
	@seed=$${SEED:-$$($(BIN)/python -c 'import secrets; print(secrets.randbelow(2**32))')}; \
	echo "fresh examples with seed $$seed; the same again: make fresh SEED=$$seed"; \
	$(BIN)/python -m pytest $(PARALLEL) -m hypothesis \
	  --hypothesis-profile=fresh --hypothesis-seed=$$seed $(TESTS)

# The codec of bodies, and what it stands on, with thousands of new examples.
fuzz: $(READY)
	$(BIN)/python -m pytest $(PARALLEL) -m hypothesis --hypothesis-profile=fuzz \
	  tests/recordings/codecs tests/recordings/test_codecs.py tests/api/test_recurrent_text.py

check: lint types layers test

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

# Writes the generated parts of docs/ again: the help of every command, the table of checks.
docs: $(READY)
	UPDATE_DOCS=1 $(BIN)/python -m pytest -q tests/test_docs.py -k generated

# All benchmarks, some 11 minutes, and docs/benchmarks.md from them. ROUNDS=1 ONLY="start disk":
# fewer, and the page stays as it is. Needs node and npm for one of the peers, and does without.
bench: $(READY) $(PEERS)
	$(BIN)/python benchmarks/run.py $(if $(ROUNDS),--rounds $(ROUNDS)) \
	  $(if $(ONLY),--only $(ONLY)) $(BENCH_ARGS)

# As locked. `npm ci` refuses the lock: it has no optional packages, which some registries lack.
benchmarks/peers/node_modules/.ready: benchmarks/peers/package-lock.json
	cd benchmarks/peers && npm install --no-save --omit=optional --ignore-scripts \
	  --no-audit --no-fund --loglevel=error
	touch $@

setup: $(READY)

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

$(VENV)/.locked: requirements.lock
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	touch $@

$(READY): $(VENV)/.locked pyproject.toml
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

# One lock for every supported Python: environment markers choose. It names no host.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV)
