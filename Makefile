# `make demo` and `make test` need only python3 (3.11 or newer) and make: they build .venv first.
# 3.12 is taken where it is installed: it has a newer mitmproxy than 3.11, and the SDK installs on it.
PYENV_ROOT ?= $(HOME)/.pyenv
PYTHON ?= $(or $(shell for python in python3.12 $(PYENV_ROOT)/versions/3.12.*/bin/python3; do \
  "$$python" -c '' 2>/dev/null && echo "$$python" && break; done),python3)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := .venv-tools
WHEEL := .venv-wheel
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

.PHONY: demo test fresh fuzz check lint types layers docs bench soak advisories sbom lock setup \
  wheel clean

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

# The codec of bodies, what it stands on, and all that reads bytes of strangers, with thousands of
# new examples.
fuzz: $(READY)
	$(BIN)/python -m pytest $(PARALLEL) -m hypothesis --hypothesis-profile=fuzz \
	  tests/recordings/codecs tests/recordings/test_codecs.py tests/api/test_recurrent_text.py \
	  tests/fuzzing

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

# All benchmarks, some 12 minutes, and docs/benchmarks.md from them. ROUNDS=1 ONLY="start disk":
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
	$(PIP) --no-deps --require-hashes -r requirements.lock
	touch $@

$(READY): $(VENV)/.locked pyproject.toml
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

# One lock for every supported Python: environment markers choose. It names no host. UPGRADE=-U for
# the newest versions.
UV_LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
  --no-emit-index-url --no-emit-find-links $(UPGRADE)
lock:
	$(UV_LOCK) --extra dev pyproject.toml -o requirements.lock
	$(UV_LOCK) --group tools --constraints requirements.lock -o supply_chain/tools.lock
	$(UV_LOCK) --extra table --extra mcap --extra cloud --extra cluster --group build \
	  --constraints requirements.lock pyproject.toml -o supply_chain/image.lock

# Half an hour of recording, and meanwhile each promise is tried some hundred times; then
# docs/reliability.md is written.
SOAK := $(VENV)/soak
MINUTES ?= 30
soak: $(READY)
	rm -rf $(SOAK) && mkdir $(SOAK)
	$(BIN)/python benchmarks/soak.py $(MINUTES) -o $(SOAK)/memory.json & recording=$$!; \
	IAI_PROXY_SOAK=1 IAI_PROXY_TRIES=$(abspath $(SOAK))/notes.jsonl \
	  nice $(BIN)/python -m pytest -q -m tried -p no:cacheprovider $(TESTS); tested=$$?; \
	wait $$recording && exit $$tested
	$(BIN)/python benchmarks/reliability.py $(SOAK)/notes.jsonl $(SOAK)/memory.json

# The known faults of what is locked; advisories.toml is kept by hand.
advisories: $(READY)
	$(BIN)/python supply_chain/advisories.py

# What the product consists of here, with versions and hashes (CycloneDX 1.6).
sbom: $(READY) $(TOOLS)/.ready
	$(BIN)/python supply_chain/product.py > $(TOOLS)/product.txt
	$(TOOLS)/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
	  -o sbom.cdx.json $(TOOLS)/product.txt
	@echo "sbom.cdx.json is written"

# Tools of their own, which the SBOM does not have.
$(TOOLS)/.ready: supply_chain/tools.lock
	$(PYTHON) -m venv --clear $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --require-hashes -r supply_chain/tools.lock
	touch $@

# The wheel in an empty environment, as users install it: nothing of the checkout, no tools.
wheel:
	$(PYTHON) -m venv --clear $(WHEEL)
	$(WHEEL)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --require-hashes -r supply_chain/image.lock
	$(WHEEL)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps \
	  --no-build-isolation -w $(WHEEL)/dist .
	$(WHEEL)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  $(WHEEL)/dist/*.whl
	mkdir $(WHEEL)/empty && cd $(WHEEL)/empty && ../bin/python -I $(abspath tests/wheel/try_it.py)

clean:
	rm -rf $(VENV) $(TOOLS) $(WHEEL)
