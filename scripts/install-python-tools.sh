#!/usr/bin/env bash
# Creates a Python environment with the packages that check exported networks and event files, and prints the interpreter's path.
#
# The virtual environment is in target/python, or in the folder given as argument. The tests find it through GRAPHPNAS_PYTHON,
# which test.sh sets if the environment exists. With --torch as the first argument PyTorch (5 GB) is installed too, and the tests
# run, script, trace, export and compile the exported modules.
set -euo pipefail

cd "$(dirname "$0")/.."
packages=(numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 pillow==13.0.0 tensorboard==2.21.0)
if [ "${1:-}" = --torch ]; then
    packages+=(torch==2.15.0)
    shift
fi
folder=${1:-target/python}

say() { printf 'install-python-tools: %s\n' "$*" >&2; }

command -v python3 >/dev/null 2>&1 || {
    say "python3 was not found: install Python 3.11 or newer."
    exit 1
}
if [ ! -x "$folder/bin/python" ] || ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    python3 -m venv --clear "$folder" >&2 || {
        say "the virtual environment could not be created: install python3-venv."
        exit 1
    }
fi
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check "${packages[@]}" >&2
say "ready: ${packages[*]}"
printf '%s\n' "$(cd "$folder/bin" && pwd)/python"
