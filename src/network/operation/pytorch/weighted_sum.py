
class WeightedSum(nn.Module):
    """The sum of the inputs, each multiplied by the sigmoid of its own weight."""

    def __init__(self, inputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs))

    def forward(self, inputs: List[torch.Tensor]):
        factors = torch.sigmoid(self.weight)
        total = inputs[0] * factors[0]
        for index in range(1, len(inputs)):
            total = total + inputs[index] * factors[index]
        return total

