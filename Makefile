# Each target does all of its own set-up; the stamps make the second time take seconds.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
# uv does not read pip's variables: hand an index configured for pip on to it.
export UV_DEFAULT_INDEX := $(or $(UV_DEFAULT_INDEX),$(UV_INDEX_URL),$(PIP_INDEX_URL))
ifeq ($(UV_DEFAULT_INDEX),)
unexport UV_DEFAULT_INDEX
endif
export UV_LINK_MODE ?= copy
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := help
.PHONY: help run dev test lint bench lock schema clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

