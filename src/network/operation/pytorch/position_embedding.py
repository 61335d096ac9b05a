
class PositionEmbedding(nn.Module):
    """A learned value per channel and position, added to every image."""

    def __init__(self, channels: int, height: int, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(channels, height, width))

    def forward(self, x):
        return x + self.weight

