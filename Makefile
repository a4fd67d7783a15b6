# For developers. `make check` before every commit (≤ 2 minutes); `bin/test` runs everything.
BIN ?= .venv/bin
TEST_MODE = LIANHENG_MODE=test LIANHENG_DATA=$(or $(TMPDIR),/tmp)/lianheng-check
MANAGE = $(TEST_MODE) $(BIN)/python manage.py

.PHONY: test-spark check lint quick format ruff mypy imports templates migrations constraints

check: lint quick

lint: ruff imports templates migrations mypy

ruff:
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check .

mypy:
	@# Its Django plugin reads the settings.
	$(TEST_MODE) $(BIN)/mypy

imports:
	@$(BIN)/lint-imports --no-cache

templates:
	@find src -name '*.html' -print0 | xargs -0 $(BIN)/djade --check --target-version 5.2

migrations:
	@$(MANAGE) makemigrations --check --dry-run 2>/dev/null || $(MANAGE) makemigrations --check --dry-run

# Engines, content and the promises of the whole system; the rooms' own tests and all slow ones are left to bin/test.
quick:
	$(BIN)/pytest -p no:cacheprovider --numprocesses=2 --dist=loadfile -m "not slow and not journey and not torture" \
		src/lianheng/engine src/lianheng/library src/lianheng/cli tests/architecture

format:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	-find src -name '*.html' -print0 | xargs -0 $(BIN)/djade --target-version 5.2

# The pins of every dependency, for every Python and system, without any host in it. Needs uv.
constraints:
	uv pip compile --quiet --universal --all-extras --no-header --no-annotate --upgrade pyproject.toml -o constraints.txt

# Every model on Spark in local mode; installs PySpark and, as root on Debian, a Java runtime.
test-spark:
	bin/test-spark
