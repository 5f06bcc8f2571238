"""The embedder that ships, and what happens when its files are not what the manifest says."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage import data as photographs

from brand_index.embedding import BATCH, MANIFEST, ModelFile, OnnxEmbedder, read_manifest
from brand_index.errors import ModelUnusable


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder(read_manifest())


def test_vectors_have_unit_length_and_the_stated_dimensions(embedder: OnnxEmbedder) -> None:
    vectors = embedder.embed([photographs.astronaut(), photographs.coffee()])
    assert vectors.shape == (2, embedder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_a_picture_is_most_like_its_own_smaller_self(embedder: OnnxEmbedder) -> None:
    photos = [photographs.astronaut(), photographs.coffee(), photographs.chelsea()]
    smaller = [photo[::2, ::2].copy() for photo in photos]
    assert (embedder.embed(photos) @ embedder.embed(smaller).T).argmax(axis=1).tolist() == [0, 1, 2]


def test_more_crops_than_a_batch_come_back_in_order(embedder: OnnxEmbedder) -> None:
    crops = [np.full((20 + number, 30, 3), 9 * number, np.uint8) for number in range(BATCH + 3)]
    one_by_one = np.concatenate([embedder.embed([crop]) for crop in crops])
    np.testing.assert_allclose(embedder.embed(crops), one_by_one, atol=1e-4)


def test_no_crops_give_no_vectors(embedder: OnnxEmbedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_other_weights_than_the_manifest_names_are_refused(tmp_path: Path) -> None:
    model = read_manifest()
    copy = tmp_path / "weights.onnx"
    shutil.copy(model.path, copy)
    with copy.open("r+b") as file:
        file.seek(5000)
        file.write(b"\0\1\2\3")
    with pytest.raises(ModelUnusable, match="sha256"):
        OnnxEmbedder(replace(model, path=copy))


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match=r"gone\.onnx"):
        OnnxEmbedder(ModelFile("x", tmp_path / "gone.onnx", "0", 224, 8))


@pytest.mark.parametrize("content", ["", "{}", '{"embedder": {"name": "x"}}', "[1]"])
def test_a_manifest_that_says_too_little_is_refused(tmp_path: Path, content: str) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(content)
    with pytest.raises(ModelUnusable, match="manifest"):
        read_manifest(manifest)


def test_changing_the_model_is_one_file_and_one_manifest_entry(tmp_path: Path) -> None:
    entry = json.loads(MANIFEST.read_text())
    entry["embedder"]["name"] = "mine"
    shutil.copy(read_manifest().path, tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps(entry))
    assert OnnxEmbedder(read_manifest(tmp_path / "manifest.json")).name == "mine"
