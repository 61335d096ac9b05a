"""Runs exported networks in ONNX Runtime and, if installed, in PyTorch: check.py FOLDER.

The folder contains cases.json and, for every case, NAME.onnx, NAME.py and NAME.safetensors."""

import importlib.util
import json
import keyword
import pathlib
import sys

import numpy
import onnx
import onnxruntime

try:
    import torch
except ImportError:
    torch = None


def assert_close(what, actual, expected):
    bound = 1e-4 * max(1.0, abs(expected).max())
    assert actual.shape == expected.shape, f"{what}: {actual.shape} instead of {expected.shape}"
    assert abs(actual - expected).max() <= bound, f"{what}: off by {abs(actual - expected).max()}"


def check_onnx(folder, name, images, logits):
    path = folder / f"{name}.onnx"
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph.output[0]
    assert inferred.type.tensor_type.shape.dim[0].dim_param == "batch", name
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    [source] = [value.name for value in session.get_inputs()]
    for batch in (len(images), 1):
        [actual] = session.run(None, {source: images[:batch]})
        assert_close(f"{name} in ONNX Runtime", actual, logits[:batch])
    folded = name.endswith("_folded")
    norms = [node for node in model.graph.node if node.op_type == "BatchNormalization"]
    assert not folded or all(onnx_input(model, norm) != "Conv" for norm in norms), f"{name} has a norm left"


def onnx_input(model, norm):
    """Returns the operator before a normalisation, or None if its result has other consumers."""
    readers = [node for node in model.graph.node if norm.input[0] in node.input]
    before = [node.op_type for node in model.graph.node if norm.input[0] in node.output]
    return before[0] if before and len(readers) == 1 else None


def check_torch(folder, name, images, logits):
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    network = module.load(folder / f"{name}.safetensors")
    images = torch.from_numpy(images)
    with torch.no_grad():
        assert_close(f"{name} in PyTorch", network(images).numpy(), logits)
        if name.endswith("_folded"):
            return
        batch = {0: torch.export.Dim("batch", min=1, max=64)}
        forms = {
            "torch.jit.script": torch.jit.script(network),
            "torch.fx.symbolic_trace": torch.fx.symbolic_trace(network),
            "torch.export": torch.export.export(network, (images,), dynamic_shapes=(batch,)).module(),
            # The default backend compiles C++ for half a minute per network; this one only traces.
            "torch.compile": torch.compile(network, backend="aot_eager", fullgraph=True),
        }
        for what, form in forms.items():
            assert_close(f"{name} by {what}", form(images).numpy(), logits)
    # The module's own state dictionary can be loaded too.
    again = module.Network()
    again.load_state_dict(network.state_dict())
    parts = {part for key in network.state_dict() for part in key.split(".")}
    assert all(part.isidentifier() and not keyword.iskeyword(part) for part in parts), f"{name}: {parts}"
    torch.jit.script(network.train())
    network(images).sum().backward()


def main():
    folder = pathlib.Path(sys.argv[1])
    cases = json.loads((folder / "cases.json").read_text())
    for case in cases:
        name = case["name"]
        images = numpy.array(case["images"], dtype=numpy.float32).reshape(-1, *case["shape"])
        logits = numpy.array(case["logits"], dtype=numpy.float32).reshape(len(images), -1)
        check_onnx(folder, name, images, logits)
        compile((folder / f"{name}.py").read_text(), name, "exec")
        if torch:
            check_torch(folder, name, images, logits)
    programs = f"ONNX Runtime {onnxruntime.__version__}" + (f" and PyTorch {torch.__version__}" if torch else "")
    print(f"{len(cases)} exported networks agree with {programs}")


main()
