"""Every hasher keeps the protocol's promises, on photographs."""

import subprocess
import sys

import cv2
import imagehash
import numpy as np
import pytest
from PIL import Image
from skimage import data as photographs

from brand_index.features.hashing import HASHERS, PDQ, TRANSFORMS, DihedralTransform, Hasher
from brand_index.images import RGBImage

every_hasher = pytest.mark.parametrize("hasher", HASHERS, ids=lambda hasher: hasher.name)
_, PHASH = HASHERS
PHOTO = np.asarray(photographs.astronaut(), np.uint8)
OTHER = np.asarray(photographs.coffee(), np.uint8)


def distance(left: np.ndarray, right: np.ndarray) -> int:
    return int(np.unpackbits(left ^ right).sum())


def hashed(hasher: Hasher, image: RGBImage) -> np.ndarray:
    found = hasher.hashes(image)
    assert found is not None
    return found


@every_hasher
def test_a_hash_has_the_stated_length_for_each_turn(hasher: Hasher) -> None:
    assert hashed(hasher, PHOTO).shape == (len(TRANSFORMS), hasher.bits // 8)


@every_hasher
@pytest.mark.parametrize("place", range(len(TRANSFORMS)))
def test_each_transform_is_the_hash_of_the_transformed_image(hasher: Hasher, place: int) -> None:
    transformed = hashed(hasher, TRANSFORMS[place].apply(PHOTO))[0]
    own = distance(hashed(hasher, PHOTO)[place], transformed)
    others = [distance(other, transformed) for number, other in enumerate(hashed(hasher, PHOTO)) if number != place]
    assert own <= hasher.max_distance < min(others)


@every_hasher
def test_a_smaller_jpeg_of_the_same_image_stays_near(hasher: Hasher) -> None:
    _, data = cv2.imencode(".jpg", cv2.resize(PHOTO, (200, 200), interpolation=cv2.INTER_AREA))
    copy = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    assert distance(hashed(hasher, PHOTO)[0], hashed(hasher, copy)[0]) <= hasher.max_distance


@every_hasher
def test_another_image_lies_far_away_in_every_turn(hasher: Hasher) -> None:
    assert min(distance(hashed(hasher, PHOTO)[0], turn) for turn in hashed(hasher, OTHER)) > hasher.max_distance


@every_hasher
def test_a_flat_image_has_no_hash(hasher: Hasher) -> None:
    assert hasher.hashes(np.full((300, 200, 3), 90, np.uint8)) is None


def test_plain_cloth_in_uneven_light_has_a_hash_that_survives_jpeg() -> None:
    light = cv2.GaussianBlur(OTHER[..., 1].astype(np.float32), (0, 0), 30)
    cloth = np.full((*light.shape, 3), (120, 90, 160), np.float32) + 0.05 * (light - light.mean())[..., None]
    image = np.asarray(np.round(cloth), np.uint8)
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])
    copy = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    assert PDQ.hashes(image) is None
    assert distance(hashed(PHASH, image)[0], hashed(PHASH, copy)[0]) <= PHASH.max_distance


@pytest.mark.parametrize("turn", TRANSFORMS, ids=str)
def test_the_corners_of_a_turn_are_where_its_own_corners_come_from(turn: DihedralTransform) -> None:
    image = np.arange(4, dtype=np.uint8).reshape(2, 2)
    transformed = turn.apply(image)
    found = [int(image[int(y), int(x)]) for x, y in turn.corners()]
    assert found == [transformed[0, 0], transformed[0, 1], transformed[1, 1], transformed[1, 0]]


@pytest.mark.parametrize("symmetric", [False, True])
def test_a_perceptual_hash_is_that_of_imagehash_also_where_rounding_decides(symmetric: bool) -> None:
    photo = cv2.resize(photographs.coffee(), (32, 32), interpolation=cv2.INTER_AREA)
    image = np.ascontiguousarray(np.maximum(photo, photo[:, ::-1]) if symmetric else photo)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    signs = [imagehash.phash(Image.fromarray(each.apply(np.asarray(grey, np.uint8)))).hash for each in TRANSFORMS]
    hashes = HASHERS[1].hashes(np.asarray(image, np.uint8))
    assert hashes is not None
    assert np.unpackbits(hashes, axis=1).reshape(8, 8, 8).tolist() == np.asarray(signs, np.uint8).tolist()


def test_hashing_a_photo_does_not_wait_for_scipy() -> None:
    code = (
        "import sys; from brand_index.features.hashing import HASHERS; import numpy as np; "
        "photo = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8); "
        "assert HASHERS[1].hashes(photo) is not None; assert 'scipy' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
