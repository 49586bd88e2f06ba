# Each target sets up what it needs, once; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run serve test proofs mutants lint types matrix package check test-zip deploy smoke bench clean

PYTHON ?=
EVENT ?= events/http-create-group-id.json
RUNTIME ?= python3.10
MINORS ?=
VENV := .venv
export DATA TARGET
PY := $(VENV)/bin/python

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

$(VENV)/.ready: requirements/dev.lock requirements/uv.lock pyproject.toml stub/pyproject.toml scripts/venv.sh
	@sh scripts/venv.sh $(VENV) requirements/dev.lock $(PYTHON)

run: $(VENV)/.ready ## invoke the function on a sample event: EVENT=events/<file>, or DATA='{"GroupId": "GID_test"}'
	@# Status 1 says that the function raised, as some samples make it: that is their answer.
	@$(VENV)/bin/create-group-id invoke $(if $(DATA),--data "$$DATA","$(EVENT)") || [ $$? = 1 ]

serve: $(VENV)/.ready ## run a local Function Compute over the stub
	@$(VENV)/bin/create-group-id serve --reload

test: $(VENV)/.ready ## run the whole suite, with the coverage of src
	@$(PY) -m pytest -n 2 --cov --cov-report=term:skip-covered

proofs: $(VENV)/.ready ## run what `test` only samples: every sequence of faults, thousands of histories
	@$(PY) -m pytest -n 2 -m exhaustive

lint: $(VENV)/.ready ## ruff: rules and format
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .

types: $(VENV)/.ready ## mypy, strict
	@$(VENV)/bin/mypy

matrix: ## run the suite under each CPython from 3.10 to 3.13 that is installed, or some: MINORS="10 12"
	@sh scripts/matrix.sh $(MINORS)

mutants: $(VENV)/.ready ## change src one line at a time: each change must turn its test red
	@$(PY) tests/mutants.py

package: $(VENV)/.ready ## build the zip that template.yml deploys: RUNTIME=python3.12 for the other one
	@$(VENV)/bin/create-group-id package --runtime $(RUNTIME)

check: package ## check template.yml, infra/ and the zip, without an account
	@RUNTIME=$(RUNTIME) $(VENV)/bin/create-group-id check

test-zip: package ## run the function's suite against the unpacked zip
	@sh scripts/suite_on_zip.sh $(RUNTIME)

deploy: package ## check, and deploy with Serverless Devs: docs/deploy.md
	@RUNTIME=$(RUNTIME) $(VENV)/bin/create-group-id check --deploy
	@RUNTIME=$(RUNTIME) node_modules/.bin/s deploy -t template.yml -y

smoke: $(VENV)/.ready ## try a deployed function: TARGET=https://<trigger's URL>, or as docs/callers.md says
	@$(VENV)/bin/create-group-id smoke "$$TARGET"

.venv-bench/.ready: requirements/bench.lock requirements/uv.lock pyproject.toml stub/pyproject.toml scripts/venv.sh
	@sh scripts/venv.sh .venv-bench requirements/bench.lock $(PYTHON)

bench: $(VENV)/.ready .venv-bench/.ready ## measure the zips beside the official SDK and the bare libraries, and draw docs/benchmark.svg
	@$(PY) -m benchmarks
	@.venv-bench/bin/python benchmarks/plot.py

clean: ## remove what the other targets made
	@rm -rf .venv* build node_modules .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
