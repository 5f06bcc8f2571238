"""Models train and export from an empty folder: a run of two minutes on made-up material; needs the extra train."""

import io
import json
import os
import subprocess
import sys
import tarfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    find_spec("torch") is None or find_spec("efficientnet_lite_pytorch") is None or find_spec("onnx") is None,
    reason="needs pip install '.[train]'",
)


def make_packages(folder: Path) -> None:
    """An icon set as the npm registry has them, with drawings of our own."""
    folder.mkdir()
    icons = {
        f"icon-{n}": {
            "body": f'<path fill="#{(n * 7919) % 4096:03x}" d="M2 2h{4 + n % 17}v{5 + n % 13}l{n % 7} 3H2z"/>'
        }
        for n in range(260)
    }
    data = json.dumps({"icons": icons, "width": 24, "height": 24}).encode()
    with tarfile.open(folder / "iconify-json-made-up-1.0.0.tgz", "w:gz") as archive:
        entry = tarfile.TarInfo("package/icons.json")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))


def make_photos(folder: Path) -> None:
    """Photos where the development images would be."""
    for path in ("clothing/dress", "grocery/photos/milk"):
        (folder / path).mkdir(parents=True)
        for name in ("astronaut", "coffee", "chelsea", "rocket"):
            Image.fromarray(getattr(photographs, name)()[..., :3]).save(folder / path / f"{name}.jpg")


def run(script: str, folder: Path, *words: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "scripts")))},
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_all_models_train_export_and_open_again(tmp_path: Path) -> None:
    packages, data, work, fonts = (tmp_path / name for name in ("packages", "data", "work", "fonts"))
    make_packages(packages)
    make_photos(data)
    fonts.mkdir()
    given = ("--packages", packages, "--data", data, "--work", work, "--fonts", fonts, "--smoke")
    assert "right first among marks never learnt" in run("train_embedder.py", tmp_path, *given)
    assert "put in order" in run("train_matcher.py", tmp_path, *given)
    assert "covered by 30 regions" in run("train_finder.py", tmp_path, *given)
    out = tmp_path / "models"
    run("export_models.py", tmp_path, "--work", work, "--data", data, "--out", out)
    run("export_material_regions.py", tmp_path, "--data", data, "--out", out, "--images", "4")

    from brand_index.features.embedding import OnnxEmbedder  # noqa: PLC0415
    from brand_index.features.weights import read_manifest  # noqa: PLC0415
    from scanner.engine.crops.crop_matcher import OnnxCropMatcher  # noqa: PLC0415
    from scanner.engine.regions import OnnxRegionFinder  # noqa: PLC0415

    manifest = read_manifest(out / "manifest.json")
    assert OnnxEmbedder(manifest).embed([photographs.astronaut()]).vectors.shape == (1, manifest.embedder.dimensions)
    material = OnnxEmbedder(manifest).material_background
    assert material is not None
    assert len(material.starts) == 4
    embedded = OnnxEmbedder(manifest).embed([photographs.astronaut(), photographs.coffee()])
    logits = OnnxCropMatcher(manifest.matcher).match_logits(embedded.patches, embedded.patches, np.ones(2, np.float32))
    assert np.isfinite(logits).all()
    assert OnnxRegionFinder(manifest.finder).find(photographs.rocket(), 5).regions[-1].box == (0, 0, 640, 427)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's export
def test_a_head_is_added_to_a_finder_once_and_leaves_its_other_outputs_as_they_are(tmp_path: Path) -> None:
    import torch  # noqa: PLC0415
    from train_concealed_head import extend  # noqa: PLC0415
    from training.concealment.head import ConcealedHead  # noqa: PLC0415

    from brand_index.features.weights import read_manifest  # noqa: PLC0415
    from scanner.engine.regions import OnnxRegionFinder  # noqa: PLC0415

    shipped = read_manifest()
    for path in shipped.finder.path.parent.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    before = OnnxRegionFinder(shipped.finder).find(photographs.rocket(), 5)
    torch.manual_seed(1)
    extend(ConcealedHead(), tmp_path)
    once = (tmp_path / "region_finder.onnx").stat().st_size
    extend(ConcealedHead(), tmp_path)
    after = OnnxRegionFinder(read_manifest(tmp_path / "manifest.json").finder).find(photographs.rocket(), 5)
    assert (tmp_path / "region_finder.onnx").stat().st_size == once, "an earlier head is replaced"
    assert after.regions == before.regions
    assert after.concealed is not None
    assert after.text is not None
    assert before.text is not None
    assert after.concealed.logits.shape == after.text.logits.shape
    assert np.array_equal(after.text.logits, before.text.logits)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch's export
def test_a_second_look_is_a_file_of_its_own_that_says_what_its_head_says_on_the_finders_trunk(tmp_path: Path) -> None:
    import torch  # noqa: PLC0415
    from train_concealed_head import extend  # noqa: PLC0415
    from training.concealment.canvases import AGAIN, FIRST  # noqa: PLC0415
    from training.concealment.head import ConcealedHead  # noqa: PLC0415

    from brand_index.features.weights import read_manifest  # noqa: PLC0415
    from scanner.engine.concealment.look_again import LookAgain  # noqa: PLC0415
    from scanner.engine.regions import OnnxRegionFinder  # noqa: PLC0415

    for path in read_manifest().finder.path.parent.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    torch.manual_seed(1)
    head = ConcealedHead()
    extend(head, tmp_path, FIRST)
    finder = (tmp_path / "region_finder.onnx").read_bytes()
    extend(head, tmp_path, AGAIN)
    assert (tmp_path / "region_finder.onnx").read_bytes() == finder, "the finder stays as it is"
    written = read_manifest(tmp_path / "manifest.json")
    assert written.concealed is not None
    assert written.concealed.side == AGAIN.canvas[0]
    image = np.ascontiguousarray(photographs.rocket()[:, ::-1])  # the second look mirrors it
    seen = OnnxRegionFinder(replace(written.finder, side=AGAIN.canvas[0])).find(image, 5).concealed
    assert seen is not None
    again = LookAgain(written.concealed).look(photographs.rocket())
    assert np.allclose(again.logits[:, ::-1], seen.logits, atol=0.05)  # resized mirrored, pixels round otherwise
