"""Adds a head to the region finder's file as a further output, on features of its frozen trunk; it trains nothing."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import onnx
from onnx import helper


def graft(head: Path, models: Path, output: str, inputs: Mapping[str, str]) -> None:
    """Move the ONNX file `head` into the finder of `models` as `output`, and name the finder's checksum.

    `inputs`: which tensor of the finder each input of the head is. An earlier head of this output is replaced.
    """
    path = models / "region_finder.onnx"
    added, finder = onnx.load(str(head)), onnx.load(str(path))
    head.unlink()
    kept = [each for each in finder.graph.output if each.name != output]
    del finder.graph.output[:]
    finder.graph.output.extend(kept)
    for part in (finder.graph.node, finder.graph.initializer):  # of an earlier head
        remaining = [each for each in part if not each.name.startswith(f"{output}/")]
        del part[:]
        part.extend(remaining)
    prefixed = onnx.compose.add_prefix(added, f"{output}/")
    names = {f"{output}/{name}": tensor for name, tensor in inputs.items()}
    for node in prefixed.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [output if name == f"{output}/{output}" else name for name in node.output]
        node.name = f"{output}/{node.name}"
    finder.graph.node.extend(prefixed.graph.node)
    finder.graph.initializer.extend(prefixed.graph.initializer)
    finder.graph.output.append(
        helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, [1, "cells_down", "cells"])
    )
    onnx.checker.check_model(finder)
    path.write_bytes(finder.SerializeToString())
    manifest = models / "manifest.json"
    entries = json.loads(manifest.read_text("utf-8"))
    entries["finder"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(entries, indent=2) + "\n", "utf-8")
