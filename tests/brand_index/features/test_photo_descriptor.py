"""A marketplace's own TorchScript descriptor of whole photos, such as SSCD's, proposes what nothing else does."""

import hashlib
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data as photographs

from brand_index.errors import ModelUnusable
from brand_index.features.weights import MANIFEST, ModelFile, read_manifest
from brand_index.images import RGBImage
from brand_index.registration import register_reference
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import ReferenceKind
from scanner.engine.examiner import Examiner
from scanner.settings import Settings
from scanner.walk import Scanner, ensure_index
from tests.conftest import ACME, NOW, describer, jpeg

# torch calls its own TorchScript deprecated; the files that marketplaces have are of that kind.
pytestmark = pytest.mark.filterwarnings(r"ignore:`torch\.jit:FutureWarning")
PHOTO = np.asarray(photographs.coffee(), np.uint8)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that tells an image by the colours of an 8 × 8 grid, saved as SSCD's is."""
    torch = pytest.importorskip("torch", reason="the extra torch is not installed")
    path = tmp_path_factory.mktemp("script") / "grid.torchscript.pt"
    network = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(8), torch.nn.Flatten())
    torch.jit.trace(network.eval(), torch.zeros(2, 3, 64, 64)).save(str(path))
    return path


def manifest_with(photos: Path, folder: Path, **changed: object) -> Path:
    """The shipped manifest, its files by their whole paths, with a descriptor of photos."""
    content = json.loads(MANIFEST.read_text("utf-8"))
    for entry in content.values():
        entry["file"] = str(MANIFEST.parent / entry["file"])
    digest = hashlib.sha256(photos.read_bytes()).hexdigest()
    content["photos"] = {"name": "grid", "file": str(photos), "sha256": digest, "side": 64} | changed
    path = folder / "manifest.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def too_soft_for_keypoints(photo: RGBImage) -> RGBImage:
    """A small window of a thumbnail, turned a little: no hash is near, and hardly a keypoint is left."""
    soft = cv2.GaussianBlur(photo, (0, 0), 14)[30:-20, 40:-10]
    return np.asarray(cv2.resize(soft, (120, 80), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def own(script: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Settings]:
    place = Store(tmp_path_factory.mktemp("own"))
    settings = Settings(model_manifest=manifest_with(script, place.root), verified_photos=1)
    with Registry.open(place) as registry:
        for name, photo in (("coffee", PHOTO), ("cat", photographs.chelsea()), ("rocket", photographs.rocket())):
            image = jpeg(np.asarray(photo, np.uint8), 92)
            register_reference(
                registry,
                place,
                brand=ACME,
                kind=ReferenceKind.PHOTO,
                image=image,
                describer=describer(),
                name=f"{name}.jpg",
                now=NOW,
            )
        ensure_index(place, registry, settings)
    return place, settings


def test_a_photo_that_is_only_similar_as_a_whole_is_a_candidate(own: tuple[Store, Settings]) -> None:
    store, settings = own
    examiner = Examiner.open(store, settings)
    description = examiner.describe(too_soft_for_keypoints(PHOTO))
    proposed = {each.position: each.photo_cosine for each in examiner.match(description)}
    coffee = next(
        place
        for place, reference in enumerate(examiner.index.references)
        if (reference.width, reference.height) == (PHOTO.shape[1], PHOTO.shape[0])
    )
    cosine = proposed[coffee]
    assert cosine is not None
    assert cosine > settings.least_photo_cosine


def test_a_copy_is_found_with_the_descriptor_and_its_cosine_is_measured(own: tuple[Store, Settings]) -> None:
    with Scanner.open(*own) as scanner:
        best = scanner.scan(jpeg(np.ascontiguousarray(PHOTO[:, ::-1]), 60)).evidence[0]
    assert best.confidence > 0.9
    assert best.mirrored


def test_an_index_built_without_the_descriptor_is_built_again_with_it(own: tuple[Store, Settings]) -> None:
    store, settings = own
    with Registry.open(store) as registry:
        ensure_index(store, registry, Settings())
        assert Examiner.open(store, Settings()).index.similar_photos(np.ones(192, np.float32), 3) == []
        ensure_index(store, registry, settings)
    assert len(Examiner.open(store, settings).index.similar_photos(np.ones(192, np.float32), 3)) == 3


def test_another_file_than_the_manifest_names_is_refused(script: Path, tmp_path: Path) -> None:
    settings = Settings(model_manifest=manifest_with(script, tmp_path, sha256="0" * 64))
    with pytest.raises(ModelUnusable, match="sha256 is"):
        Examiner.open(Store(tmp_path), settings)


def test_a_file_that_is_no_torchscript_is_refused_with_the_reason(script: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pt"
    broken.write_bytes(script.read_bytes()[:200])
    settings = Settings(model_manifest=manifest_with(broken, tmp_path))
    with pytest.raises(ModelUnusable, match=r"broken\.pt: is no TorchScript network"):
        Examiner.open(Store(tmp_path), settings)


def test_a_network_that_gives_no_vectors_is_refused(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the extra torch is not installed")
    torch.jit.trace(torch.nn.ReLU(), torch.zeros(1, 3, 64, 64)).save(str(tmp_path / "maps.pt"))
    settings = Settings(model_manifest=manifest_with(tmp_path / "maps.pt", tmp_path))
    with pytest.raises(ModelUnusable, match="to \\(N, D\\)"):
        Examiner.open(Store(tmp_path), settings)


def test_without_torch_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from brand_index.features.photo_descriptor import PhotoDescriptor  # noqa: PLC0415 - after torch is hidden, as in a new process

    monkeypatch.setitem(sys.modules, "torch", None)
    path = tmp_path / "any.pt"
    path.write_bytes(b"weights")
    model = ModelFile("any", path, hashlib.sha256(b"weights").hexdigest(), side=64)
    with pytest.raises(ModelUnusable, match=r"pip install 'markscan\[torch\]'"):
        PhotoDescriptor(model)


def test_what_ships_names_no_descriptor_of_photos() -> None:
    assert read_manifest().photos is None
