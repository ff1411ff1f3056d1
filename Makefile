# Every target sets up what it needs, and costs next to nothing when nothing has changed.
.DEFAULT_GOAL := help
.PHONY: help demo test check faults lint bench docs airflow setup services java clean

BIN := .venv/bin
STAMPS := .venv/.stamps
HADOOP := .services/hadoop
SHELL_SCRIPTS := .ci/run $(shell grep -ls '^\#!.*bash' tools/* tests/services/*)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMPS)/demo ## Set everything up, and see jobs run on the backends of this machine
	tools/demo

test: setup services lint ## Set up what tests need, and run them all
	@# Apart from each other: what Airflow and clusters leave in a process is not for those after them.
	$(BIN)/pytest tests/integration/test_limits.py tests/unit
	$(BIN)/pytest tests/property tests/conformance
	$(BIN)/pytest tests/integration --ignore tests/integration/test_limits.py
	$(BIN)/pytest tests/system
	$(BIN)/pytest tests/faults

check: setup lint ## The fast loop: lint, types, layers, unit and property tests
	$(BIN)/pytest -x -q tests/unit tests/property

faults: setup services ## Kill 200 times on each backend, fill disks, damage files, and print what came of it
	UNIFYWEAVER_KILLS=90 UNIFYWEAVER_AIRFLOW_KILLS=16 UNIFYWEAVER_SCHEDULER_KILLS=4 UNIFYWEAVER_DAMAGED_RESUMES=200 \
	UNIFYWEAVER_HANDLER_ROUNDS=5 $(BIN)/pytest -q -s --timeout 1800 tests/faults

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	shellcheck $(SHELL_SCRIPTS)

bench: setup ## Measure
	$(BIN)/python -m bench

docs: setup ## Build the documentation into docs/_build
	$(BIN)/sphinx-build -q -E -W --keep-going docs docs/_build
	@echo "docs/_build/index.html"

airflow: $(STAMPS)/demo ## Run Airflow on http://localhost:8080 with the example DAGs
	@tools/airflow

setup: $(STAMPS)/dev ## Set up for development: .venv and Debian packages
	@tools/apt parallel postgresql shellcheck

services: $(HADOOP) ## Set up the engines that tests start: Java, and Hadoop's jars from Maven Central (93 MB)

java:
	@tools/apt "openjdk-17-jre-headless|openjdk-21-jre-headless" maven

$(HADOOP): tools/hadoop.xml | java
	rm -rf $@ $@.partial
	mvn --batch-mode --quiet --file $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$@.partial
	mv $@.partial $@
	@touch $@

clean: ## Remove everything built, cached or run; the environments and .services stay
	rm -rf .airflow .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .unifyweaver
	rm -rf build dist docs/_build
	find . -path ./.venv -prune -o -path ./.venv-tools -prune -o -name __pycache__ -exec rm -rf {} +

$(STAMPS)/demo $(STAMPS)/dev: pyproject.toml uv.lock tools/bootstrap
	tools/bootstrap $(@F)
	@mkdir -p $(@D)
	@touch $@
