

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        MODULES

    def put(self, name, module):
        """Adds a module under a dotted name, and empty ones above it where there are none."""
        *path, last = name.split(".")
        parent = self
        for part in path:
            if part not in parent._modules:
                parent.add_module(part, nn.Module())
            parent = parent._modules[part]
        parent.add_module(last, module)

    def __getitem__(self, name):
        return self.get_submodule(name)
