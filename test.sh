#!/usr/bin/env bash
# Runs all tests. Needs only Rust and the clone. The shaders are tested on a Vulkan adapter; if none is found, Mesa's software
# Vulkan is installed first, which needs root or passwordless sudo.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf 'test.sh: %s\n' "$*" >&2; }

# Optional larger data: the folder named by GRAPHPNAS_SHARED, else ../shared.
data="${GRAPHPNAS_SHARED:-../shared}/data"
if [ -d "$data" ]; then
    larger="tests on larger data: run, with $data"
elif [ -n "${GRAPHPNAS_SHARED:-}" ]; then
    say "GRAPHPNAS_SHARED: the folder $data does not exist."
    exit 1
else
    larger="tests on larger data: not run; set GRAPHPNAS_SHARED to a folder with the data sets in data/"
fi
# Created by scripts/install-python-tools.sh; without it, exported files are not checked with other programs.
if [ -z "${GRAPHPNAS_PYTHON:-}" ] && [ -x target/python/bin/python ]; then
    export GRAPHPNAS_PYTHON="$PWD/target/python/bin/python"
fi
if [ -n "${GRAPHPNAS_PYTHON:-}" ]; then
    others="tests with ONNX Runtime and TensorBoard: run, with $GRAPHPNAS_PYTHON"
else
    others="tests with ONNX Runtime and TensorBoard: not run; scripts/install-python-tools.sh installs them"
fi

# Also builds the program, with the dependency features of the tests, so that it is built only once.
cargo test --no-run
has_adapter() {
    ! "${CARGO_TARGET_DIR:-target}/debug/graphpnas" devices --json | tr -d '[:space:]' | grep -q '"adapters":\[\]'
}
if ! has_adapter; then
    scripts/install-lavapipe.sh
    has_adapter || {
        say "Mesa's software Vulkan is installed, but no adapter is found; install the Vulkan loader (libvulkan1 on Debian and Ubuntu, vulkan-loader on Fedora, vulkan-icd-loader on Arch)."
        exit 1
    }
fi
# Messages of skipped tests are repeated at the end, where they are visible.
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
[ ! -t 2 ] || export CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-always}"
status=0
{ cargo test "$@" 2>&1 >&3 | tee "$log" >&2; } 3>&1 || status=$?
say "$larger"
say "$others"
(grep -o 'SKIPPED: .*' "$log" || true) | sort -u | while IFS= read -r skipped; do say "$skipped"; done
exit "$status"
