"""The weights that ship: their manifest, checksums and ONNX sessions; no preprocessing."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import onnxruntime

from brand_index.errors import ModelUnusable
from brand_index.files import open_regular, read_regular

MODELS: Final = Path(__file__).parents[1] / "models"
MANIFEST: Final = MODELS / "manifest.json"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One manifest entry: a file with the size of its input and output."""

    name: str
    path: Path
    sha256: str
    side: int = 0  # pixels: of the network's input
    dimensions: int = 0  # of an embedder's vectors

    def read(self) -> bytes:
        """The file's bytes. Raises ModelUnusable when it is missing or has another checksum."""
        try:
            with open_regular(self.path) as file:
                data = file.read()
        except OSError as error:
            raise ModelUnusable(f"{self.path}: cannot read the weights ({error.strerror}). Install again.") from error
        digest = hashlib.sha256(data).hexdigest()
        if digest != self.sha256:
            raise ModelUnusable(
                f"{self.path}: sha256 is {digest}, the manifest says {self.sha256}. "
                "Install again, or name the new file's sha256 in the manifest."
            )
        return data

    def session(self, *, threads: int) -> Any:
        """An ONNX Runtime session on the CPU. Raises ModelUnusable."""
        weights = self.read()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises its own classes, which share no public base
            raise ModelUnusable(f"{self.path}: ONNX Runtime cannot open it ({error}). Export it again.") from error


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files that belong together: an embedder, its matcher, the detector of regions and the banks of images."""

    embedder: ModelFile
    matcher: ModelFile
    finder: ModelFile
    background: ModelFile
    material_background: ModelFile | None  # the same of listing material; None: there is none
    material: ModelFile | None  # keypoints of listing material; None: there is no such bank
    photos: ModelFile | None  # a TorchScript descriptor of whole photos; None, as shipped: there is none
    lines: ModelFile | None = None  # finds lines of text; None, as characters: nothing is read
    characters: ModelFile | None = None  # recognizes what a line says


def read_manifest(manifest: Path = MANIFEST) -> Manifest:
    """The entries of `manifest`. Raises ModelUnusable when it cannot be read or lacks a field."""
    try:
        content = json.loads(read_regular(manifest).decode())

        def entry(kind: str, *numbers: str) -> ModelFile:
            fields = content[kind]
            return ModelFile(
                name=str(fields["name"]),
                path=manifest.parent / str(fields["file"]),
                sha256=str(fields["sha256"]),
                **{number: int(fields[number]) for number in numbers},
            )

        return Manifest(
            entry("embedder", "side", "dimensions"),
            entry("matcher"),
            entry("finder", "side"),
            entry("background"),
            entry("material_background") if "material_background" in content else None,
            entry("material") if "material" in content else None,
            entry("photos", "side") if "photos" in content else None,
            entry("lines", "side") if "lines" in content else None,
            entry("characters") if "characters" in content else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(
            f"{manifest}: no usable model manifest ({type(error).__name__}: {error}). It needs "
            '{"embedder": {"name", "file", "sha256", "side", "dimensions"}, '
            '"matcher": {"name", "file", "sha256"}, '
            '"finder": {"name", "file", "sha256", "side"}, '
            '"background": {"name", "file", "sha256"}}, and may have "material_background" and "material", each '
            '{"name", "file", "sha256"}, "photos" and "lines", each {"name", "file", "sha256", "side"}, and '
            '"characters": {"name", "file", "sha256"}.'
        ) from error
