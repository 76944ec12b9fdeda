# make run        everything a fresh machine needs, then Facet with the demo on http://127.0.0.1:8000
# make test       what must pass before every commit        make test-full   the long tests too
# make bench      measures and prints a table               make format      rewrites the sources in the house style
# make lock       writes requirements.lock anew             make build       a wheel in dist/
#
# Needs Python 3.11 or newer (PYTHON=… picks one) and pip. Node is used where there is one, else fetched from PyPI.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
SPREAD ?= -n auto --maxprocesses 4 --dist loadfile   # over the processors, a file's tests together; SPREAD= runs one by one
SAY = @printf '\033[1m==> %s\033[0m\n'
FRONTEND := $(shell find api/frontend -path '*/node_modules' -prune -o -type f -print 2>/dev/null)
BUILT := $(if $(wildcard api/static/dist/manifest.json),,rebuild)   # deleted by hand: build again

.PHONY: run test test-full check bench format lock build clean rebuild

run: $(VENV)/.installed
	$(BIN)/facet demo --serve

test: $(VENV)/.installed-dev check
	$(SAY) "Tests"
	$(BIN)/pytest -m "not full" $(SPREAD) $(PYTEST_ARGS)

test-full: $(VENV)/.installed-dev check
	$(SAY) "All tests, the long ones too"
	$(BIN)/pytest $(SPREAD) $(PYTEST_ARGS)

check: $(VENV)/.installed-dev
	$(SAY) "Format, lint, types, imports"
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(VENV)/.installed-dev
	$(BIN)/python -m tests.benchmarks

format: $(VENV)/.installed-dev
	$(BIN)/ruff check -q --fix-only .
	$(BIN)/ruff format -q .

# One file for everybody: all extras, all platforms; installs read it as constraints, so each takes only what it needs.
lock: $(VENV)/.installed-dev
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade --no-annotate \
	  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" -q -o requirements.lock

build: $(VENV)/.installed
	$(BIN)/pip wheel -q --no-deps -w dist .

clean:
	rm -rf api/static/dist api/frontend/node_modules dist $(VENV)/.installed $(VENV)/.installed-dev

# --- the environment: stamps make the second start quick ---

$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "Facet needs Python 3.11 or newer; set PYTHON=/path/to/python3"; exit 1; }
	$(SAY) "Creating $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) || { echo "No venv module: install it first (Debian, Ubuntu: apt install python3-venv)"; exit 1; }

$(VENV)/.installed: pyproject.toml requirements.lock $(FRONTEND) $(BUILT) | $(BIN)/pip
	$(SAY) "Installing Facet and building its pages (the first time: about half a minute)"
	$(BIN)/pip install --disable-pip-version-check --progress-bar off -q -c requirements.lock -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml requirements.lock $(FRONTEND) $(BUILT) | $(BIN)/pip
	$(SAY) "Installing Facet with everything its tests need"
	$(BIN)/pip install --disable-pip-version-check --progress-bar off -q -c requirements.lock -e '.[dev,postgres,s3]'
	@touch $@ $(VENV)/.installed
