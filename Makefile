# Every target sets up what it needs in .venv; nothing else has to be installed but Python 3.11+.
# A GPU build of torch, or a CPU build where pip would fetch the GPU one: see docs/training.md, "Installing torch".

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
ENV_ID ?= creative_envs/MelodyComposition-v0

.PHONY: help train test lint docs gallery coverage soak storm mutation bench audit wheel test-wheel clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

train: .venv/agents .venv/kernels  ## Train an attention agent and make a page of its works (ENV_ID=... for another task)
	$(BIN)/python train_agent.py --env $(ENV_ID)

test: .venv/test .venv/kernels  ## Run the tests
	$(BIN)/python -m pytest -n 2 --dist loadscope

lint: .venv/test  ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/test gallery  ## Build the documentation into site/ (a warning is an error)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo "The site: $(CURDIR)/site/index.html"

gallery: .venv/agents .venv/kernels  ## Make the pages of works again: shipped models, references and random play
	$(BIN)/python -m agents.exhibition --out docs/gallery

coverage: .venv/test .venv/kernels  ## Run the tests and print what of the code they reach (kernels aside)
	$(BIN)/python -m pytest -n 2 --dist loadscope --cov --cov-report term:skip-covered

soak: .venv/test .venv/kernels  ## Step all environments ten million times and watch the memory; 64 processes of each
	$(BIN)/python -m tests.sweep.soak --steps 10_000_000
	$(BIN)/python -m tests.sweep.workers --count 64

storm: .venv/test .venv/kernels  ## Kill training, benchmark and corpus build at random moments, and damage files at length
	$(BIN)/python -m tests.faults.storm --kills 30
	$(BIN)/python -m tests.faults.storm --kills 10 --signal int
	$(BIN)/python -m tests.faults.storm --kills 10 --signal term
	FAULT_EXAMPLES=2000 $(BIN)/python -m pytest tests/faults -k fuzz

mutation: .venv/test .venv/kernels  ## Plant faults in scoring and masking code, and count those the tests catch
	$(BIN)/python -m tests.mutation

bench: .venv/bench .venv/kernels  ## Measure speed as ratios to other environments (BENCH=--quick for less)
	$(BIN)/python -m benchmarks.bench $(BENCH)

audit: .venv/agents .venv/kernels  ## Print how well scores tell good works from noise, and resist search
	$(BIN)/python -m creative_envs.melody.audit
	$(BIN)/python -m creative_envs.patches.audit --sheet audit-patches.png
	$(BIN)/python -m creative_envs.tactics.audit

wheel:  ## Build the wheel and the source archive into dist/, and print their sizes
	rm -rf dist build
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -m pip install --quiet --disable-pip-version-check build twine
	.venv-wheel/bin/python -m build
	.venv-wheel/bin/twine check --strict dist/*
	@ls -l dist

test-wheel: wheel  ## Install the wheel in a clean environment and run the tests that need nothing else
	$(PYTHON) tests/packaging/wheel_environment.py dist build/wheel

clean:  ## Remove the virtual environment and caches (not your runs)
	rm -rf .venv .venv-wheel .venv-jumanji .mypy_cache .ruff_cache .pytest_cache *.egg-info build dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "creative_envs needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv .venv || { rm -f $@; exit 1; }

# Numba's cache of a kernel does not notice changes in the kernels it calls.
.venv/kernels: .venv/bin/python $(shell find creative_envs -name '*.py')
	@find creative_envs -name '*.nb[ic]' -delete
	@touch $@

.venv/agents: .venv/bin/python pyproject.toml constraints.txt
	@echo "Installing into .venv (once; a few minutes on a slow line) ..."
	$(PIP) --editable ".[agents]"
	@touch $@

.venv/test: .venv/agents
	$(PIP) --editable ".[agents,test]"
	@touch $@

.venv/bench: .venv/agents
	$(PIP) --editable ".[agents,bench]"
	@touch $@
