#!/usr/bin/env bash
# Builds the release program for a target and packages it with licences, manual pages and completions in dist/.
#   scripts/package.sh x86_64-unknown-linux-gnu
set -euo pipefail
cd "$(dirname "$0")/.."
target=${1:?"give a target, such as $(rustc -vV | sed -n 's/^host: //p')"}
rustup target add "$target"
cargo build --release --locked --target "$target"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name="graphpnas-$version-$target"
program="${CARGO_TARGET_DIR:-target}/$target/release/graphpnas"
[ -f "$program" ] || program="$program.exe"
rm -rf "dist/$name"
mkdir -p "dist/$name"
cp "$program" LICENSE-APACHE LICENSE-MIT README.md CHANGELOG.md "dist/$name/"
"$program" man "dist/$name/man"
mkdir "dist/$name/completions"
for shell in bash zsh fish powershell; do
    "$program" completions "$shell" > "dist/$name/completions/graphpnas.$shell"
done
tar -C dist -czf "dist/$name.tar.gz" "$name"
rm -r "dist/${name:?}"
( cd dist && { sha256sum "$name.tar.gz" 2>/dev/null || shasum -a 256 "$name.tar.gz"; } > "$name.tar.gz.sha256" )
echo "dist/$name.tar.gz"
