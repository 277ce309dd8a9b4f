PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check
TORCH := torch==2.13.0
# Each worker holds torch and its own models, some 700 MB.
TEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

.PHONY: demo harness test fast slow hardening kills lint bench docs site tutorials clean

demo: $(VENV)/demo
	$(BIN)/bridgex demo $(DEMO)

test: $(VENV)/dev
	$(TEST)

fast: $(VENV)/dev
	$(TEST) -m "not slow and not hardening"

slow: $(VENV)/dev
	$(TEST) -m "slow and not hardening"

hardening: $(VENV)/dev
	$(BIN)/python -m pytest -m hardening tests/hardening

kills: $(VENV)/dev
	$(BIN)/python -m pytest -m hardening tests/experiments

lint: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: site
	$(BIN)/python docs/check.py

site: $(VENV)/dev
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs build/site

# Runs what the pages show, on the embedded model.
tutorials: $(VENV)/dev
	$(BIN)/python docs/check.py --run

bench: $(VENV)/dev
	for each in benchmarks/*_speed.py; do PYTHONPATH=. $(BIN)/python $$each || exit 1; done

# One install per purpose; each is done again when the pins change.
$(VENV)/demo: constraints.txt pyproject.toml
	$(PYTHON) tools/environment.py $(VENV) $(TORCH) $(if $(CUDA),--cuda)
	$(PIP) install --quiet -c constraints.txt -e '.[demo]'
	touch $@

$(VENV)/dev: constraints.txt pyproject.toml
	$(PYTHON) tools/environment.py $(VENV) $(TORCH) $(if $(CUDA),--cuda)
	$(PIP) install --quiet -c constraints.txt -e '.[dev]'
	$(PIP) install --quiet -c constraints.txt --no-deps lm_eval
	touch $@

# lm_eval's own run needs some forty packages that nothing here imports; beside the others they would
# change what transformers finds, so they are in a folder that only that run is given.
harness: $(VENV)/harness/whole

$(VENV)/harness/whole: constraints.txt $(VENV)/dev
	$(PIP) install --quiet --upgrade -c constraints.txt --target $(VENV)/harness lm_eval
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
