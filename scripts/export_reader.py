"""Takes the two networks that read from the package rapidocr, and stores their weights as float16; it trains nothing.

    pip download rapidocr==3.10.0 --no-deps
    python scripts/export_reader.py --wheel rapidocr-3.10.0-py3-none-any.whl --out brand_index/models

The package itself is no dependency: it requires opencv-python-headless, and two distributions of cv2 overwrite each
other. The files' checksums are compared with those that the package's MODEL_LICENSES.md names.
"""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Annotated, Final

import onnx
import typer
from export_models import narrowed

LINE_SIDE: Final = 480  # pixels: long side at which lines are looked for
FILES: Final = {
    "lines": (
        *("pp_ocrv6_small_det", "line_finder.onnx", "rapidocr/models/PP-OCRv6_det_small.onnx"),
        "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    ),
    "characters": (
        *("pp_ocrv6_small_rec", "line_recognizer.onnx", "rapidocr/models/PP-OCRv6_rec_small.onnx"),
        "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    ),
}


def main(
    wheel: Annotated[Path, typer.Option(help="The wheel of rapidocr 3.10.0.")],
    out: Annotated[Path, typer.Option(help="Folder with the manifest to extend.")],
) -> None:
    """Export, and name the files in the manifest."""
    manifest = out / "manifest.json"
    entries = json.loads(manifest.read_text("utf-8"))
    with zipfile.ZipFile(wheel) as archive:
        for kind, (name, file, source, sha256) in FILES.items():
            data = archive.read(source)
            if (found := hashlib.sha256(data).hexdigest()) != sha256:
                raise typer.BadParameter(f"{source} has the sha256 {found}, not {sha256}", param_hint="--wheel")
            made = narrowed(onnx.load_model_from_string(data)).SerializeToString()
            (out / file).write_bytes(made)
            side = {"side": LINE_SIDE} if kind == "lines" else {}
            entries[kind] = {"name": name, "file": file, **side, "sha256": hashlib.sha256(made).hexdigest()}
    manifest.write_text(json.dumps(entries, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    typer.run(main)
