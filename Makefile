# Every target sets up what it needs, and costs next to nothing when nothing has changed.
.DEFAULT_GOAL := help
.PHONY: help demo test check faults lint bench docs airflow setup services java clean

BIN := .venv/bin
STAMPS := .venv/.stamps
SERVICES := .services/hadoop .services/kafka
# Thousands of processes import the package in tests: with it, each would compile that anew.
unexport PYTHONDONTWRITEBYTECODE
SHELL_SCRIPTS := .ci/run $(shell grep -ls '^\#!.*bash' tools/* tests/services/*)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMPS)/demo ## Set everything up, and see jobs run on the backends of this machine
	tools/demo

test: setup services lint ## Set up what tests need, and run them all
	@# Two at a time, for much of them is waiting; each shows what came of it when it ends.
	$(MAKE) --no-print-directory --keep-going --jobs 2 --output-sync=target $(GROUPS_OF_TESTS)

# Apart from each other: what Airflow and clusters leave in a process is not for those after them.
GROUPS_OF_TESTS := test-integration test-conformance test-system test-faults test-units
.PHONY: $(GROUPS_OF_TESTS)
test-units: TESTS = tests/integration/test_limits.py tests/unit
test-conformance: TESTS = tests/property tests/conformance
test-integration: TESTS = tests/integration --ignore tests/integration/test_limits.py
test-system: TESTS = tests/system
test-faults: TESTS = tests/faults
PYTEST = $(BIN)/pytest -q --durations 20 -o cache_dir=.pytest_cache/$@
# What waits for browsers, brokers and clusters may wait too short on a busy machine: what fails is run once more, in a
# fresh process. Both runs are shown.
$(GROUPS_OF_TESTS):
	$(PYTEST) $(TESTS) || $(PYTEST) --last-failed --last-failed-no-failures none --maxfail 3 $(TESTS)

check: setup lint ## The fast loop: lint, types, layers and unit tests
	$(BIN)/pytest -x -q tests/unit

faults: setup services ## Kill 200 times on each backend, fill disks, damage files, and print what came of it
	UNIFYWEAVER_KILLS=90 UNIFYWEAVER_AIRFLOW_KILLS=16 UNIFYWEAVER_SCHEDULER_KILLS=4 UNIFYWEAVER_DAMAGED_RESUMES=200 UNIFYWEAVER_INVALID_JOBS=10000 \
	UNIFYWEAVER_HANDLER_ROUNDS=5 UNIFYWEAVER_STREAM_KILLS=20 UNIFYWEAVER_STREAM_MESSAGES=1000000 $(BIN)/pytest -q -s --timeout 1800 tests/faults

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	shellcheck $(SHELL_SCRIPTS)

bench: setup services ## Measure everything, against peers, and write docs/benchmarks (hours)
	$(BIN)/python -m bench

docs: setup ## Build the documentation into docs/_build
	$(BIN)/sphinx-build -q -E -W --keep-going docs docs/_build
	@echo "docs/_build/index.html"

airflow: $(STAMPS)/demo ## Run Airflow on http://localhost:8080 with the example DAGs
	@tools/airflow

setup: $(STAMPS)/dev ## Set up for development: .venv and Debian packages
	@tools/apt "chromium|chromium-browser" parallel postgresql rabbitmq-server shellcheck swi-prolog-nox

services: $(SERVICES) ## Set up what tests start: Java, and the jars of Hadoop and Kafka from Maven Central (136 MB)

java:
	@tools/apt "openjdk-17-jre-headless|openjdk-21-jre-headless" maven

$(SERVICES): .services/%: tools/%.xml | java
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
