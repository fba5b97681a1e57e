# Two commands are enough: `make demo` and `make test`. Each sets up all it needs.

PY ?= python3
PORT ?= 8000
# One more than the two cores this is meant for: one of them always waits for a page or a row.
WORKERS ?= 3
LONG_SHARE ?= 1
VENV := .venv
BIN := $(VENV)/bin
# What may never be half tested: the door, the rules, the log, sign-in and the keys.
GATE := consent/gate.py,consent/gathering.py,consent/grounds.py,consent/judging.py,consent/factors.py,consent/protection.py,consent/capability.py
GUARDS := $(GATE),policies/*,server/audit/*,server/identity/*,server/keys/*
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
# The locks name versions and hashes for every platform, and no address.
COMPILE := $(BIN)/uv pip compile --quiet --upgrade pyproject.toml --universal --python-version 3.11 \
  --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test long check format lint types contracts cover fix web words bench migration locks

help: ## show this help
	@echo "Tacroom: make TARGET [NAME=value]"
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

demo: $(VENV)/.run ## serve the sample room here (PORT=8000; RESET=1 begins it again)
	$(BIN)/tacroom demo --port $(PORT) $(if $(RESET),--reset)

test: $(VENV)/.test ## run the tests, all but the long ones (T="tests/rooms -k seat" for some of them)
	$(BIN)/pytest -n $(WORKERS) $(T)

long: $(VENV)/.test ## run the long tests: kills, orders, fuzzing, soak (LONG_SHARE=4 for a quarter)
	LONG_SHARE=$(LONG_SHARE) $(BIN)/pytest -m long --timeout 0 -s $(T)

check: format lint types contracts test ## all that must be green before a change lands

format: $(VENV)/.test ## is every file formatted?
	$(BIN)/ruff format --check .

lint: $(VENV)/.test ## what ruff finds
	$(BIN)/ruff check .

types: $(VENV)/.test ## what mypy finds, in its strict mode
	$(BIN)/mypy

contracts: $(VENV)/.test ## do imports point one way only?
	$(BIN)/lint-imports

cover: $(VENV)/.test ## run the tests and ask how much of the code they reached
	rm -f .coverage .coverage.*
	$(BIN)/pytest -n $(WORKERS) --cov --cov-report= $(T)
	$(BIN)/coverage report --include='$(GUARDS)' --fail-under=100
	$(BIN)/coverage report --omit='$(GUARDS)' --fail-under=90

fix: $(VENV)/.test ## put right what can be put right without thinking
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

web: $(VENV)/.test ## build the pages' script and style anew (they are committed)
	$(BIN)/python -m tests.real.node --prefix web ci --ignore-scripts
	$(BIN)/python -m tests.real.node --prefix web run build

words: $(VENV)/.test ## bring web/languages into step with the pages, say what waits for Welsh
	$(BIN)/python -m tests.real.words

bench: $(VENV)/.test ## measure speed and memory, print a table
	$(BIN)/python -m tests.benchmarks

migration: $(VENV)/.test ## begin a migration (m="add_seat_notes")
	$(BIN)/tacroom migration "$(m)"

locks: $(VENV)/.test ## choose versions anew and write them, with hashes, to requirements/
	$(COMPILE) --group build -o requirements/run.txt
	$(COMPILE) --group test -c requirements/run.txt -o requirements/test.txt

# ---- setting up: each step is done again only when what it stands on has changed

$(VENV)/.made:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Tacroom needs Python 3.11 or newer; '$(PY)' is $$( { $(PY) --version; } 2>/dev/null || echo missing)."; \
	  echo "Name another: make $(MAKECMDGOALS) PY=python3.12"; exit 1; }
	@$(PY) -c 'import ensurepip' 2>/dev/null || { \
	  echo "This Python cannot make environments. On Debian: apt install python3-venv"; exit 1; }
	$(PY) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made requirements/run.txt pyproject.toml
	$(PIP) --require-hashes -r requirements/run.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/.made requirements/test.txt pyproject.toml
	$(PIP) --require-hashes -r requirements/test.txt
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run
