
def drop_path(x, rate: float, training: bool):
    """In training, each image becomes zero with probability `rate`; the others are scaled up."""
    if not training:
        return x
    kept = torch.rand([x.shape[0], 1, 1, 1], device=x.device) >= rate
    return x * kept / (1 - rate)

