"""Adds a head to the region finder's file as a further output, or cuts it out with the trunk; it trains nothing."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
from onnx import helper
from onnx.utils import Extractor


def graft(head: Path, models: Path, output: str, inputs: Mapping[str, str]) -> None:
    """Move the ONNX file `head` into the finder of `models` as `output`, and name the finder's checksum.

    `inputs`: which tensor of the finder each input of the head is. An earlier head of this output is replaced.
    """
    path = models / "region_finder.onnx"
    finder = _joined(head, path, output, inputs)
    onnx.checker.check_model(finder)
    path.write_bytes(finder.SerializeToString())
    manifest = models / "manifest.json"
    entries = json.loads(manifest.read_text("utf-8"))
    entries["finder"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(entries, indent=2) + "\n", "utf-8")


def detach(
    head: Path, models: Path, output: str, inputs: Mapping[str, str], path: Path, entry: Mapping[str, str | int]
) -> None:
    """Move the ONNX file `head`, with what of the finder it rests on, into `path`, a file that says `output` alone.

    `inputs` as of `graft`. The manifest of `models` gets the `entry` `concealed`, with the file and its checksum.
    """
    finder = _joined(head, models / "region_finder.onnx", output, inputs)
    given = [each.name for each in finder.graph.input]
    alone = Extractor(finder).extract_model(given, [output])
    onnx.checker.check_model(alone)
    path.write_bytes(alone.SerializeToString())
    manifest = models / "manifest.json"
    entries = json.loads(manifest.read_text("utf-8"))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    entries["concealed"] = {**entry, "file": path.name, "sha256": digest}
    manifest.write_text(json.dumps(entries, indent=2) + "\n", "utf-8")


def _joined(head: Path, path: Path, output: str, inputs: Mapping[str, str]) -> Any:
    """The finder at `path` with the head, whose file is removed, in place of an earlier one."""
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
    return finder
