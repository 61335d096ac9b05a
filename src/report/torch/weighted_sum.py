
class WeightedSum(nn.Module):
    """The sum of the inputs, each times the sigmoid of a weight of its own."""

    def __init__(self, inputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs))

    def forward(self, inputs: List[torch.Tensor]):
        factors = torch.sigmoid(self.weight)
        total = inputs[0] * factors[0]
        for place in range(1, len(inputs)):
            total = total + inputs[place] * factors[place]
        return total

