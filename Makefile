# Front door of the repository: `make help` lists the recipes. Everything is installed into .venv.
# A distribution's interpreter is built with profile-guided optimisation, many others are not: a fifth of the speed.
SUITABLE := import ensurepip, sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell /usr/bin/python3 -c "$(SUITABLE)" 2>/dev/null && echo /usr/bin/python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 4566
DATA_DIR ?= .gatewright
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
# $(call NEEDED,what is tested,what that needs,its commands of which one will do,the package of Debian that has one)
NEEDED = @for name in $(3); do command -v $$name >/dev/null && exit; done; \
	{ command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && apt-get update -qq \
		&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(4); } \
	|| { echo "the tests of $(1) need $(2): install it"; exit 1; }

.PHONY: help install start test check format lock bench clean

help: ## list the recipes
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed ## fill .venv with the gateway and what it needs
	@$(BIN)/python -m compileall -q src  # else every start would, where Python may not write bytecode

start: install ## start a gateway with the sample API deployed and print the URL to curl
	@$(BIN)/python -m examples.users.start --port $(PORT) --data-dir $(DATA_DIR)

test: install $(VENV)/.installed-dev ## install what the tests need and run all of them
	$(call NEEDED,shared limits,redis-server or valkey-server,redis-server valkey-server,redis-server)
	$(call NEEDED,pages,Chromium,chromium google-chrome,chromium)
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest

check: $(VENV)/.installed-dev ## formatting, lint, types and the floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## renew the hashed lock files
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet uv
	.venv-lock/bin/$(COMPILE) --group build pyproject.toml -o requirements.lock
	.venv-lock/bin/$(COMPILE) --group dev -c requirements.lock -o requirements-dev.lock
	rm -rf .venv-lock

bench: install ## compare with nginx and nginx+Lua on this machine
	$(BIN)/python bench/run.py

clean: ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
