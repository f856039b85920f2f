# Two commands do all the set-up: `make demo` and `make test`. They need Python 3.11 or newer and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= auto
# Its package has the name of another engine's, so the benchmark finds it in a folder of its own.
APART = $(BIN)/python -m pip install --quiet --no-deps --upgrade --target $(VENV)/engines json-logic-modernized==1.0.1
FAULTS := $(wildcard tests/test_exactly_once*.py) tests/test_scenarios_faults.py
PINS := app/assets/package.json app/assets/package-lock.json

.PHONY: demo test check serve bench soak nightly pictures clean

demo: $(VENV)/.demo
	$(BIN)/rulebooks demo

serve: $(VENV)/.demo
	$(BIN)/rulebooks serve

test: $(VENV)/.test
	$(BIN)/python -m pytest -n $(WORKERS)

check: $(VENV)/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pictures: $(VENV)/.test
	$(BIN)/python -m tests.pictures

bench: $(VENV)/.test
	$(BIN)/python -m tests.bench

soak: $(VENV)/.test
	$(BIN)/python -m tests.soak

# Every random schedule of faults, over 1,000 of them, then the soak.
nightly: $(VENV)/.test
	RULEBOOKS_NIGHTLY=1 $(BIN)/python -m pytest -n $(WORKERS) $(FAULTS)
	$(BIN)/python -m tests.soak

$(BIN)/python:
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info < (3, 14), "Rulebooks needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.11 ..."'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.demo: pyproject.toml $(PINS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.test: pyproject.toml $(PINS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[test,bench]'
	$(APART)
	touch $@ $(VENV)/.demo

$(VENV)/.check: pyproject.toml $(PINS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[test,bench,dev]'
	$(APART)
	touch $@ $(VENV)/.test $(VENV)/.demo

clean:
	rm -rf $(VENV) build dist
