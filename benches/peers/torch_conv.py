"""Convolutions in PyTorch, for comparison with `cargo bench --bench kernel conv2d`.

Run: python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch && /tmp/torch/bin/python torch_conv.py

Runs on the CPU with two threads, or the number given as first argument; with `cuda` as first argument on an NVIDIA GPU, in full
32-bit precision and with cuDNN's autotuning. Prints one JSON line per case: name, GFLOP/s of the forward pass and of both gradients
together (2 FLOP per multiply-add; the gradients count as twice the forward pass). Best of several rounds.
"""

import json
import sys
import time

import torch

# name, channels, height and width, kernel size, groups, batch size
CASES = [
    ("64 channels 3x3 32x32 batch 64", 64, 32, 3, 1, 64),
    ("16 channels 3x3 32x32 batch 128", 16, 32, 3, 1, 128),
    ("32 channels 3x3 16x16 batch 128", 32, 16, 3, 1, 128),
    ("64 channels 3x3 8x8 batch 128", 64, 8, 3, 1, 128),
    ("16 channels 1x1 32x32 batch 128", 16, 32, 1, 1, 128),
    ("64 channels 1x1 32x32 batch 64", 64, 32, 1, 1, 64),
    ("64 channels depthwise 3x3 32x32 batch 64", 64, 32, 3, 64, 64),
]


DEVICE = "cuda" if "cuda" in sys.argv else "cpu"


def best(work, flop, rounds=12):
    """Returns the GFLOP/s of the fastest round; each round is synchronised."""
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        if DEVICE == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return round(flop / min(seconds) / 1e9, 1)


def case(channels, side, kernel, groups, batch):
    x = torch.rand(batch, channels, side, side, device=DEVICE, requires_grad=True)
    w = torch.rand(channels, channels // groups, kernel, kernel, device=DEVICE, requires_grad=True)
    flop = 2 * x.numel() * channels // groups * kernel * kernel

    def forward():
        return torch.nn.functional.conv2d(x, w, padding=kernel // 2, groups=groups)

    y = forward()
    g = torch.rand_like(y)
    with torch.no_grad():
        forward_rate = best(forward, flop)
    backward_rate = best(lambda: torch.autograd.grad(y, (x, w), g, retain_graph=True), 2 * flop)
    return {"forward": forward_rate, "backward": backward_rate}


def main():
    if DEVICE == "cuda":
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.benchmark = True
    else:
        torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    for name, *sizes in CASES:
        print(json.dumps({"name": name, **case(*sizes)}), flush=True)


main()
