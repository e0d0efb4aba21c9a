# Thin names for what is in scripts/ and bench/.
.PHONY: demo test lint bench

# The main job on real input, with stand-ins for AWS and CloudShell.
demo:
	scripts/demo.sh

# Everything, on a real Docker Engine.
test:
	scripts/test.sh

lint:
	cargo fmt --check
	cargo clippy --all-targets --quiet -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --document-private-items --quiet

# Medians of credrun beside `docker run` and the shell script that it replaces.
bench:
	bench/run.sh
