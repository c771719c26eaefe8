# Every command sets up what it needs first (infra/dev/setup.py) and takes well under a second when all is there.
PYTHON ?= python3
ARGS ?=

SETUP := @$(PYTHON) -m infra.dev.setup
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile --quiet $(ARGS) --generate-hashes --no-header --no-annotate \
	--python-version 3.11 --universal pyproject.toml

# Compiled modules are kept, whatever the shell says: a test run starts hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check lint style bench chaos fuzz fmt lock assets clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## everything, running, with an invented car maker in it; Ctrl-C stops it
	$(SETUP) demo
	@exec $(BIN)/huiyin demo $(ARGS)

test: lint ## everything CI runs; ARGS="tests/unit -k clock" chooses
	@$(BIN)/pytest --numprocesses=auto --dist=loadfile $(ARGS)

# The types keep one core busy for as long as all else takes the other.
check: ## the fast loop: linters, types, layers, unit tests
	$(SETUP) dev
	@$(BIN)/basedpyright --level error & types=$$!; \
		$(MAKE) --no-print-directory style && \
		$(BIN)/pytest tests/unit -m "not slow and not hypothesis" --numprocesses=0 --quiet $(ARGS); rest=$$?; \
		wait $$types && exit $$rest

lint: style ## the same and types: the part that runs nothing
	@$(BIN)/basedpyright --level error

style: ## linters, layers, wording
	$(SETUP) dev
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/lint-imports --no-cache > /dev/null || $(BIN)/lint-imports --no-cache
	@$(BIN)/python -m infra.lint.catalogue

bench: ## what the product does per second, measured here; ARGS=sweep chooses
	$(SETUP) dev
	@$(BIN)/python -m infra.bench $(ARGS)

chaos: ## kills every kind of process, for longer than the tests do
	$(SETUP) dev
	@HUIYIN_CHAOS_SECONDS=$${HUIYIN_CHAOS_SECONDS:-300} HUIYIN_CHAOS_SEEDS=$${HUIYIN_CHAOS_SEEDS:-1,2,3,4,5} \
		$(BIN)/pytest tests/chaos -m chaos -s -n0 $(ARGS)

fuzz: ## many more examples against every route of the API than the tests take, new ones each time
	$(SETUP) dev
	@HUIYIN_FUZZ_EXAMPLES=$${HUIYIN_FUZZ_EXAMPLES:-500} $(BIN)/pytest tests/fuzz -n0 $(ARGS)

fmt: ## format, and mend what the linter can mend
	$(SETUP) dev
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

lock: ## pyproject.toml into requirements/*.txt with hashes; ARGS=--upgrade takes newer versions
	$(SETUP) dev
	@$(LOCK) --extra dev -o requirements/dev.txt
	@$(LOCK) --extra demo -c requirements/dev.txt -o requirements/demo.txt
	@$(LOCK) --extra worker -c requirements/dev.txt -o requirements/worker.txt
	@$(LOCK) -c requirements/dev.txt -o requirements/api.txt

assets: ## fetch htmx, icons and fonts again where their lock or list changed
	$(SETUP) assets

clean: ## stop this checkout's servers and remove all that make made
	$(SETUP) clean
