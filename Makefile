# `make demo` and `make test` need Python 3.11 or newer and git; everything else they install into .venv.
PYTHON ?= python3
BIN := .venv/bin
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
endif

.PHONY: demo test lint docs test-corpus test-network fuzz benchmark clean

demo: $(BIN)/flexmigrate
	$(BIN)/flexmigrate plan fixtures/projects/bookshelf/before --today 2026-11-22

test: .venv/.dev
	$(BIN)/python -m pytest -n auto

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/.dev
	$(BIN)/python -m tests.generate_docs

# The invariants over the YAML files of any folder: make test-corpus FLEXMIGRATE_CORPUS=DIR
test-corpus: .venv/.dev
	$(BIN)/python -m pytest tests/test_corpus.py tests/test_corpus_plans.py

# Also installs real packages from an index and boots them.
test-network: .venv/.dev
	$(BIN)/python -m pytest --network -m network

fuzz: .venv/.dev
	FLEXMIGRATE_FUZZ=20000 $(BIN)/python -m pytest tests/fuzz -n auto

benchmark: .venv/.dev
	$(BIN)/python -m tests.benchmarks.startup

clean:
	rm -rf .venv

.venv/.made:
	$(PYTHON) -c 'import sys; sys.exit("flexmigrate needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	touch $@

$(BIN)/flexmigrate: .venv/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	$(BIN)/python -m compileall -q migrate rules
	touch $@

.venv/.dev: .venv/.made pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@
