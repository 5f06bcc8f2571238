"""The embedder that ships, and what happens when its files are not what the manifest says."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.errors import ModelUnusable
from brand_index.features.embedding import BATCH, OnnxEmbedder
from brand_index.features.weights import MANIFEST, ModelFile, read_manifest
from tests.conftest import draw_logo


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(read_manifest())


def test_vectors_have_unit_length_and_the_stated_dimensions(embedder: OnnxEmbedder) -> None:
    vectors = embedder.embed([photographs.astronaut(), photographs.coffee()]).vectors
    assert vectors.shape == (2, embedder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("ink", [(240, 240, 240), (180, 30, 40)], ids=["reversed", "red"])
def test_a_mark_in_other_colours_is_nearer_to_itself_than_to_another_mark(
    embedder: OnnxEmbedder, ink: tuple[int, int, int]
) -> None:
    def drawn(word: str, colour: tuple[int, int, int], ground: tuple[int, int, int]) -> np.ndarray:
        return np.asarray(draw_logo(word, colour, ground=(*ground, 255)).convert("RGB"))

    registered = embedder.embed([drawn("ACME", (10, 10, 10), (255, 255, 255)), np.asarray(_star())])
    embedded = embedder.embed([drawn("ACME", ink, (20, 30, 90))])
    assert (embedded.vectors @ registered.vectors.T).argmax() == 0


def _star() -> Image.Image:
    photo = np.asarray(photographs.logo())[..., :3]
    return Image.fromarray(np.ascontiguousarray(photo))


def test_more_crops_than_a_batch_come_back_in_order(embedder: OnnxEmbedder) -> None:
    crops = [photographs.astronaut()[8 * number :, 5 * number :].copy() for number in range(BATCH + 3)]
    one_by_one = np.concatenate([embedder.embed([crop]).vectors for crop in crops])
    np.testing.assert_allclose(embedder.embed(crops).vectors, one_by_one, atol=1e-4)


def test_no_crops_give_no_vectors(embedder: OnnxEmbedder) -> None:
    assert embedder.embed([]).vectors.shape == (0, embedder.dimensions)


@pytest.mark.parametrize("kind", ["embedder", "matcher", "finder", "background"])
def test_another_file_than_the_manifest_names_is_refused(tmp_path: Path, kind: str) -> None:
    model: ModelFile = getattr(read_manifest(), kind)
    copy = tmp_path / "weights"
    shutil.copy(model.path, copy)
    with copy.open("r+b") as file:
        file.seek(5000)
        file.write(b"\0\1\2\3")
    with pytest.raises(ModelUnusable, match="sha256"):
        replace(model, path=copy).read()


def test_missing_weights_are_named(tmp_path: Path) -> None:
    shipped = read_manifest()
    gone = replace(shipped, embedder=ModelFile("x", tmp_path / "gone.onnx", "0", 96, 8))
    with pytest.raises(ModelUnusable, match=r"gone\.onnx"):
        OnnxEmbedder(gone)


@pytest.mark.parametrize("content", ["", "{}", '{"embedder": {"name": "x"}}', "[1]"])
def test_a_manifest_that_says_too_little_is_refused(tmp_path: Path, content: str) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(content)
    with pytest.raises(ModelUnusable, match="manifest"):
        read_manifest(manifest)


def test_changing_the_model_is_one_file_and_one_manifest_entry(tmp_path: Path) -> None:
    entry = json.loads(MANIFEST.read_text())
    entry["embedder"]["name"] = "mine"
    for file in MANIFEST.parent.iterdir():
        shutil.copy(file, tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps(entry))
    assert OnnxEmbedder(read_manifest(tmp_path / "manifest.json")).name == "mine"
