# Each target sets up what it needs, once; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help run serve test interface proofs mutants mutation fuzz lint types matrix package check stub-dist test-zip deploy smoke bench storm clean .venv .venv-bench .venv-mutation .venv-fuzz

RUNTIME ?= python3.10
# A person's text reaches the commands as it is: through the environment, since make would expand
# its $ and a shell its quotes.
override DATA := $(value DATA)
override EVENT := $(value EVENT)
override TARGET := $(value TARGET)
override PORT := $(value PORT)
override PYTHON := $(value PYTHON)
override REPLAY := $(value REPLAY)
override SECONDS := $(value SECONDS)
export DATA EVENT TARGET PORT PYTHON REPLAY SECONDS RUNTIME

PY := .venv/bin/python
TOOLS := .venv/bin/create-group-id

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-11s %s\n", $$1, $$2 }' Makefile

.venv:
	@sh scripts/setup.sh .venv requirements/dev.lock

.venv-bench:
	@sh scripts/setup.sh .venv-bench requirements/bench.lock

.venv-mutation:
	@sh scripts/setup.sh .venv-mutation requirements/mutation.lock

.venv-fuzz:
	@sh scripts/setup.sh .venv-fuzz requirements/fuzz.lock

run: .venv ## invoke the function on a sample event: EVENT=events/<file>, or DATA='{"GroupId": "GID_test"}'
	@# Status 3 says that the function raised, as some samples make it: that is their answer.
	@if [ -n "$$DATA" ]; then $(TOOLS) invoke --data "$$DATA"; \
	else $(TOOLS) invoke -- "$${EVENT:-events/http-create-group-id.json}"; fi || { status=$$?; [ $$status = 3 ] || exit $$status; }

serve: .venv ## run a local Function Compute over the stub: PORT=9000
	@exec $(TOOLS) serve --reload --port "$${PORT:-9000}"

test: .venv ## run the whole suite, with the coverage of src
	@$(PY) -m pytest -n 2 --cov --cov-report=term:skip-covered

interface: .venv ## write docs/openapi.json and docs/asyncapi.json
	@PYTHONPATH=src $(PY) -m create_group_id_tools.interface

proofs: .venv ## run what `test` only samples: every sequence of faults, thousands of histories
	@$(PY) -m pytest -n 2 -m exhaustive

lint: .venv ## ruff: rules and format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: .venv ## mypy, strict
	@$(PY) -m mypy

matrix: ## run the suite under each CPython from 3.10 to 3.13 that is installed, or some: MINORS="10 12"
	@sh scripts/matrix.sh $(MINORS)

mutants: .venv ## change src one line at a time: each change must turn its test red
	@$(PY) tests/mutants.py

mutation: .venv-mutation ## change src in every way that mutmut knows, an hour or more: FILES="create_group_id/timing.py"
	@.venv-mutation/bin/python -m tests.mutation $(FILES)

fuzz: .venv-fuzz ## fuzz the function, under CPython 3.11 to 3.13: SECONDS=600, or REPLAY=<file>, MINIMISE=1
	@if [ -n "$$REPLAY" ]; then .venv-fuzz/bin/python -m fuzzing --replay "$$REPLAY" $(if $(MINIMISE),--minimise); \
	else .venv-fuzz/bin/python -m fuzzing --seconds "$${SECONDS:-60}"; fi

package: .venv ## build the zip that template.yml deploys: RUNTIME=python3.12 for the other one
	@$(TOOLS) package --runtime "$$RUNTIME"

check: package ## check template.yml, infra/ and the zip, without an account
	@$(TOOLS) check

stub-dist: .venv ## build the stub's wheel and sdist, and run a user's suite on each, installed
	@sh scripts/stub_dist.sh

test-zip: package ## run the function's suite against the unpacked zip
	@sh scripts/suite_on_zip.sh "$$RUNTIME"

deploy: package ## check, and deploy with Serverless Devs: docs/deploy.md
	@$(TOOLS) check --deploy
	@node_modules/.bin/s deploy -t template.yml -y \
	|| { echo 'Not deployed. Was an account configured? `npx s config add`: docs/deploy.md' >&2; exit 1; }

smoke: .venv ## try a deployed function: TARGET=https://<trigger's URL>, or as docs/callers.md says
	@$(TOOLS) smoke -- "$$TARGET"

bench: .venv .venv-bench ## measure the zips beside the official SDK and the bare libraries, and draw docs/benchmark.svg
	@$(PY) -m benchmarks
	@.venv-bench/bin/python benchmarks/plot.py

storm: .venv .venv-bench ## simulate storms of signups against template.yml, and draw docs/storm.svg
	@$(PY) -m benchmarks.storm
	@.venv-bench/bin/python benchmarks/storm_plot.py

clean: ## remove what the other targets made
	@rm -rf .venv* build node_modules .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
