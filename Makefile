# The newcomer's two commands are `make demo` and `make test`. Everything they need, they install.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
export DJANGO_SETTINGS_MODULE = elearning.settings

.PHONY: demo env test test-js test-all check bench bench-scale faults lock messages format release-dump clean

demo: $(VENV)/.runtime elearning/locale/.compiled
	@$(BIN)/python manage.py demo

# Writes .env with new secrets, for an installation. Needs nothing installed.
env:
	@$(PYTHON) deploy/make_env.py $(ARGS)

test: $(VENV)/.dev elearning/locale/.compiled
	@$(BIN)/python -m tests.run $(ARGS)

test-js: $(VENV)/.dev
	@$(BIN)/python -m tests.support.node

test-all: $(VENV)/.dev elearning/locale/.compiled
	@$(BIN)/python -m tests.run --all

check: $(VENV)/.dev elearning/locale/.compiled
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy accounts standards certificates courses quizzes programmes privacy elearning
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=tests.lint_settings $(BIN)/python manage.py lintmigrations --quiet ok ignore
	$(BIN)/python manage.py check
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/hadolint Dockerfile
	BASE_URL=https://learn.example.org $(BIN)/caddy adapt --config deploy/Caddyfile --validate > /dev/null

bench: $(VENV)/.dev elearning/locale/.compiled
	@$(BIN)/python -m tests.bench

bench-scale: $(VENV)/.dev elearning/locale/.compiled
	@$(BIN)/python -m tests.bench.scale $(ARGS)

faults: $(VENV)/.dev elearning/locale/.compiled
	@$(BIN)/python -m tests.faults $(ARGS)

# Set-up ---------------------------------------------------------------------------------------------
$(VENV)/bin/python:
	@echo "Making the virtual environment…"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "Installing what the product needs (about a minute)…"
	@$(PIP) install --require-hashes --requirement requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what the product and its tests need (about a minute)…"
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@ $(VENV)/.runtime

# A language is compiled once its catalogue is complete: where a plural is missing, Babel would put the English singular
# for every number. An extracted, untranslated catalogue is left out, and Django falls back to English as a whole.
TRANSLATED := ar
elearning/locale/.compiled: $(wildcard elearning/locale/*/LC_MESSAGES/*.po)
	@test -x $(BIN)/pybabel || $(MAKE) --no-print-directory $(VENV)/.runtime
	@for language in $(TRANSLATED); do \
	  $(BIN)/pybabel --quiet compile --directory elearning/locale --domain "django djangojs" --locale $$language || exit 1; done
	@touch $@

# For maintainers --------------------------------------------------------------------------------------
lock:
	$(PIP) install uv
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-annotate --python-version 3.11 --extra monitoring pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-annotate --python-version 3.11 --extra monitoring --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

# For every language of settings.LANGUAGES; needs GNU gettext. Afterwards tests/elearning/test_languages.py names what is new.
messages: $(VENV)/.dev
	$(BIN)/python manage.py makemessages

# At each release: archives of a small world, which all later versions must be able to restore. Needs PostgreSQL too.
release-dump: $(VENV)/.dev elearning/locale/.compiled
	@$(BIN)/python -m tests.releases

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) var elearning/locale/.compiled
