# `make help` lists the targets. Everything lives in .venv; nothing else on the machine is touched.
PYTHON ?= python3
PORT ?= 8000
DATA ?= ../shared/data
WEIGHTS ?= ../shared/backbones/mobilenetv2_100.imagenet.safetensors
PIP := .venv/bin/python -m pip --disable-pip-version-check install --quiet
# Many tests wait for a browser, a server or a process: with one more than there are cores, none of two is idle.
PYTEST := .venv/bin/pytest -n 3 --dist loadfile --no-loadscope-reorder
WEB := $(shell find clients/web -type f -not -path '*/node_modules/*' -not -name centerface.onnx)
LOCKED := pyproject.toml $(filter-out requirements/tflite.txt,$(wildcard requirements/*.txt))

.DEFAULT_GOAL := help
.PHONY: help run install line web test test-all test-fast lint format docs screenshot lock bench train-tig train-surface results tflite wheel clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/core.done ## Install the core and serve the station on http://127.0.0.1:8000 (PORT=... to change)
	@$(MAKE) --no-print-directory web || echo "The station runs without the phone app: it could not be built."
	.venv/bin/beadwatch serve --port $(PORT)

install: .venv/core.done ## Install the core into .venv

line: .venv/line.done ## Install what watching a line needs, too: beadwatch watch

web: .venv/web.done ## Build the phone app, which the station serves at /app/

test: .venv/dev.done .venv/web.done lint ## Install what the tests need, check the house rules, run the tests
	.venv/bin/python tools/web.py test
	$(PYTEST) -m "not long"

test-all: .venv/dev.done .venv/web.done lint ## The same with what takes long, and a kill at every point
	.venv/bin/python tools/web.py test
	TEST_WHOLE=1 $(PYTEST)

test-fast: .venv/dev.done ## Run the tests but the slow and the browser ones
	$(PYTEST) -m "not slow and not browser and not long"

lint: .venv/dev.done ## Check format, lint, types and the order of the rooms
	.venv/bin/ruff format --check
	.venv/bin/ruff check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python tools/web.py check

format: .venv/dev.done ## Format the code
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

docs: .venv/dev.done ## Write the generated parts of the docs anew
	.venv/bin/python tools/docs.py
	.venv/bin/python tools/web_cases.py

screenshot: .venv/dev.done .venv/web.done ## Take the pictures of station and phone that the README shows
	PYTHONPATH=bench .venv/bin/python tools/screenshot.py
	.venv/bin/python tools/phone_screenshot.py

lock: ## Resolve all dependencies anew and pin them in requirements/
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python tools/lock.py
	rm -rf .venv-lock

bench: .venv/dev.done .venv/web.done ## Measure speed and print the figures that the docs quote
	.venv/bin/python bench/command_line.py
	.venv/bin/python bench/inference.py
	.venv/bin/python bench/audit.py
	.venv/bin/python bench/importing.py
	.venv/bin/python bench/grouping.py
	.venv/bin/python bench/runtimes.py
	.venv/bin/python bench/line.py
	.venv/bin/python bench/phone.py
	.venv/bin/python bench/station_load.py

train-tig: .venv/dev.done ## Train the tig bundle anew from DATA and WEIGHTS; goes on where it was (runs/tig)
	.venv/bin/beadwatch train tig --data "$(DATA)/ss304" --weights "$(WEIGHTS)" --run runs/tig --out models/tig

train-surface: .venv/dev.done ## Import, freeze a test part, train the surface bundle anew; goes on (runs/surface)
	.venv/bin/beadwatch data import "$(DATA)/weld-quality" --name weld-quality
	.venv/bin/beadwatch data import "$(DATA)/background" --name background
	.venv/bin/beadwatch data split weld-quality --again --train 0.9 --valid 0 --test 0.1
	.venv/bin/beadwatch data split background --again --train 0.9 --valid 0 --test 0.1
	.venv/bin/beadwatch train surface --data weld-quality --data background --weights "$(WEIGHTS)" --folds 4 \
		--run runs/surface --out models/surface

results: .venv/dev.done ## Write docs/results.md from scratch: train what is not trained, judge models, baselines and peer
	DATA="$(DATA)" WEIGHTS="$(WEIGHTS)" .venv/bin/python bench/results.py

tflite: .venv-tflite/done ## Install what converts a network to TFLite into .venv-tflite (about 2 GB)

wheel: .venv/dev.done .venv/web.done ## Build the wheel, models and phone app included, into dist/
	.venv/bin/python -m build --wheel

clean: ## Remove what make made, but not var/ (your inspections)
	rm -rf clients/web/node_modules src/beadwatch/server/app clients/web/src/picture/centerface.onnx
	rm -rf .venv .venv-lock .venv-tflite dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

.venv-tflite/done: requirements/tflite.txt
	test -x .venv-tflite/bin/python || $(PYTHON) -m venv .venv-tflite
	.venv-tflite/bin/python -m pip --disable-pip-version-check install --quiet --requirement requirements/tflite.txt
	touch $@

.venv/core.done: $(LOCKED)
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	$(PIP) --constraint requirements/core.txt --editable .
	touch $@

# Not newer than core.done, only after it: every install touches that, and changes nothing of the app.
.venv/web.done: $(WEB) src/beadwatch/server/static/tokens.css tools/web.py tools/face_detector.py | .venv/core.done
	.venv/bin/python tools/web.py build
	touch $@

.venv/line.done: $(LOCKED)
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	$(PIP) --constraint requirements/dev.txt --editable ".[line]"
	touch $@ .venv/core.done

.venv/dev.done: $(LOCKED)
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	$(PIP) --constraint requirements/dev.txt torch
	$(PIP) --constraint requirements/dev.txt --editable ".[train,dev]"
	touch $@ .venv/core.done
