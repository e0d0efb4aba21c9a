# Thin names for what is in scripts/ and bench/.
.PHONY: demo test test-fast test-sdks soak storm lint bench

# The main job on real input, with stand-ins for AWS and CloudShell.
demo:
	scripts/demo.sh

# Everything, on a real Docker Engine.
test:
	scripts/test.sh

# What needs no Engine, no root and no network: on any machine with cargo.
test-fast:
	cargo test --lib --test fast --test relay

# Real SDKs beside sets that live for a minute, here and on Engines that are elsewhere: ten minutes,
# and some for the first build.
test-sdks:
	tests/sdks/run.sh

# SOAK_SECONDS of requests to the endpoint of --live, memory watched.
SOAK_SECONDS = 600
soak:
	bench/soak.sh --seconds $(SOAK_SECONDS)

# STORM_RUNS runs beside as many of `docker run`, each with signals at random moments, and what they
# leave. The same seed is the same storm.
STORM_RUNS = 300
STORM_SEED = 1
storm:
	bench/storm.sh --runs $(STORM_RUNS) --seed $(STORM_SEED)

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --document-private-items --quiet

# Medians of credrun beside `docker run` and the shell script that it replaces.
bench:
	bench/run.sh
