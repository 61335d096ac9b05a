"""TITLE

Written by graphpnas; needs nothing but torch.

    network = load("WEIGHTS")
    OUTPUT = network(images)    # [N, INPUT] -> [N, CLASS_COUNT]

FEEDING
"""

import json
import struct
from typing import List

import torch
from torch import nn
from torch.nn import functional as F

