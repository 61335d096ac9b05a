
class Network(nn.Module):
    def __init__(self):
        super().__init__()
        MODULES

    def load_state_dict(self, state_dict, *args, **kwargs):
        """Accepts the names of this module's state dictionary and those in weight files of graphpnas (see MODULES)."""
        renamed = {}
        for name, tensor in state_dict.items():
            module, dot, weight = name.rpartition(".")
            renamed[MODULES.get(module, module) + dot + weight] = tensor
        return super().load_state_dict(renamed, *args, **kwargs)
