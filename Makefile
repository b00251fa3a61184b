# Every command of the project. `make` alone lists them. Needs Python 3.11 or newer and make; nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# nbgrader starts helper programs by name, so the environment's programs come first.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help install lab test check notebooks release bench clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.lab: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "smtraining needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	# The agency's part is for everybody: who writes a policy in the lesson takes it home as a Word document.
	$(BIN)/python -m pip install --quiet --editable '.[agency,instructor]'
	# JupyterLab asks the internet for news and updates unless it is told not to: nothing here calls out.
	$(BIN)/jupyter labextension disable --level=sys_prefix @jupyterlab/apputils-extension:announcements >/dev/null 2>&1
	# Two of nbgrader's buttons mislead a student here: one edits what makes a cell graded, one runs cells that are not run.
	$(BIN)/jupyter labextension disable --level=sys_prefix @jupyter/nbgrader:create-assignment >/dev/null 2>&1
	$(BIN)/jupyter labextension disable --level=sys_prefix @jupyter/nbgrader:validate-assignment >/dev/null 2>&1
	@touch $@

$(VENV)/.dev: $(VENV)/.lab
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

install: $(VENV)/.lab ## make the environment in .venv and install the package

lab: install ## open JupyterLab on the start notebook
	$(BIN)/jupyter lab notebooks/00-start-here.ipynb

test: $(VENV)/.dev ## run every test, in a real browser and with real nbgrader too
	$(BIN)/python tests/ensure_browser.py
	$(BIN)/python tests/ensure_programs.py
	$(BIN)/python -m pytest

check: $(VENV)/.dev ## format, lint, types, layers, content, notebooks: under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/smtraining check

notebooks: $(VENV)/.dev ## run the lessons and store their static previews
	$(BIN)/smtraining notebooks

release: $(VENV)/.dev ## make exercises/ anew from solutions/ with nbgrader
	$(BIN)/smtraining release

bench: $(VENV)/.dev ## measure, and write docs/benchmarks/latest.json
	$(BIN)/python tests/ensure_browser.py
	$(BIN)/python -m benchmarks

clean: ## remove the environment, caches and working folders (never your answers or the gradebook)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
