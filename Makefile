# Everything starts here: a Python from 3.11 on, make and the package registry are all that a fresh machine needs. Paths are relative
# and tools run as modules, so the clone may lie in a directory of any name.
SHELL := /bin/sh
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
PORT ?= 8000
SEED ?= 1
STEPS ?= 120
SEEDS ?= 1
FIRST ?= 0
LAST ?= 10000
SAMPLE ?= 400
EXAMPLES ?= 25
PYTEST_ARGS ?=
SCENARIO ?= events/what-if/*.yaml

BIN := .venv/bin/python
# Lambda finds the package in its layer; here it is in the layer's folder.
export PYTHONPATH := layers/overtone
# Tests start some hundred processes that load the same modules: they are compiled once, also where Python is told to write nothing.
unexport PYTHONDONTWRITEBYTECODE
UV := $(BIN) -m uv
LOCK = UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate
# SAM asks for a region; nothing here ever reaches it.
SAM = AWS_DEFAULT_REGION=eu-west-1 SAM_CLI_TELEMETRY=0 UV="$(CURDIR)/.venv/bin/uv" $(BIN) -m samcli

# What the second pair of engines is held to: what all engines have in common, and months from the first play to the sealed file.
SERVED := $(patsubst %,tests/infra/test_%.py,engines engine_objects limits bad_days) \
	$(patsubst %,tests/integration/test_%.py,settlement_chain settlement_adjustments settlement_changes quarantine usage_drop contention demo)

# Runs the small programs that stand in README's comments, so that its tables are the code's.
COG = PYTHONPATH=.:layers/overtone $(BIN) -m cogapp

.PHONY: help demo what-if check test worlds clients mutants mutation fuzz supply thorough serve bench sim engines lint lint-code lint-stack format build verify generate lock clean
.DEFAULT_GOAL := help

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -e 's/:[^#]*## /|/' | awk -F'|' '{printf "  %-9s %s\n", $$1, $$2}'

.venv/ready: requirements-uv.txt requirements-dev.txt client/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11"; exit 1; }
	rm -rf .venv
	"$(PYTHON)" -m venv .venv
	$(BIN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	$(UV) pip sync --quiet --require-hashes --python $(BIN) requirements-dev.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN) --editable client
	@touch $@

.venv/proof/ready: .venv/ready requirements-proof.txt
	$(UV) venv --quiet --clear --python $(BIN) .venv/proof
	$(UV) pip sync --quiet --require-hashes --python .venv/proof/bin/python requirements-proof.txt
	@touch $@

# A folder to import from, not an environment: the fuzzing process has all else from the one it runs in.
.venv/fuzzer/ready: .venv/ready requirements-fuzz.txt
	rm -rf .venv/fuzzer
	$(UV) pip install --quiet --require-hashes --only-binary :all: --python $(BIN) --target .venv/fuzzer -r requirements-fuzz.txt
	@touch $@

# A folder to import from too: what our figures are held against, beside what they are measured with.
.venv/bench/ready: .venv/ready requirements-bench.txt
	rm -rf .venv/bench
	$(UV) pip install --quiet --require-hashes --only-binary :all: --python $(BIN) --target .venv/bench -r requirements-bench.txt
	@touch $@

.venv/checkov/ready: .venv/ready requirements-checkov.txt
	$(UV) venv --quiet --clear --python $(BIN) .venv/checkov
	$(UV) pip sync --quiet --require-hashes --python .venv/checkov/bin/python requirements-checkov.txt
	@touch $@

.venv/clients/ready: .venv/ready requirements-clients.txt
	$(UV) venv --quiet --clear --python $(BIN) .venv/clients
	$(UV) pip sync --quiet --require-hashes --python .venv/clients/bin/python requirements-clients.txt
	@touch $@

demo: .venv/ready  ## deploy locally, play the story in events/, settle, print one musician's statement (files in out/); DEAL=stim-2025 settles one of events/deals/
	$(if $(DEAL),$(BIN) -m local.gallery $(DEAL),$(BIN) -m local.demo)

what-if: .venv/ready  ## ask what the demo's month would have come to under other terms: SCENARIO=events/what-if/levy-sqrt.yaml
	$(BIN) -m local.what_if $(SCENARIO)

test: .venv/ready $(if $(UPDATE),generate)  ## run every test; UPDATE=1 rewrites what is generated and stored samples first
	$(BIN) -m pytest -n auto $(PYTEST_ARGS)

serve: .venv/ready  ## run the API on http://127.0.0.1:$(PORT); DEMO=1 plays the demo's month first
	$(BIN) -m local.serve --port $(PORT) $(if $(DEMO),--demo)

bench: .venv/bench/ready  ## measure beside polars, DuckDB and, where it is installed, PostgreSQL; write out/bench.json and out/bench.md
	PYTHONPATH=$(PYTHONPATH):.venv/bench $(BIN) -m tests.benchmarks

sim: .venv/ready  ## run the seeded simulation: SEED=1 STEPS=120, SEEDS=100 for so many seeds, ENGINE=moto on moto, WITHOUT=1-7 leaves steps out
	$(BIN) -m tests.simulation --seed $(SEED) --seeds $(SEEDS) --steps $(STEPS) $(if $(WITHOUT),--without $(WITHOUT)) $(if $(ENGINE),--engine $(ENGINE)) $(if $(filter-out 1,$(SEEDS)),--quiet)

engines: .venv/ready  ## every test of the stack on moto; what the engines have in common, and whole months, on dynalite and versitygw
	ENGINE=moto $(BIN) -m pytest -n auto tests/integration tests/infra $(PYTEST_ARGS)
	ENGINE=servers $(BIN) -m pytest -n 2 $(SERVED) $(PYTEST_ARGS)

check: .venv/ready  ## what to run while you work: format, types, layout, and with few examples the unit tests that your change reaches; ALL=1 for all
	$(BIN) -m ruff check .
	$(BIN) -m ruff format --check .
	$(BIN) -m mypy
	HYPOTHESIS_PROFILE=quick $(BIN) -m pytest -q -n 0 -m "not slow and not benchmark" $$($(BIN) -m tests.affected $(if $(ALL),--all)) $(PYTEST_ARGS)

worlds: .venv/ready  ## the package against its slow model, world by world: FIRST=0 LAST=10000
	PYTHONPATH=.:layers/overtone $(BIN) -m tests.worlds --first $(FIRST) --last $(LAST)

clients: .venv/clients/ready  ## openapi.json read by strangers: Redocly's rules; clients made by openapi-python-client and openapi-typescript, compiled and used
	THOROUGH=1 $(BIN) -m pytest -n 0 tests/integration/test_generated_clients.py $(PYTEST_ARGS)

mutants: .venv/ready  ## plant bugs in scratch copies; the tests nearest to each must notice: ONLY="a tie"
	PYTHONPATH=.:layers/overtone $(BIN) -m tests.mutation $(if $(ONLY),--only "$(ONLY)")

mutation: .venv/proof/ready  ## cosmic-ray on a sample of money, mechanisms, settlement and payout: SEED=1 SAMPLE=400
	PYTHONPATH=.:layers/overtone $(BIN) -m tests.mutation.sampled --seed $(SEED) --sample $(SAMPLE)

fuzz: .venv/proof/ready  ## schemathesis against openapi.json on a local stack: EXAMPLES=25
	PYTHONPATH=.:layers/overtone $(BIN) -m tests.fuzz --examples $(EXAMPLES)

supply: .venv/proof/ready  ## what we build on: known faults (pip-audit), a bill of materials (CycloneDX), secrets in the tree
	PYTHONPATH=.:layers/overtone $(BIN) -m tests.supply

thorough: .venv/ready .venv/clients/ready .venv/fuzzer/ready fuzz  ## the tests that take long: every write of a settlement killed in every way, more examples of every property, AWS's bad days
	WEATHER=$(SEED) $(BIN) -m pytest -n auto tests/integration $(PYTEST_ARGS)
	THOROUGH=1 HYPOTHESIS_PROFILE=explore $(BIN) -m pytest -n auto $(PYTEST_ARGS)

lint: .venv/ready .venv/checkov/ready  ## ruff, mypy, cfn-lint, sam validate, sam build, checkov
	$(MAKE) --jobs=2 lint-code lint-stack

# Each of these works on one core, and mypy as long as all that looks at the stack.
lint-code: .venv/ready
	$(BIN) -m ruff check .
	$(BIN) -m ruff format --check .
	$(BIN) -m mypy
	$(COG) --check README.md

lint-stack: .venv/checkov/ready build
	$(BIN) -c "from cfnlint.runner import main; main()" template.yaml partner.yaml
	.venv/checkov/bin/python -m checkov.main --config-file .checkov.yaml

format: .venv/ready  ## rewrite the code in the one format
	$(BIN) -m ruff check --fix-only .
	$(BIN) -m ruff format .

build: .venv/ready  ## sam validate --lint and sam build, ready for sam deploy; says how large each function is unpacked
	$(SAM) validate --lint --template template.yaml
	$(SAM) build --template template.yaml
	PYTHONPATH=.:layers/overtone $(BIN) -m local.sizes

verify: .venv/ready  ## check a settlement's files: DIR=out/2026-10 (PREVIOUS=out/2026-09 names the one before)
	PYTHONPATH=layers/overtone $(BIN) -m overtone.verify $(DIR) $(if $(PREVIOUS),--previous $(PREVIOUS))

generate: .venv/ready  ## rewrite what follows from the code: openapi.json, the template's routes, README's blocks
	$(BIN) -m local.generate
	$(COG) -r README.md

lock: .venv/ready  ## resolve the requirements anew, with hashes
	$(LOCK) requirements-uv.in -o requirements-uv.txt
	$(LOCK) layers/deps/requirements.in -o layers/deps/requirements.txt
	$(LOCK) --no-emit-package defusedxml layers/deps/pdf.in -o layers/deps/pdf.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) requirements-checkov.in -o requirements-checkov.txt
	$(LOCK) requirements-bench.in -o requirements-bench.txt
	$(LOCK) requirements-clients.in -o requirements-clients.txt
	$(LOCK) requirements-proof.in -o requirements-proof.txt
	$(LOCK) requirements-fuzz.in -o requirements-fuzz.txt

clean:  ## remove what was built, and the environment
	rm -rf .venv .engines .aws-sam out .mypy_cache .ruff_cache .pytest_cache .hypothesis
