# Each target does all of its own set-up; the stamps make the second time take seconds.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests of one file share what they prepare; the order of the files is that of tests/conftest.py.
PYTEST := $(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder
UV_VERSION := 0.13.9
# uv does not read pip's variables: hand an index configured for pip on to it.
export UV_DEFAULT_INDEX := $(or $(UV_DEFAULT_INDEX),$(UV_INDEX_URL),$(PIP_INDEX_URL))
ifeq ($(UV_DEFAULT_INDEX),)
unexport UV_DEFAULT_INDEX
endif
export UV_LINK_MODE ?= copy
export DO_NOT_TRACK := 1
# The demo company lives at a fixed moment, so that everyone sees the same incidents.
DEMO_TIMEZONE := Europe/Paris
DEMO_AS_OF := 2026-01-05T06:00:00+01:00

.DEFAULT_GOAL := help
.PHONY: help run dev test acceptance unit-test bench lint generate lock docs clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Vigie needs Python 3.11 or later; set PYTHON=python3.12, say")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/uv
	@echo "installing Vigie into $(VENV)/ (once)"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(BIN)/uv
	@echo "installing the development tools into $(VENV)/ (once)"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements-dev.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@ $(VENV)/.installed

# An old reader in a folder of its own: what is published must open with it.
$(VENV)/duckdb-1.1.3/.installed: requirements-old-reader.lock | $(BIN)/uv
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --require-hashes --target $(VENV)/duckdb-1.1.3 -r $<
	@touch $@

MANIFEST := dbt_project/target/parsed_manifest.json
DBT_SOURCES := $(shell find dbt_project -type f \( -name '*.sql' -o -name '*.py' -o -name '*.yml' -o -name '*.csv' \) -not -path '*/target/*' -not -path '*/logs/*')

$(MANIFEST): $(DBT_SOURCES) | $(VENV)/.installed
	@echo "preparing the dbt project (once)"
	@VIGIE_TIMEZONE=$(DEMO_TIMEZONE) $(BIN)/python -m pipelines.transform.prepare
	@touch $@

run: $(VENV)/.installed $(MANIFEST) ## one complete pass on the demo company
	@$(BIN)/python -m demo --to $(or $(VIGIE_DEMO),var/demo)
	@$(BIN)/vigie run --as-of $(or $(VIGIE_AS_OF),$(DEMO_AS_OF))

dev: $(VENV)/.installed $(MANIFEST) ## Dagster's UI and daemon on 127.0.0.1:3000, on the same settings
	@$(BIN)/python -m demo --to $(or $(VIGIE_DEMO),var/demo)
	@VIGIE_AS_OF=$(or $(VIGIE_AS_OF),$(DEMO_AS_OF)) $(BIN)/python -m pipelines.orchestration.serve

test: $(VENV)/.installed-dev $(VENV)/duckdb-1.1.3/.installed $(MANIFEST) ## the test suite, the fast part first
	@VIGIE_OLD_DUCKDB=$(CURDIR)/$(VENV)/duckdb-1.1.3 $(PYTEST) -m "not acceptance" $(PYTEST_ARGS)

acceptance: $(VENV)/.installed-dev $(MANIFEST) ## passes on whole data sets, damaged homes and killed processes
	@$(PYTEST) -m acceptance $(PYTEST_ARGS)

unit-test: $(VENV)/.installed $(MANIFEST) ## dbt's unit tests, of one model with MODEL=fct_lead; needs a `make run` before
	@test -e var/warehouse.duckdb || { echo "there are no tables yet: make run builds them"; exit 1; }
	@VIGIE_DBT_FOLDER=$(CURDIR)/var VIGIE_TIMEZONE=$(DEMO_TIMEZONE) $(BIN)/vigie-dbt --no-send-anonymous-usage-stats test \
	  --select $(if $(MODEL),$(MODEL)$(COMMA))test_type:unit --project-dir $(CURDIR)/dbt_project \
	  --profiles-dir $(CURDIR)/dbt_project --target-path $(CURDIR)/var/dbt --log-path $(CURDIR)/var/dbt

bench: $(VENV)/.installed-dev $(MANIFEST) ## what it costs, side by side with the least it could cost
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

lint: $(VENV)/.installed-dev $(MANIFEST) ## style, types, import contracts, SQL
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models
	@$(BIN)/python -m tests.file_length

generate: $(VENV)/.installed ## write the dbt files that are generated from the entities
	@$(BIN)/python -m pipelines.transform.generate

docs: $(VENV)/.installed $(MANIFEST) ## write the pages that are generated from code
	@$(call write,schema,docs/settings.schema.json)
	@$(call write,catalogue-page,docs/kpis.md)
	@$(call write,entities-page,docs/entities.md)
	@$(BIN)/python -m tests.kpis.test_tests_page

# What a command prints replaces a page only if the command succeeds: a mistake does not empty the page.
write = $(BIN)/vigie $(1) > $(2).new && mv $(2).new $(2) || { rm -f $(2).new; exit 1; }

COMMA := ,
COMPILE := $(BIN)/uv pip compile --quiet --no-emit-index-url --generate-hashes --universal --python-version 3.11

lock: $(BIN)/uv ## adds new dependencies to the locks; UPGRADE=1 resolves all of them again
	@$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.lock
	@$(COMPILE) $(if $(UPGRADE),--upgrade) -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock

clean: ## removes what the targets made, the demo's home folder included
	rm -rf $(VENV) var dbt_project/target dbt_project/logs
