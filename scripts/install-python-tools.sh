#!/usr/bin/env bash
# Makes a Python with the programs that exported networks and event files are checked with, and prints its path.
#
# It is a virtual environment in target/python, or in the folder named by the first argument. The tests find it through
# GRAPHPNAS_PYTHON; test.sh sets that where the environment is there. With --torch as the first argument PyTorch is installed
# too, 5 GB, and exported modules are then run, scripted, traced, exported and compiled.
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
    say "there is no python3: install Python 3.11 or newer."
    exit 1
}
if [ ! -x "$folder/bin/python" ] || ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    python3 -m venv --clear "$folder" >&2 || {
        say "no virtual environment could be made: install python3-venv."
        exit 1
    }
fi
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check "${packages[@]}" >&2
say "ready: ${packages[*]}"
printf '%s\n' "$(cd "$folder/bin" && pwd)/python"
