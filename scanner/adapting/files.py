"""Writes the folder of an adapted embedder: its files, copies of those that stay, and a manifest that names them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from brand_index.errors import UsageError
from brand_index.features.background import Background
from brand_index.features.vectors import Projection
from brand_index.features.weights import MANIFEST, ModelFile, read_manifest
from brand_index.files import keep
from brand_index.types import ReferenceKind
from scanner.engine.confidence import Calibration

MANIFEST_NAME: Final = "manifest.json"
STAYING: Final = ("embedder", "matcher", "finder", "material", "photos", "lines", "characters", "concealed")
BANK, MATERIAL_BANK = "clean_regions.npz", "material_regions.npz"
PROJECTION, CONFIDENCE = "projection.npz", "confidence.json"


class FolderTaken(UsageError):
    """The folder to write to holds something else."""

    code = "folder_taken"


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """What belongs to a network of the user's."""

    network: ModelFile
    projection: Projection
    background: Background
    material_background: Background | None  # None: there is no such bank
    calibrations: Mapping[ReferenceKind, Calibration] | None  # None: those that ship


def check_folder(out: Path) -> None:
    """Raises FolderTaken where `out` is a file or a folder with anything but an earlier result in it."""
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / MANIFEST_NAME).is_file()):
        raise FolderTaken(f"--out {out} holds something else: name a new or an empty folder")


def write_model(out: Path, adapted: Adapted) -> Path:
    """Write all files and the manifest, which is written last. Returns its path."""
    out.mkdir(parents=True, exist_ok=True)
    shipped, base = read_manifest(), json.loads(MANIFEST.read_text("utf-8"))
    entries: dict[str, Any] = {}
    for kind in STAYING:
        file: ModelFile | None = getattr(shipped, kind)
        if file is not None:
            keep(out / file.path.name, file.read())
            entries[kind] = base[kind] | {"file": file.path.name}
    network = adapted.network

    def put(kind: str, file: str, data: bytes, **more: object) -> None:
        keep(out / file, data)
        entries[kind] = {"name": f"{network.name}_{kind}", "file": file, **more} | {
            "sha256": hashlib.sha256(data).hexdigest()
        }

    put(
        "vectors",
        f"vectors{network.path.suffix.lower()}",
        network.read(),
        side=network.side,
        mean=list(network.mean),
        deviation=list(network.deviation),
    )
    entries["vectors"]["name"] = network.name
    put("projection", PROJECTION, adapted.projection.to_bytes())
    put("background", BANK, adapted.background.to_bytes())
    if adapted.material_background is not None:
        put("material_background", MATERIAL_BANK, adapted.material_background.to_bytes())
    if adapted.calibrations is not None:
        put("calibration", CONFIDENCE, _calibrations_json(adapted.calibrations))
    keep(out / MANIFEST_NAME, (json.dumps(entries, indent=2) + "\n").encode())
    return out / MANIFEST_NAME


def write_report(out: Path, lines: Sequence[str], content: Mapping[str, object]) -> None:
    """Write report.txt and report.json."""
    keep(out / "report.txt", ("\n".join(lines) + "\n").encode())
    keep(out / "report.json", (json.dumps(content, indent=2) + "\n").encode())


def _calibrations_json(calibrations: Mapping[ReferenceKind, Calibration]) -> bytes:
    content = {
        kind.value: {"intercept": each.intercept, "weights": dict(each.weights)} for kind, each in calibrations.items()
    }
    return (json.dumps(content, indent=2) + "\n").encode()
