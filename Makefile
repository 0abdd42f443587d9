# One command each. Every target sets up what it needs: the environment stands
# in .venv, made from the locked versions in requirements/. A run needs fewer than
# the tests.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
STAMP := $(VENV)/.installed
EVOLVE := $(VENV)/.evolves

define install
$(PYTHON) requirements/check_python.py
$(PYTHON) -m venv $(VENV)
$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/$(1)
$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endef

.DEFAULT_GOAL := help
.PHONY: help setup run test test-all test-surrogate lint ui bench bench-similarity bench-drift bench-fitness bench-explorer bench-site bench-evolution explorer test-explorer reference lock clean

help:  ## say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP)  ## make the environment

$(STAMP): requirements/dev.lock pyproject.toml
	$(call install,dev.lock)
	@touch $(RUNS) $(STAMP)

$(RUNS): requirements/run.lock pyproject.toml
	$(call install,run.lock)
	@touch $(RUNS)

$(EVOLVE): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --editable '.[evolve]'
	@touch $(EVOLVE)

run: $(RUNS)  ## take the built-in demo Hub and publish the database
	$(BIN)/biome run

test: $(STAMP)  ## all tests of the default suite
	$(BIN)/python -m pytest -n auto -m "not slow"

test-all: $(STAMP)  ## the long tests, too
	$(BIN)/python -m pytest -n auto

test-surrogate: $(EVOLVE)  ## tests of the evaluator that trains (installs PyTorch)
	$(BIN)/python -m pytest -q -n auto biome_pipeline_tests/evolution/surrogate

lint: $(STAMP)  ## style, types, architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

ui: $(RUNS)  ## the Dagster UI on http://127.0.0.1:3000
	$(BIN)/biome ui

bench: $(STAMP)  ## the way to the database at the size of the real Hub (minutes)
	$(BIN)/python -m benchmarks.run

bench-similarity: $(STAMP)  ## the similarity of relatives at that size (minutes)
	$(BIN)/python -m benchmarks.similarity

bench-drift: $(STAMP)  ## the drift of traits at that size, and orderings (minutes)
	$(BIN)/python -m benchmarks.drift

bench-fitness: $(STAMP)  ## the regressions of fitness at half a million models (minutes)
	$(BIN)/python -m benchmarks.fitness

bench-explorer: $(STAMP)  ## panning and recolouring a family of 30,000 models (a minute)
	$(BIN)/python -m benchmarks.explorer

bench-site: $(STAMP)  ## the report at the size of the real Hub (minutes)
	$(BIN)/python -m benchmarks.site

bench-evolution: $(STAMP)  ## 40,000 evaluations of a search, and the whole ablation (two minutes)
	$(BIN)/python -m benchmarks.evolution

explorer:  ## build the tree explorer of the report (needs Node.js)
	cd explorer && npm ci --omit=dev && npm run build

test-explorer:  ## types and tests of the tree explorer (needs Node.js)
	cd explorer && npm ci && npm run check && npm test

reference: $(STAMP)  ## write docs/reference from the code
	$(BIN)/python -m biome_pipeline_tests.reference_pages

lock: $(STAMP)  ## choose versions anew (needs the network)
	bash requirements/lock

clean:  ## remove the environment and caches, no results
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
