#!/usr/bin/env python3
"""Creates the fixtures in tests/fixtures from the full data (tests/fixtures/README.md). Needs only Python's standard library.

    scripts/make-fixtures.py DATA

DATA is a folder with nasbench101_30k.csv, cifar-10-batches-bin and tiny-imagenet-200. The output is deterministic.
"""
import shutil
import sys
from collections import defaultdict
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "fixtures"

# NAS-Bench-101: rows by number of vertices; all rows with 2 to 5 vertices are included, because they are rare.
ROWS = 2000
SIX_VERTICES = 800
# CIFAR-10: images per class.
TRAIN, TEST = 20, 10
RECORD = 1 + 3 * 32 * 32
# TinyImageNet: ten classes; one of the five images of n03970156 is greyscale.
CLASSES = [
    "n02124075", "n04067472", "n02074367", "n07749582", "n01910747",
    "n02814860", "n03837869", "n03970156", "n04376876", "n03637318",
]
IMAGES, VALIDATION = 5, 1


def spread(items, count):
    """Returns `count` evenly spaced items, including the first."""
    return [items[index * len(items) // count] for index in range(count)]


def nasbench101(data):
    header, *rows = (data / "nasbench101_30k.csv").read_text().splitlines()
    by_vertices = defaultdict(list)
    for index, row in enumerate(rows):
        by_vertices[int(row.split(",")[1])].append(index)
    chosen = [index for vertices in range(2, 6) for index in by_vertices[vertices]] + spread(by_vertices[6], SIX_VERTICES)
    chosen += spread(by_vertices[7], ROWS - len(chosen))
    lines = [header] + [rows[index] for index in sorted(chosen)]
    (FIXTURES / "nasbench101_2000.csv").write_text("\n".join(lines) + "\n")


def cifar10(data):
    source, target = data / "cifar-10-batches-bin", FIXTURES / "cifar-10-batches-bin"
    target.mkdir()
    shutil.copyfile(source / "batches.meta.txt", target / "batches.meta.txt")
    for name, each in [("data_batch_1.bin", TRAIN), ("test_batch.bin", TEST)]:
        left, selected = [each] * 10, bytearray()
        with open(source / name, "rb") as file:
            while any(left):
                record = file.read(RECORD)
                if left[record[0]] > 0:
                    left[record[0]] -= 1
                    selected += record
        (target / name).write_bytes(selected)


def tiny_imagenet(data):
    source, target = data / "tiny-imagenet-200", FIXTURES / "tiny-imagenet-200"
    (target / "val" / "images").mkdir(parents=True)
    lines = lambda name: (source / name).read_text().splitlines(keepends=True)
    is_selected = lambda line: line.split("\t")[0].strip() in CLASSES
    (target / "wnids.txt").write_text("".join(filter(is_selected, lines("wnids.txt"))))
    (target / "words.txt").write_text("".join(filter(is_selected, lines("words.txt"))))
    for name in CLASSES:
        images = target / "train" / name / "images"
        images.mkdir(parents=True)
        paths = (source / "train" / name / "images").iterdir()
        for path in sorted(paths, key=lambda path: int(path.stem.split("_")[1]))[:IMAGES]:
            shutil.copyfile(path, images / path.name)
    left, selected = dict.fromkeys(CLASSES, VALIDATION), []
    for line in lines("val/val_annotations.txt"):
        image, name = line.split("\t")[:2]
        if left.get(name, 0) > 0:
            left[name] -= 1
            selected.append(line)
            shutil.copyfile(source / "val" / "images" / image, target / "val" / "images" / image)
    (target / "val" / "val_annotations.txt").write_text("".join(selected))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    data = Path(sys.argv[1])
    for old in ["cifar-10-batches-bin", "tiny-imagenet-200"]:
        shutil.rmtree(FIXTURES / old, ignore_errors=True)
    nasbench101(data)
    cifar10(data)
    tiny_imagenet(data)
    total = sum(path.stat().st_size for path in FIXTURES.rglob("*") if path.is_file())
    print(f"{FIXTURES}: {total} bytes")


main()
