# Needs only make and Python 3.11+; everything else is installed into .venv.
#   make demo PORT=8001          another port
#   make test PYTHON=python3.13  another Python (after `make clean`)
#   make test TESTS=tests/web    only some of the tests that are not about the rules

PYTHON ?= python3
PORT ?= 8000
WORKERS ?= auto
TESTS ?= tests
VENV := .venv
BIN := $(VENV)/bin
# worksteal keeps neighbouring tests on one worker (shared fixtures) and still evens out long files.
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# Python keeps what it compiled, also where the machine is told otherwise: every worker, server and command of the
# tests would compile all of it again.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test whole long crawl fast bench bench-full check lint format messages clean has-python port-free

help:  ## this list
	@grep -E '^[a-z-]+:.*  ## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z-]+):.*  ## (.*)/make \1|\2/' | while IFS='|' read -r a b; do printf '%-14s %s\n' "$$a" "$$b"; done

demo: port-free $(VENV)/.for-demo  ## a fresh demo community on http://127.0.0.1:8000
	@$(BIN)/deliberate demo --port $(PORT)

# The rules are measured by their own tests alone, every branch; the others run without the tracer's weight.
test: $(VENV)/.for-tests  ## the tests, of the sweeps a sample
	@status=0; \
	$(PYTEST) tests/domain --confcutdir=tests/domain -p tests.steady -p tests.sockets -m "not whole" --cov=deliberate.domain --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100 || status=1; \
	$(PYTEST) $(TESTS) --ignore=tests/domain -m "not whole" || status=1; \
	exit $$status

whole: $(VENV)/.for-tests  ## the sweeps over everything, of which `make test` runs a sample, and the story in a browser
	@$(PYTEST) $(TESTS) -m "whole and not long"; code=$$?; [ $$code -eq 5 ] || exit $$code

long: $(VENV)/.for-tests  ## what takes minutes: 10,000 tries at the deadline, the story in English, journeys under the roles
	@$(PYTEST) $(TESTS) -m long

crawl: $(VENV)/.for-tests  ## every page by everybody in a browser, with pictures; goes on where it was stopped
	@$(BIN)/python -m scripts.crawl

fast: $(VENV)/.for-tests  ## the tests that need no browser, no PostgreSQL and no patience
	@$(PYTEST) tests -m "not browser and not postgres and not slow and not whole"

bench: $(VENV)/.for-tests  ## does every row of the benchmark still run? a minute; its figures mean nothing
	@$(BIN)/python -m tests.bench --short --anyway

bench-full: $(VENV)/.for-tests  ## the benchmark beside its floor, on a machine that does nothing else; twenty minutes
	@$(BIN)/python -m tests.bench

check: lint fast  ## lint, types, layers, templates, messages, then the fast tests

lint: $(VENV)/.for-tests  ## all of `make check` but the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates --lint
	@if [ -f scripts/messages.py ]; then set -x; $(BIN)/python scripts/messages.py --check; fi

format: $(VENV)/.for-tests  ## put the code into its usual form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(VENV)/.for-tests  ## bring the message catalogues up to date
	$(BIN)/python scripts/messages.py

clean:  ## remove the environment and what was built; data stays
	rm -rf $(VENV) build dist *.egg-info .coverage .coverage.* htmlcov test-results
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find deliberate migrations scripts templates tests -name __pycache__ -type d -prune -exec rm -rf {} +

has-python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	echo "Deliberate needs Python 3.11 or newer, and there is no $(PYTHON) on this machine." >&2; \
	echo "需要 Python 3.11 或更新版本,本机没有 $(PYTHON)。" >&2; exit 1; }

port-free: has-python
	@$(PYTHON) scripts/bootstrap.py port $(PORT)

$(VENV)/.for-demo: setup.cfg pyproject.toml constraints.txt | has-python
	@$(PYTHON) scripts/bootstrap.py install $(VENV)
	@touch $@

$(VENV)/.for-tests: setup.cfg pyproject.toml constraints.txt | has-python
	@$(PYTHON) scripts/bootstrap.py install $(VENV) postgres,test,browser,lint
	@touch $@ $(VENV)/.for-demo
