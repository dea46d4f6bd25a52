PYTHON ?= python3
PORT ?= 8000
SHIFTS ?= 0
BIN = .venv/bin
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement
CORES = $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count(), 8))')
# One more than there are processors, for a test often waits for a browser, a server or a disk.
PYTEST = $(BIN)/python -m pytest --numprocesses $$(($(CORES) + 1)) --dist worksteal
PO = locale/es/LC_MESSAGES/django.po
UV_COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url

# Where it is set, each of many processes would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test quick check build up logs bench prove prove-ha usability screenshots architecture migrate seed lint fmt messages lock audit bom

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 - /p' Makefile

run: .venv/run .env ## all a newcomer needs, then the server on http://localhost:8000 (or PORT=...)
	@$(BIN)/python -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2>/dev/null \
		|| { echo "Port $(PORT) is not free. Choose another one: make run PORT=8001"; exit 1; }
	@$(MAKE) --no-print-directory seed || echo "Without demo data, then: the server shows what the database holds."
	@echo "CashPilot: http://localhost:$(PORT)/ - Ctrl-C stops it."
	@$(BIN)/python manage.py runserver $(PORT)

test: .venv/test ## the whole suite from nothing: SQLite, then on PostgreSQL what depends on the engine
	@env -u DATABASE_URL $(PYTEST)
	@$(BIN)/python scripts/postgres.py $(PYTEST)

quick: .venv/test ## the quick tests, within a minute: kernel, evidence, rules and actions, on SQLite
	@env -u DATABASE_URL $(PYTEST) -m "not slow" --numprocesses $(CORES)

check: ## everything that CI asks, on this machine
	@.ci/run

build: ## the image, with Docker
	@docker compose build

up: ## CashPilot and its PostgreSQL in Docker Compose, on http://localhost:8000 (docs/deployment.md)
	@docker compose up --detach --build

logs: ## what they say, as it comes
	@docker compose logs --follow --tail 100

bench: .venv/run ## the speed of the pages against the barest page of Django, on PostgreSQL (minutes)
	@$(BIN)/python scripts/bench.py

prove: .venv/test ## races, crashes and fuzzing at full size, on both engines (minutes); PROOF=name for one
	@$(BIN)/python scripts/prove.py -k "$(PROOF)" --shifts $(SHIFTS)

prove-ha: .venv/test ## the failover of two servers under Patroni (needs patroni, etcd, haproxy, pgbouncer)
	@for program in patroni etcd haproxy pgbouncer; do PATH="$$PATH:/usr/sbin" command -v $$program >/dev/null \
		|| { echo "It needs $$program. On Debian: sudo apt install patroni etcd-server haproxy pgbouncer"; exit 1; }; done
	@$(BIN)/python scripts/prove.py --engine PostgreSQL -k patroni

usability: .venv/test ## keystrokes and seconds of a typical shift and of an administrator's morning
	@$(BIN)/python -m pytest scripts/usability.py -p no:xdist --capture=no --quiet

screenshots: .venv/test ## the pictures of docs/screenshots, anew (needs Chromium)
	@$(BIN)/python -W ignore scripts/screenshots.py

architecture: ## the picture of docs/architecture.md, anew, from what the modules import
	@$(PYTHON) scripts/architecture.py

migrate: .venv/run .env ## bring the tables of the database up to date
	@echo "The tables; the first time it takes a while."
	@$(BIN)/python manage.py migrate --verbosity 0

seed: migrate ## demo data, once
	@echo "The demonstration, if the database is empty."
	@$(BIN)/python manage.py seed_demo

# The checks judge the code, not what a developer's .env says.
lint: export DOTENV = /dev/null
lint: export DEBUG = 1
lint: .venv/test ## style, floors, types, templates, migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy .
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/python manage.py makemigrations --check --dry-run

fmt: .venv/test ## put the code in shape
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

# Without places and dates, so that a file changes only when a text does.
messages: .venv/run .env ## collect the texts for locale/es, and compile the translations (needs gettext)
	@$(BIN)/python manage.py makemessages --locale es --no-location --no-obsolete
	@sed -i.old '/^"POT-Creation-Date/d' $(PO) && rm $(PO).old
	@$(BIN)/python manage.py compilemessages --locale es --ignore .venv

lock: ## pin the packages anew (needs uv)
	@$(UV_COMPILE) requirements.in --output-file requirements.txt
	@$(UV_COMPILE) requirements-dev.in --constraint requirements.txt --output-file requirements-dev.txt

audit: ## known holes in the packages that run (needs uv and a network)
	@uvx pip-audit --requirement requirements.txt --disable-pip --require-hashes

bom: ## the bill of materials, CycloneDX, as bom.json (needs uv)
	@uvx --from cyclonedx-bom cyclonedx-py requirements requirements.txt --output-file bom.json

.env:
	@cp .env.example .env

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "CashPilot needs Python 3.11 or newer. If you have one, name it: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo "Python cannot make environments here. On Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv

# Stamps: each is as new as the list of packages that it stands for.
.venv/run: requirements.txt | .venv/bin/pip
	@echo "Installing what runs CashPilot; only the first time."
	@$(PIP_INSTALL) requirements.txt || { echo "The packages did not install: is there a network?"; exit 1; }
	@touch $@

.venv/test: requirements-dev.txt | .venv/bin/pip
	@echo "Installing what tests CashPilot; only the first time."
	@$(PIP_INSTALL) requirements-dev.txt || { echo "The packages did not install: is there a network?"; exit 1; }
	@touch $@
