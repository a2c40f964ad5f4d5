# Everything a person types. `make` alone explains itself.

PYTHON ?= python3
RUN_DIR ?= .run
POPULATION ?= small
ARGS ?=
# The whole suite runs in as many processes as there are cores (tests/side_by_side.py), at most 4,
# because each has a PostgreSQL and a RabbitMQ of its own. What ARGS names runs in one, which begins
# sooner; ARGS may say otherwise (-n 2).
PROCESSES ?= auto

VENV := .venv/bin/python
STAMPS := .venv/.made
# The one-machine stack (deploy/local) and the synthetic population (deploy/population) are run
# from the checkout; the services are installed in .venv.
export PYTHONPATH := $(CURDIR)/deploy:$(CURDIR)
export RUN_DIR POPULATION PYTHON
LOCAL := $(VENV) -m local
# What many processes of the tests would each compile anew where Python is told to keep nothing.
COMPILED := libs/common/common services deploy
SOURCES := libs/common services/registry services/issuance services/redemption deploy tests

.DEFAULT_GOAL := help
.PHONY: help up down reset logs codes logins status run setup rabbitmq browser softhsm spin model simulate population test check \
	format format-check lint types imports translations bench lock generate

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  POPULATION=none|small|medium|full   demonstration province (full: 836,824 people)"
	@echo "  FOREGROUND=1                 make up stays, with the log, until Ctrl-C"
	@echo "  RUN_DIR=path                 a second stack beside the first (default .run)"
	@echo "  DATABASE_URL, AMQP_URL       use these servers, not the embedded ones: an administrator's"
	@echo "                               postgresql://… where roles and databases may be made, and amqp://…"
	@echo "  OIDC_ISSUER                  use this OpenID Connect provider, not the built-in accounts"

# ------------------------------------------------------------------ running it on this machine

up: setup rabbitmq ## start everything; prints addresses and ready-made logins
	@$(LOCAL) up $(if $(FOREGROUND),--foreground)

down: ## stop what `make up` started, keep the data
	@if [ -x $(VENV) ]; then $(LOCAL) down; fi

reset: ## stop, and delete the data (asks; YES=1 does not)
	@if [ -x $(VENV) ]; then $(LOCAL) reset $(if $(YES),--yes); fi

logs: ## follow the one log of everything
	@$(LOCAL) logs

codes: ## present codes of the ready-made logins that approve
	@$(LOCAL) codes

logins: ## addresses and ready-made logins again
	@$(LOCAL) logins

status: ## what runs, and whether it is ready
	@$(LOCAL) status

run: ## a module with a service's settings: SERVICE=registry CMD="registry.cli check-list ID"
	@$(LOCAL) run -- $(SERVICE) $(CMD)

# ------------------------------------------------------------------------------- setting it up

setup: $(STAMPS)/python $(STAMPS)/web ## Python packages in .venv, browser libraries

$(STAMPS)/python: requirements-dev.txt $(wildcard libs/*/pyproject.toml services/*/pyproject.toml)
	@sh deploy/install/python.sh
	@mkdir -p $(@D) && touch $@

$(STAMPS)/web: libs/common/package.json libs/common/package-lock.json $(wildcard libs/common/common/web/vendor.py) | $(STAMPS)/python
	@sh deploy/install/web.sh
	@touch $@

rabbitmq:
	@sh deploy/install/rabbitmq.sh

browser:
	@sh deploy/install/browser.sh

softhsm:
	@sh deploy/install/softhsm.sh

spin:
	@sh deploy/install/spin.sh

population: setup ## write a synthetic province to RUN_DIR/population (POPULATION=small|medium|full)
	$(VENV) -m population --size $(POPULATION) --out $(RUN_DIR)/population/$(POPULATION)

# ---------------------------------------------------------------------------------- working on it

test: setup rabbitmq browser softhsm spin ## every test; ARGS="tests/registry -k name" for some
	@$(VENV) -m compileall -q -j 0 $(COMPILED)
	$(VENV) -m pytest $(if $(strip $(ARGS)),$(ARGS),-n $(PROCESSES) --maxprocesses 4)

model: setup spin ## look at every order of the model of work without network (half a minute, 2 GiB)
	$(VENV) -m tests.models --leases 2

simulate: setup ## a month of 1,500 terminals and 280,000 families, with every fault; ARGS="--seed 7"
	$(VENV) -m tests.models.simulate $(ARGS)

# Each is run even when one before it failed, so that one try tells everything.
check: setup ## formatting, lint, types, import contracts, translations
	@$(MAKE) --no-print-directory --keep-going format-check lint types imports translations

format-check:
	$(VENV) -m ruff format --check .
lint:
	$(VENV) -m ruff check .
types:
	$(VENV) -m mypy $(SOURCES)
imports:
	.venv/bin/lint-imports
translations:
	$(VENV) -m common.web.translations check

format: setup ## put the code in its form, and repair what lint can repair
	$(VENV) -m ruff check --fix .
	$(VENV) -m ruff format .

bench: setup rabbitmq ## measure; results also in RUN_DIR/bench.json (ONLY=name for one)
	$(VENV) -m tests.benchmarks $(if $(ONLY),--only $(ONLY))

generate: setup ## write the committed files that are made from the code
	$(VENV) -m tests.contracts.route_table write

lock: setup ## pin the newest allowed versions, with hashes
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--quiet --upgrade requirements-dev.in -o requirements-dev.txt
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--quiet -c requirements-dev.txt requirements.in -o requirements.txt
	.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--quiet -c requirements-dev.txt deploy/requirements-build.in -o deploy/requirements-build.txt
