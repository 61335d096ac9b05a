
def drop_path(x, rate: float, training: bool):
    """In training, sets each image to zero with probability `rate` and scales the others by 1 / (1 - rate)."""
    if not training:
        return x
    mask = torch.rand([x.shape[0], 1, 1, 1], device=x.device) >= rate
    return x * mask / (1 - rate)

