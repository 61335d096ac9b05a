

class WeightedSum(nn.Module):
    """The sum of the inputs, each times the sigmoid of a weight of its own."""

    def __init__(self, inputs):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs))

    def forward(self, *inputs):
        return sum(x * weight for x, weight in zip(inputs, torch.sigmoid(self.weight)))
