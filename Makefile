# `make run` answers; `make test` tests. Both set up .venv first and again only when pyproject.toml changes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test check format clean

run: $(VENV)/run.stamp
	@$(BIN)/python -m bot

test: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

check: $(VENV)/dev.stamp
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy

format: $(VENV)/dev.stamp
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

# torch goes first and alone: with it in place nothing asks the index for another build of it.
$(VENV)/run.stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Isnad needs Python 3.11 or later: make PYTHON=python3.11 run")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV); the first time takes some minutes" >&2
	@$(PIP) "$$(grep -o 'torch==[0-9.]*' pyproject.toml)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp
	@$(PIP) --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) var build *.egg-info
