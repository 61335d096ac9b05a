# Written by graphpnas. It needs nothing but torch.
#
#     network = load("WEIGHTS")
#     logits = network(images)    # [N, INPUT] -> [N, CLASSES]

import json
import struct

import torch
from torch import nn
from torch.nn import functional as F
