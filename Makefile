# Two commands do everything on a fresh machine with Python 3.11 or later:
#   make demo   sets up and runs the main job on the example shop
#   make test   sets up and passes the tests
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DEMO   := .demo
WORDS  := $(VENV)/.words

.PHONY: demo fava test lint bench score conformance mutants words build clean
.DEFAULT_GOAL := demo

$(STAMP): setup.cfg pyproject.toml
	@echo "Setting up $(VENV) (once) …"
	@$(PYTHON) -c 'import sys; sys.exit("posguard needs Python 3.11 or later, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,lint]'
	@touch $@

$(WORDS): $(STAMP) $(wildcard beancount_posguard/locale/*/LC_MESSAGES/*.po)
	@$(BIN)/python -m bench.words --compile
	@touch $@

demo: $(STAMP) $(WORDS)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh example-ledger/tour.sh $(DEMO)

fava: $(STAMP) $(WORDS)
	@test -d $(DEMO) || $(MAKE) --no-print-directory demo
	@$(BIN)/fava $(DEMO)/main.beancount

test: $(STAMP) lint
	@$(BIN)/python -m pytest -n auto --cov --cov-report=term-missing:skip-covered

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(STAMP)
	@$(BIN)/python -m bench.run
	@$(BIN)/python -m bench.page

score: $(STAMP)
	@$(BIN)/python -m bench.score; $(BIN)/python -m bench.bars

catalogue: $(STAMP)
	@$(BIN)/python -m bench.catalogue

words: $(STAMP)
	@$(BIN)/python -m bench.words

conformance: $(STAMP)
	@$(BIN)/python -m bench.conformance

mutants: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,bench]'
	@nice $(BIN)/python -m bench.mutants

fuzz: $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,bench]'
	@nice $(BIN)/python -m bench.fuzz

build: $(STAMP)
	@$(BIN)/python -m build

clean:
	@rm -rf $(VENV) $(DEMO) build dist *.egg-info
