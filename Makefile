# Each target sets up its environment if it is missing; `make` alone lists the targets.
.DEFAULT_GOAL := help
.PHONY: help run serve test interface contract proofs corpora mutants mutation fuzz lint types matrix package check stub-dist test-zip deploy smoke verify-live soak kill power-loss bench storm clean .venv .venv-bench .venv-mutation .venv-fuzz .venv-contract

RUNTIME ?= python3.10
# Pass these values through the environment: make would expand a $, and a shell would read quotes.
override DATA := $(value DATA)
override EVENT := $(value EVENT)
override TARGET := $(value TARGET)
override PORT := $(value PORT)
override PYTHON := $(value PYTHON)
override REPLAY := $(value REPLAY)
override SECONDS := $(value SECONDS)
override WORKERS := $(value WORKERS)
override MINUTES := $(value MINUTES)
override CALLERS := $(value CALLERS)
override RATE := $(value RATE)
export DATA EVENT TARGET PORT PYTHON REPLAY SECONDS WORKERS RUNTIME MINUTES CALLERS RATE

# What a zip is tested with.
export FUNCTION_TESTS := tests/function tests/corpora tests/differential

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

.venv-contract:
	@sh scripts/setup.sh .venv-contract requirements/contract.lock

run: .venv ## invoke the function on an event file (EVENT=events/<file>) or a body (DATA='{"GroupId": "GID_test"}')
	@# Status 3 means that the function raised an exception, as it should for some events.
	@if [ -n "$$DATA" ]; then $(TOOLS) invoke --data "$$DATA" $${EVENT:+-- "$$EVENT"}; \
	else $(TOOLS) invoke -- "$${EVENT:-events/http-create-group-id.json}"; fi || { status=$$?; [ $$status = 3 ] || exit $$status; }

serve: .venv ## run a local Function Compute over the stub, on port 9000 or PORT=<port>
	@exec $(TOOLS) serve --reload --port "$${PORT:-9000}"

test: .venv ## run all tests, and report the coverage of src/
	@$(PY) -m pytest -n 2 --cov --cov-report=term:skip-covered

interface: .venv ## write docs/openapi.json and docs/asyncapi.json
	@PYTHONPATH=src $(PY) -m create_group_id_tools.interface

contract: .venv .venv-contract ## hold the function to docs/openapi.json, with schemathesis and a generated client: EXAMPLES=60 SEED=1
	@.venv-contract/bin/openapi-spec-validator docs/openapi.json
	@$(PY) -m pytest -m contract tests/contract

proofs: .venv ## run the exhaustive tests, which take minutes: every sequence of faults, thousands of histories
	@$(PY) -m pytest -n 2 -m exhaustive

corpora: .venv ## run every case of the corpora and every comparison of two ways, which take minutes
	@$(PY) -m pytest -n 2 -rs -m "" tests/corpora tests/differential

lint: .venv ## check the rules and the format with ruff
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: .venv ## check the types with mypy, in strict mode
	@$(PY) -m mypy

matrix: .venv ## run the tests under each installed CPython from 3.10 to 3.13, or under those of MINORS="10 12"
	@sh scripts/matrix.sh $(MINORS)

matrix-%: .venv
	@sh scripts/matrix.sh $*

mutants: .venv ## change src/ one line at a time, and check that a test fails each time
	@$(PY) tests/mutants.py

mutation: .venv-mutation ## change src/ in every way that mutmut knows, an hour or more, or some files: FILES="create_group_id/timing.py" WORKERS=2
	@.venv-mutation/bin/python -m tests.mutation --workers "$${WORKERS:-2}" $(FILES)

fuzz: .venv-fuzz ## fuzz the function, under CPython 3.11 to 3.13: SECONDS=600, or REPLAY=<file>, MINIMISE=1
	@if [ -n "$$REPLAY" ]; then .venv-fuzz/bin/python -m tests.fuzzing --replay "$$REPLAY" $(if $(MINIMISE),--minimise); \
	else .venv-fuzz/bin/python -m tests.fuzzing --seconds "$${SECONDS:-60}"; fi

package: .venv ## build the zip that template.yml deploys, for python3.10 or RUNTIME=python3.12
	@$(TOOLS) package --runtime "$$RUNTIME"

check: package ## check template.yml, infra/ and the zip, without an account
	@$(TOOLS) check

stub-dist: .venv ## build the stub's wheel and sdist, install each, and run a user's tests
	@sh scripts/stub_dist.sh

test-zip: package ## run the function's tests against the unpacked zip
	@sh scripts/suite_on_zip.sh "$$RUNTIME"

deploy: package ## check, and deploy with Serverless Devs (see docs/deploy.md)
	@$(TOOLS) check --deploy
	@node_modules/.bin/s deploy -t template.yml -y \
	|| { echo 'Not deployed. Configure an account with `npx s config add` (see docs/deploy.md).' >&2; exit 1; }

smoke: .venv ## check that a deployed function works: TARGET=https://<URL of the trigger> (see docs/callers.md)
	@[ -n "$$TARGET" ] || { echo 'No function to check: set TARGET=https://<URL of the trigger> (see docs/callers.md).' >&2; exit 2; }
	@$(TOOLS) smoke -- "$$TARGET"

verify-live: .venv ## check on a real account what no document says (docs/unverified.md): TARGET=https://<URL of the trigger> for the function too
	@$(TOOLS) verify --report build/verify-live.json $${TARGET:+-- "$$TARGET"}

soak: .venv ## run `serve` with faults, and reconcile all accounts: MINUTES=20 CALLERS=4 RATE=40
	@$(PY) -m tests.endurance.soak --minutes "$${MINUTES:-20}" --callers "$${CALLERS:-4}" --rate "$${RATE:-40}"

kill: .venv ## kill `serve` and its workers at many moments, and check that no event is lost
	@$(PY) -m tests.endurance.kill

power-loss: .venv ## check that no power loss makes `serve` lose an accepted event (needs strace)
	@$(PY) -m tests.endurance.power_loss

bench: .venv .venv-bench ## compare the zips with the official SDK and the bare libraries, and draw docs/benchmark.svg
	@$(PY) -m benchmarks
	@.venv-bench/bin/python benchmarks/plot.py

storm: .venv .venv-bench ## simulate storms of signups against template.yml, and draw docs/storm.svg
	@$(PY) -m benchmarks.storm
	@.venv-bench/bin/python benchmarks/storm_plot.py

clean: ## delete everything that the other targets created
	@rm -rf .venv* build node_modules .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
