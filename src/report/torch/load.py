
def read_safetensors(path):
    """Reads a safetensors file of 32-bit floats: the header length, a JSON header, and the data."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            flat = torch.frombuffer(data, dtype=torch.float32, count=(end - start) // 4, offset=start)
            tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors


def load(path):
    """Returns the network with the weights of a file, in evaluation mode."""
    network = Network()
    network.load_state_dict(read_safetensors(path))
    return network.eval()
