# Two commands to know: `make demo` and `make test`. Each sets itself up in .venv on a fresh machine, which needs
# Python 3.11 or newer, git and make; Docker only for what needs an engine, Node only for `make check`.

.DEFAULT_GOAL := help
.PHONY: help setup demo test check gen bench soak lock image pin rest

# The first that is new enough; or name one: make setup PYTHON=/path/to/python
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
UV := $(BIN)/python requirements/uv_like_pip.py
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal
export UV_SYSTEM_CERTS = 1

help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1 · /p' $(MAKEFILE_LIST) | awk -F ' · ' '{printf "make %-7s %s\n", $$1, $$2}'

setup: .venv/ready ## Create .venv with the locked tools (done by every other target when needed)

.venv/ready: requirements/uv.txt requirements/dev.txt pyproject.toml
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Crossproof needs Python 3.11 or newer, and found none as $(or $(PYTHON),python3). Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version) and the tools of requirements/dev.txt, hashes checked …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/uv.txt
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## See the suite at work against a GitHub of its own, on this machine
	@$(BIN)/python -m crossproof_sandbox.demo

test: setup ## Run every test that this machine can run, and say what it could not
	@$(PYTEST)

check: setup ## Run the checks: format, lint, types, layers, workflow grammar, security, generated files
	@$(BIN)/python -m checks

gen: setup ## Write the generated files: action.yml, the tables of the READMEs, the catalog, the schemas
	@$(BIN)/python -m crossproof_docs

rest: setup ## Take GitHub's newest REST description, cut down to what the sandbox speaks (needs Node)
	@$(BIN)/python -m crossproof_sandbox.rest.extract

pin: setup ## Pin every foreign action to the commit of its tag, where GitHub can be reached
	@$(BIN)/python -m checks.pins

bench: setup ## Measure the bars that are promised, and print them as tables
	@$(BIN)/python -m bench

soak: setup ## Repeat races and properties for long: thousands of examples, not dozens
	@$(PYTEST) --soak tests/unit tests/contract tests/e2e/test_tiers.py

lock: setup ## Write the hash-pinned locks anew from requirements/*.in
	$(COMPILE) requirements/uv.in -o requirements/uv.txt
	$(COMPILE) requirements/runtime.in -o requirements/runtime.txt
	$(COMPILE) -c requirements/runtime.txt requirements/dev.in -o requirements/dev.txt

image: ## Build the suite's image as GitHub's runner does (the network: a build may need this machine's name servers)
	docker build --network host -t crossproof -f Dockerfile .
