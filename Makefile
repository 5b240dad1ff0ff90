# Each target sets up .venv by itself; nothing else is needed but Python 3.11 or newer.
PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Tests wait about as much as they work: one process more than there are cores.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check mutate bench screenshots clean
MAKEFLAGS += --no-print-directory

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo '  More arguments go in ARGS: make test ARGS="-k sync", make demo ARGS="--port 9000"'

demo: $(READY) ## Run the whole job against practice platforms on this machine
	@$(BIN)/badge-connector demo $(ARGS)

test: check ## Run check, then every test
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal --durations=10 $(ARGS)

check: $(READY) ## Check format, style and types
	@$(BIN)/ruff format --check --quiet --output-format concise . || { echo "Not formatted; this mends it: $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/mypy --no-error-summary

mutate: $(READY) ## Take away one piece of the crosswalk at a time: a golden pair must notice
	@$(BIN)/python -m tests.mappings.mutate

bench: $(READY) ## Measure mapping beside bare validation, then every stage of an import
	@$(BIN)/python -m benchmarks.mapping; mapping=$$?; $(BIN)/python -m benchmarks.stages $(ARGS) && exit $$mapping

screenshots: $(READY) ## Write a picture of every page in every state into screenshots/
	@$(BIN)/python -m tests.browser.screenshots $(or $(ARGS),screenshots)

clean: ## Remove the environment, caches and builds
	@rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed, and $(PYTHON) is not; name one that is, as in: make $(or $(MAKECMDGOALS),test) PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV), once ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
