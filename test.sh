#!/usr/bin/env bash
# Runs every test; installs software Vulkan first where there is no adapter to test the shaders on.
set -euo pipefail
cd "$(dirname "$0")"
export GRAPHPNAS_SHARED="${GRAPHPNAS_SHARED:-$(cd .. && pwd)/shared}"
# Made by scripts/install-python-tools.sh; without it other programs do not read what this one writes.
if [ -z "${GRAPHPNAS_PYTHON:-}" ] && [ -x target/python/bin/python ]; then
    export GRAPHPNAS_PYTHON="$PWD/target/python/bin/python"
fi
# This builds the program too, once, with the features that the tests want of its dependencies.
cargo test --no-run
if "${CARGO_TARGET_DIR:-target}/debug/graphpnas" devices | grep -q "no GPU was found"; then
    scripts/install-lavapipe.sh
fi
cargo test "$@"
