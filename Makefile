# `make demo` and `make test` need nothing but Python 3.11+ and this folder.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := $(VENV)/.tools
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo run test lint bench docs clean

demo: $(READY)
	$(BIN)/dawbridge demo

run: $(READY)
	$(BIN)/dawbridge run

test: $(TOOLS)
	$(BIN)/python -m pytest -n auto -m "not end_to_end"

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(TOOLS)
	$(BIN)/python -m benchmarks.marks
	$(BIN)/python -m benchmarks.cost
	$(BIN)/python -m benchmarks.files

docs: $(TOOLS)
	$(BIN)/python docs/reference.py

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit('Python 3.11 or newer is needed; this is ' + sys.version) if sys.version_info < (3, 11) else None"
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable ".[jack,files]"
	touch $@

# What tests and checks need besides; the demo does not wait for it.
$(TOOLS): $(READY)
	$(INSTALL) --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV)
