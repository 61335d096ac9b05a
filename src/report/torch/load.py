
def read_safetensors(path):
    """The tensors of a file of 32-bit floats: a length, a header in JSON, and the numbers."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        numbers = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            flat = torch.frombuffer(numbers, dtype=torch.float32, count=(end - start) // 4, offset=start)
            tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors


def load(path):
    """The network with the weights of a file, ready for inference."""
    network = Network()
    network.load_state_dict(read_safetensors(path))
    return network.eval()
