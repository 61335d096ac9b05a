"""The training of `graphpnas train` in PyTorch: a NAS-Bench-201 network with the same recipe and images.

Run: python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch
     /tmp/torch/bin/python benches/peers/torch_train.py DATA [--epochs 10] [--seed 1] [--channels 16] [--cells 1] [--threads 2]
         [--device cpu]

DATA is the folder cifar-10-batches-bin. Prints one JSON value: test accuracy and loss, images per second.
Compare with: graphpnas train ARCH --data DATA --epochs 10 --batch 128 --cells 1 --seed 1 --device cpu --json
With `--device cuda` everything, including the images, is on an NVIDIA GPU, in full 32-bit precision.
"""

import argparse
import json
import math
import pathlib
import time

import torch
from torch import nn
from torch.nn import functional as F

ARCH = "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|"
MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def relu_conv_bn(channels, filters, side, stride=1):
    conv = nn.Conv2d(channels, filters, side, stride, side // 2, bias=False)
    return nn.Sequential(nn.ReLU(), conv, nn.BatchNorm2d(filters))


def operation(name, channels):
    match name:
        case "nor_conv_3x3":
            return relu_conv_bn(channels, channels, 3)
        case "nor_conv_1x1":
            return relu_conv_bn(channels, channels, 1)
        case "avg_pool_3x3":
            return nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        case "skip_connect":
            return nn.Identity()
    raise ValueError(f"{name} is not in this cell")


class Cell(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.nodes = nn.ModuleList()
        for node in ARCH.split("+"):
            names = [edge.split("~")[0] for edge in node.strip("|").split("|")]
            self.nodes.append(nn.ModuleList(operation(name, channels) for name in names))

    def forward(self, x):
        values = [x]
        for edges in self.nodes:
            values.append(sum(edge(value) for edge, value in zip(edges, values)))
        return values[-1]


class Residual(nn.Module):
    def __init__(self, channels, filters):
        super().__init__()
        self.a, self.b = relu_conv_bn(channels, filters, 3, 2), relu_conv_bn(filters, filters, 3)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, 2), nn.Conv2d(channels, filters, 1, bias=False))

    def forward(self, x):
        return self.b(self.a(x)) + self.shortcut(x)


def network(channels, cells):
    layers = [nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)]
    for stage in range(3):
        if stage > 0:
            layers.append(Residual(channels, 2 * channels))
            channels *= 2
        layers += [Cell(channels) for _ in range(cells)]
    layers += [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)]
    model = nn.Sequential(*layers)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, 0.01)
            nn.init.zeros_(module.bias)
    return model


def read(paths, device):
    rows = torch.cat([torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.uint8).view(-1, 3073) for path in paths])
    images = rows[:, 1:].reshape(-1, 3, 32, 32).float() / 255
    images = (images - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(DEVIATION).view(3, 1, 1)
    return images.to(device), rows[:, 0].long().to(device)


def augmented(images):
    """Randomly crops each image, padded by four black pixels, and flips it."""
    device = images.device
    black = (-torch.tensor(MEAN, device=device) / torch.tensor(DEVIATION, device=device)).view(1, 3, 1, 1)
    padded = black.repeat(len(images), 1, 40, 40)
    padded[:, :, 4:36, 4:36] = images
    down, right = (torch.randint(9, (len(images),), device=device) for _ in range(2))
    rows = (down[:, None] + torch.arange(32, device=device)).view(-1, 1, 32, 1)
    columns = right[:, None] + torch.arange(32, device=device)
    flip = torch.rand(len(images), device=device) < 0.5
    columns = torch.where(flip[:, None], columns.flip(1), columns)
    at = torch.arange(len(images), device=device).view(-1, 1, 1, 1)
    return padded[at, torch.arange(3, device=device).view(1, 3, 1, 1), rows, columns.view(-1, 1, 1, 32)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--channels", type=int, default=16)
    parser.add_argument("--cells", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    if args.device == "cuda":
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.benchmark = True
    images, labels = read(sorted(args.data.glob("data_batch_*.bin")), args.device)
    test_images, test_labels = read([args.data / "test_batch.bin"], args.device)
    model = network(args.channels, args.cells).to(args.device)
    optimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9, weight_decay=5e-4, nesterov=True)
    batch, steps = 128, len(images) // 128
    start, step = time.time(), 0
    for _ in range(args.epochs):
        model.train()
        order = torch.randperm(len(images), device=args.device)
        for i in range(steps):
            chosen = order[i * batch : (i + 1) * batch]
            for group in optimizer.param_groups:
                group["lr"] = 0.05 * (1 + math.cos(math.pi * step / (args.epochs * steps)))
            loss = F.cross_entropy(model(augmented(images[chosen])), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    if args.device == "cuda":
        torch.cuda.synchronize()
    seconds = time.time() - start
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(part) for part in test_images.split(250)])
    accuracy = 100 * (logits.argmax(1) == test_labels).double().mean().item()
    test = {"accuracy": accuracy, "loss": F.cross_entropy(logits, test_labels).item()}
    print(json.dumps({"test": test, "seconds": seconds, "images_per_second": step * batch / seconds}))


main()
