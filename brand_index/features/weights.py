"""The weights that ship: their manifest, checksums and sessions; no preprocessing."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from brand_index.errors import ModelUnusable
from brand_index.features.running import ON_CPU
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
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of red, green and blue, 0..1, that is subtracted before
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)  # by which they are divided then
    providers: tuple[str, ...] = ON_CPU  # that run it, the preferred first

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
        """An ONNX Runtime session, as open_session gives it; all of a process share it. Raises ModelUnusable."""
        return _shared_session(self, threads)


@lru_cache(maxsize=32)
def _shared_session(model: ModelFile, threads: int) -> Any:
    from brand_index.features.running.providers import open_session  # noqa: PLC0415 - settings name weights, and run none

    weights = model.read()
    try:
        return open_session(weights, model.providers, threads=threads)
    except ModelUnusable:
        raise
    except Exception as error:  # onnxruntime raises its own classes, which share no public base
        raise ModelUnusable(f"{model.path}: ONNX Runtime cannot open it ({error}). Export it again.") from error


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
    vectors: ModelFile | None = None  # a network of the user's whose vectors are used; None: the embedder's own are
    projection: ModelFile | None = None  # of its vectors; None, as vectors
    calibration: ModelFile | None = None  # of confidence, fitted to these; None: that which ships
    concealed: ModelFile | None = None  # looks again where a mark may be concealed; None: the finder's word counts


def read_manifest(manifest: Path = MANIFEST, providers: tuple[str, ...] = ON_CPU) -> Manifest:
    """The entries of `manifest`, which `providers` run.

    Raises ModelUnusable when it cannot be read or lacks a field.
    """
    try:
        content = json.loads(read_regular(manifest).decode())

        def entry(kind: str, *numbers: str) -> ModelFile:
            fields = content[kind]
            return ModelFile(
                name=str(fields["name"]),
                path=manifest.parent / str(fields["file"]),
                sha256=str(fields["sha256"]),
                side=int(fields["side"]) if "side" in numbers else 0,
                dimensions=int(fields["dimensions"]) if "dimensions" in numbers else 0,
                providers=providers,
            )

        def vectors() -> ModelFile | None:
            if "vectors" not in content:
                return None
            fields = content["vectors"]
            mean, deviation = (_three(fields[name]) for name in ("mean", "deviation"))
            return replace(entry("vectors", "side"), mean=mean, deviation=deviation)

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
            vectors(),
            entry("projection") if "vectors" in content else None,
            entry("calibration") if "calibration" in content else None,
            entry("concealed", "side") if "concealed" in content else None,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(
            f"{manifest}: no usable model manifest ({type(error).__name__}: {error}). It needs "
            '{"embedder": {"name", "file", "sha256", "side", "dimensions"}, '
            '"matcher": {"name", "file", "sha256"}, '
            '"finder": {"name", "file", "sha256", "side"}, '
            '"background": {"name", "file", "sha256"}}, and may have "material_background", "material" and '
            '"characters", each {"name", "file", "sha256"}, and "photos", "lines" and "concealed", each '
            '{"name", "file", "sha256", "side"}. `markscan models adapt` writes "vectors", "projection" and '
            '"calibration".'
        ) from error


def _three(values: object) -> tuple[float, float, float]:
    if not isinstance(values, list) or len(values) != 3:
        raise ValueError(f"{values!r} are no three numbers for red, green and blue")
    red, green, blue = (float(value) for value in values)
    return red, green, blue
