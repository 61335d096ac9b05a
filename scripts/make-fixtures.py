#!/usr/bin/env python3
"""Makes the fixtures in tests/fixtures from the full data (tests/fixtures/README.md). Needs only Python's standard library.

    scripts/make-fixtures.py DATA

DATA is a folder with nasbench101_30k.csv, cifar-10-batches-bin and tiny-imagenet-200. The same data give the same bytes.
"""
import shutil
import sys
from collections import defaultdict
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "tests" / "fixtures"

# NAS-Bench-101: rows by number of vertices; 2 to 5 vertices are rare, and all of them are taken.
ROWS = 2000
SIX_VERTICES = 800
# CIFAR-10: images of each class.
TRAIN, TEST = 20, 10
RECORD = 1 + 3 * 32 * 32
# TinyImageNet: ten classes, one of them (n03970156) with a greyscale picture among the five.
CLASSES = [
    "n02124075", "n04067472", "n02074367", "n07749582", "n01910747",
    "n02814860", "n03837869", "n03970156", "n04376876", "n03637318",
]
PICTURES, VALIDATION = 5, 1


def spread(items, count):
    """`count` of the items, evenly spaced, the first among them."""
    return [items[place * len(items) // count] for place in range(count)]


def nasbench101(data):
    header, *rows = (data / "nasbench101_30k.csv").read_text().splitlines()
    of = defaultdict(list)
    for place, row in enumerate(rows):
        of[int(row.split(",")[1])].append(place)
    chosen = [place for vertices in range(2, 6) for place in of[vertices]] + spread(of[6], SIX_VERTICES)
    chosen += spread(of[7], ROWS - len(chosen))
    lines = [header] + [rows[place] for place in sorted(chosen)]
    (FIXTURES / "nasbench101_2000.csv").write_text("\n".join(lines) + "\n")


def cifar10(data):
    source, target = data / "cifar-10-batches-bin", FIXTURES / "cifar-10-batches-bin"
    target.mkdir()
    shutil.copyfile(source / "batches.meta.txt", target / "batches.meta.txt")
    for name, each in [("data_batch_1.bin", TRAIN), ("test_batch.bin", TEST)]:
        left, kept = [each] * 10, bytearray()
        with open(source / name, "rb") as file:
            while any(left):
                record = file.read(RECORD)
                if left[record[0]] > 0:
                    left[record[0]] -= 1
                    kept += record
        (target / name).write_bytes(kept)


def tiny_imagenet(data):
    source, target = data / "tiny-imagenet-200", FIXTURES / "tiny-imagenet-200"
    (target / "val" / "images").mkdir(parents=True)
    lines = lambda name: (source / name).read_text().splitlines(keepends=True)
    of_ten = lambda line: line.split("\t")[0].strip() in CLASSES
    (target / "wnids.txt").write_text("".join(filter(of_ten, lines("wnids.txt"))))
    (target / "words.txt").write_text("".join(filter(of_ten, lines("words.txt"))))
    for name in CLASSES:
        images = target / "train" / name / "images"
        images.mkdir(parents=True)
        pictures = (source / "train" / name / "images").iterdir()
        for picture in sorted(pictures, key=lambda path: int(path.stem.split("_")[1]))[:PICTURES]:
            shutil.copyfile(picture, images / picture.name)
    left, kept = dict.fromkeys(CLASSES, VALIDATION), []
    for line in lines("val/val_annotations.txt"):
        picture, name = line.split("\t")[:2]
        if left.get(name, 0) > 0:
            left[name] -= 1
            kept.append(line)
            shutil.copyfile(source / "val" / "images" / picture, target / "val" / "images" / picture)
    (target / "val" / "val_annotations.txt").write_text("".join(kept))


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
