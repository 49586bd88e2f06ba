# Each target sets up what it needs, once; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run test proofs lint types matrix clean

PYTHON ?=
EVENT ?= events/http-create-group-id.json
VENV := .venv
export DATA
PY := $(VENV)/bin/python

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

$(VENV)/.ready: requirements/dev.lock requirements/uv.lock devtools/venv.sh
	@sh devtools/venv.sh $(VENV) requirements/dev.lock $(PYTHON)

run: $(VENV)/.ready ## invoke the function on a sample event: EVENT=events/<file>, or DATA='{"GroupId": "GID_test"}'
	@$(PY) -m devtools invoke $(if $(DATA),--data "$$DATA","$(EVENT)")

test: $(VENV)/.ready ## run the whole suite, with the coverage of src
	@$(PY) -m pytest -n 2 --cov --cov-report=term:skip-covered

proofs: $(VENV)/.ready ## run what `test` only samples: every sequence of faults, thousands of histories
	@$(PY) -m pytest -n 2 -m exhaustive

lint: $(VENV)/.ready ## ruff: rules and format
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .

types: $(VENV)/.ready ## mypy, strict
	@$(VENV)/bin/mypy

matrix: ## run the suite under each CPython from 3.10 to 3.13 that is installed
	@sh devtools/matrix.sh

clean: ## remove what the other targets made
	@rm -rf .venv* build .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
