# Thin names for what is in scripts/, bench/ and tests/. Each target has its line of help behind `##`.
.PHONY: help demo test test-fast test-sdks lint bench soak storm mutants dist dist-check

help: ## List the targets (the default)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

demo: ## Try the main job, with stand-ins for AWS and CloudShell (Debian, root)
	scripts/demo.sh

test: ## Run all tests on a real Docker Engine, installing what is missing (Debian, root)
	scripts/test.sh

test-fast: ## Run the tests that need cargo only: no Engine, no root, no network
	RUST_TEST_THREADS=8 cargo test --lib --test fast --test relay

test-sdks: ## Try real SDKs on sets that live a minute, here and elsewhere: ten minutes and more
	tests/sdks/run.sh

lint: ## Check format, lints and documentation
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	scripts/lint-macos.sh
	RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --document-private-items --quiet

bench: ## Measure credrun beside `docker run` and the shell script that it replaces
	bench/run.sh

SOAK_SECONDS = 600
soak: ## Ask the endpoint of --live for SOAK_SECONDS (600), and watch the memory
	bench/soak.sh --seconds $(SOAK_SECONDS)

# The same seed is the same signals.
STORM_RUNS = 300
STORM_SEED = 1
storm: ## Send signals at random moments to STORM_RUNS (300) runs, and count what they leave
	bench/storm.sh --runs $(STORM_RUNS) --seed $(STORM_SEED)

mutants: ## Change the program in small ways, and list what no fast test notices (ROOM=src/live, or BASE=main)
	scripts/mutants.sh

dist: ## Make all files of a release in dist/, for Linux on x86_64 and aarch64 (Debian)
	scripts/dist.sh

dist-check: ## Make a release twice, the second time from another path, and compare: half an hour
	scripts/dist/check.sh
