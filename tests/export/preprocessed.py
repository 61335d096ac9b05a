"""Runs exported networks with preprocessing, from bytes to probabilities: preprocessed.py FOLDER.

The folder contains case.json, net.onnx, net.py and net.safetensors."""

import importlib.util
import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime

try:
    import torch
except ImportError:
    torch = None

folder = pathlib.Path(sys.argv[1])
case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
pixels = numpy.array(case["pixels"], numpy.uint8).reshape(1, 16, 16, 3).transpose(0, 3, 1, 2)
expected = numpy.array(case["probabilities"])


def assert_close(what, actual):
    assert abs(actual - expected).max() <= 1e-4, f"{what}: {actual} instead of {expected}"


onnx.checker.check_model(onnx.load(folder / "net.onnx"), full_check=True)
session = onnxruntime.InferenceSession(folder / "net.onnx", providers=["CPUExecutionProvider"])
assert json.loads(session.get_modelmeta().custom_metadata_map["class_names"]) == case["classes"]
for images in (pixels, numpy.concatenate([pixels] * 3)):
    assert_close("ONNX Runtime", session.run(["probabilities"], {"input": images})[0][-1])

spec = importlib.util.spec_from_file_location("net", folder / "net.py")
if torch:
    net = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(net)
    assert net.CLASSES == case["classes"] and net.TRAINED
    network = net.load(folder / "net.safetensors")
    images = torch.from_numpy(pixels.copy())
    with torch.no_grad():
        forms = {
            "PyTorch": network,
            "torch.jit.script": torch.jit.script(network),
            "torch.fx.symbolic_trace": torch.fx.symbolic_trace(network),
            "torch.export": torch.export.export(network, (images,)).module(),
            "torch.compile": torch.compile(network, backend="aot_eager", fullgraph=True),
        }
        for what, form in forms.items():
            assert_close(what, form(images)[0].numpy())
    try:
        network(images / 255)
        raise SystemExit("values from 0 to 1 were accepted as bytes")
    except AssertionError:
        pass
else:
    compile((folder / "net.py").read_text(encoding="utf-8"), "net.py", "exec")
programs = f"ONNX Runtime {onnxruntime.__version__}" + (f" and PyTorch {torch.__version__}" if torch else "")
print(f"networks with preprocessing agree with {programs}")
