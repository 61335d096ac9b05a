#!/usr/bin/env bash
# Runs every test; installs software Vulkan first where there is no adapter to test the shaders on.
set -euo pipefail
cd "$(dirname "$0")"
export GRAPHPNAS_SHARED="${GRAPHPNAS_SHARED:-$(cd .. && pwd)/shared}"
cargo build
if cargo run --quiet -- devices | grep -q "no GPU was found"; then
    scripts/install-lavapipe.sh
fi
cargo test "$@"
