# Two commands do everything: `make run` shows Yicha at work, `make test` checks it.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PACKAGES := claims graphs features rules scoring audit serving training cli
export MLFLOW_DISABLE_TELEMETRY = true
export DO_NOT_TRACK = true

.PHONY: run test setup check browser bench lock clean

run: $(READY) ## Make up a city, learn from it, serve it (ONCE=1 ends by itself, PORT=8001 serves there)
	$(BIN)/yicha demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT))

test: $(READY) browser check ## Format, lint, types, import contract, all tests
	$(BIN)/python -m pytest --durations=10

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, $(PYTHON) is older. Name another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Setting up .venv (about a minute) ..."
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

browser: ## The page tests need a Chromium; installed where this user may
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing Chromium for the page tests ..." && \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } || \
		echo "No Chromium found and no right to install one: the page tests will be skipped. Install it with: apt-get install chromium"

bench: $(READY) ## Measure speed beside other engines: SIZE=city runs the large sizes
	$(BIN)/python -m benchmarks.features --size $(or $(SIZE),small)
	$(BIN)/python -m benchmarks.rings --size $(or $(SIZE),small)
	$(BIN)/python -m benchmarks.serve $(if $(SIZE),,--sizes 20000 --settlements 300)
	$(BIN)/python -m benchmarks.scale --claims $(if $(SIZE),10000000,200000)
	$(BIN)/python -m benchmarks.rules
	$(BIN)/python -m benchmarks.screen --claims $(if $(SIZE),10000000 --beside 1000000,100000)
	$(BIN)/python -m benchmarks.intake --claims $(if $(SIZE),1000000 10000000,200000)
	$(BIN)/python -m benchmarks.learn $(if $(SIZE),--rates realistic --rings 12 --seeds 5,--insured 8000 --seeds 1)
	$(BIN)/python -m benchmarks.unseen $(if $(SIZE),,--insured 8000 --rates dense --rings 3 --seeds 1)
	$(BIN)/python -m benchmarks.antcity $(if $(SIZE),,--insured 4000 --months 10 --rings 3 --seeds 1 --evasion-seeds 0)

lock: ## Renew requirements.lock (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-header --no-annotate \
		--extra dev pyproject.toml -o requirements.lock

clean: ## Remove the made-up city and everything learned from it
	rm -rf data mlruns/mlflow.db mlruns/artifacts
