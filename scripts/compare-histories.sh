#!/usr/bin/env bash
# Runs every preset with a small budget in two builds of the program and compares the results, to verify that a code change does
# not change any search. Uses the built-in images and the tests' NAS-Bench-101 table.
#   scripts/compare-histories.sh OLD NEW
set -euo pipefail
old=$(realpath "${1:?give the program before the change}")
new=$(realpath "${2:?give the program after the change}")
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Small budgets for training; keys that a preset does not use have no effect.
small=(--set latency=false --set oracle.epochs=1 --set oracle.train_images=120 --set oracle.test_images=60 --set oracle.resize=16
    --set oracle.channels=4 --set oracle.batch=20 --set proxy.height=8 --set proxy.channels=4 --set proxy.cells=1 --set proxy.steps=4
    --set proxy.batch=20 --set proxy.finalist_steps=8 --set proxy.finalists=2 --set proxy.repeats=2 --set supernet.rounds=2
    --set supernet.channels=4 --set supernet.batch=20 --set supernet.reward_batch=20 --set supernet.finalists=2 --set explore.pool=20)
differ=0
presets=$("$old" config presets --json | sed -n 's/.*"name": "\(.*\)".*/\1/p')
for preset in $presets; do
    arguments=(search --preset "$preset" --device cpu --seed 7 --json --quiet)
    case "$preset" in
        nasbench101-*) arguments+=(--evaluations 40 --table tests/fixtures/nasbench101_2000.csv) ;;
        nasbench201-*embedded | nasbench201-images | nasbench201-shared | enas-* | darts-* | randwire-* | nasbench-macro)
            arguments+=(--evaluations 6 --data embedded "${small[@]}") ;;
        *) arguments+=(--evaluations 40) ;;
    esac
    # Compare only results, without times, versions and warnings.
    for which in old new; do
        "${!which}" "${arguments[@]}" --out "$folder/$preset-$which" | sed -n '/"warnings"/,$d; /"history"/,$p; /"arch"/p; /"reward"/p' > "$folder/$which"
    done
    if [ -s "$folder/old" ] && cmp -s "$folder/old" "$folder/new"; then
        printf 'same    %s  %s\n' "$(sha256sum < "$folder/old" | cut -c1-16)" "$preset"
    else
        printf 'DIFFERS %s\n' "$preset"
        differ=1
    fi
done
exit "$differ"
