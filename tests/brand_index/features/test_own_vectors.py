"""A network of the user's gives the vectors, on the scale of the shipped ones; what cannot is refused by name."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data as photographs

from brand_index.errors import ModelUnusable
from brand_index.features.vectors import OwnNetwork, Projection, fitted_projection
from brand_index.features.weights import ModelFile
from tests.brand_index.features.onnx_files import SIDE, write_network

# torch calls its own TorchScript deprecated; many published files are of that kind.
pytestmark = pytest.mark.filterwarnings(r"ignore:`torch\.jit:FutureWarning")
PHOTOS = [np.asarray(image, np.uint8) for image in (photographs.coffee(), photographs.astronaut())]


def entry(path: Path, side: int = SIDE) -> ModelFile:
    return ModelFile("grid", path, hashlib.sha256(path.read_bytes()).hexdigest(), side)


# The network


def test_an_onnx_file_gives_unit_vectors_of_images_of_any_size(tmp_path: Path) -> None:
    network = OwnNetwork(entry(write_network(tmp_path / "grid.onnx")))
    vectors = network.describe([*PHOTOS, PHOTOS[0][:50, :20]])
    assert vectors.shape == (3, network.dimensions) == (3, 192)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_network_with_a_fixed_batch_of_one_gives_the_same(tmp_path: Path) -> None:
    free = OwnNetwork(entry(write_network(tmp_path / "free.onnx")))
    one = OwnNetwork(entry(write_network(tmp_path / "one.onnx", shape=(1, 3, SIDE, SIDE))))
    assert np.array_equal(free.describe(PHOTOS), one.describe(PHOTOS))


def test_mean_and_deviation_are_taken_from_colours_of_0_to_1(tmp_path: Path) -> None:
    model = replace(entry(write_network(tmp_path / "grid.onnx")), mean=(0.5, 0.25, 0.0), deviation=(0.5, 1.0, 2.0))
    flat = np.full((SIDE, SIDE, 3), (255, 51, 102), np.uint8)
    wanted = np.repeat([(1 - 0.5) / 0.5, 0.2 - 0.25, 0.4 / 2], 64)
    (found,) = OwnNetwork(model).describe([flat])
    assert np.allclose(found, wanted / np.linalg.norm(wanted), atol=1e-5)


def test_a_torchscript_file_gives_the_same_as_an_onnx_file(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the extra torch is not installed")
    path = tmp_path / "grid.torchscript"
    pool = torch.nn.Sequential(torch.nn.AvgPool2d(4), torch.nn.Flatten())
    torch.jit.trace(pool.eval(), torch.zeros(2, 3, SIDE, SIDE)).save(str(path))
    own, other = OwnNetwork(entry(path)), OwnNetwork(entry(write_network(tmp_path / "grid.onnx")))
    assert np.allclose(own.describe(PHOTOS), other.describe(PHOTOS), atol=1e-6)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"before": ("Neg", "Sqrt")}, "gives NaN"),
        ({"before": ("Sub",)}, "the same numbers for two different images"),
        ({"flat": False}, r"an output of shape \(2, 3, 8, 8\) for 2 images"),
        ({"outputs": 2}, "1 inputs and 2 outputs"),
        ({"shape": (4, 3, SIDE, SIDE)}, "takes exactly 4 images at once"),
        ({"shape": ("n", 3, 64, 64)}, "--size is 32: give --size 64"),
        ({"shape": ("n", SIDE, SIDE, 3)}, "colours come first"),
    ],
    ids=str,
)
def test_a_network_of_other_inputs_or_outputs_is_refused_with_the_reason(
    tmp_path: Path, made: dict[str, object], said: str
) -> None:
    path = write_network(tmp_path / "grid.onnx", **made)  # type: ignore[arg-type]
    with pytest.raises(ModelUnusable, match=said):
        OwnNetwork(entry(path))


def test_a_file_that_is_no_onnx_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(ModelUnusable, match="ONNX Runtime cannot open it"):
        OwnNetwork(entry(path))


def test_a_file_that_is_no_torchscript_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra torch is not installed")
    path = tmp_path / "none.torchscript"
    path.write_bytes(b"not a network")
    with pytest.raises(ModelUnusable, match="is no TorchScript file"):
        OwnNetwork(entry(path))


def test_a_torchscript_that_does_not_take_the_size_is_refused(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the extra torch is not installed")
    path = tmp_path / "linear.torchscript"
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 64 * 64, 16))
    torch.jit.trace(network.eval(), torch.zeros(2, 3, 64, 64)).save(str(path))
    with pytest.raises(ModelUnusable, match="cannot run"):
        OwnNetwork(entry(path))


# The projection


def marks(seed: int, *, noise: float, count: int = 60) -> tuple[NDArray[np.float32], ...]:
    """Regions, prints and views of a made-up network, all of which have much in common, as raw features have."""
    chance = np.random.default_rng(seed)
    common = chance.normal(size=24) * 4

    def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    scale = np.linspace(2, 0.3, 24)
    own = chance.normal(size=(count, 24)) * scale
    regions = unit(common + chance.normal(size=(400, 24)) * scale)
    views = unit(common + own)
    prints = unit(common + own + noise * chance.normal(size=own.shape) * scale)
    return regions, prints, views


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1_000), noise=st.floats(0.2, 3.0))
def test_the_median_print_has_the_wanted_cosine_or_more(seed: int, noise: float) -> None:
    regions, prints, views = marks(seed, noise=noise)
    projection, reached = fitted_projection(regions, prints, [each[None] for each in views], wanted=0.53)
    cosines = (projection.apply(prints) * projection.apply(views)).sum(axis=1)
    assert np.median(cosines) == pytest.approx(reached, abs=1e-5)
    assert reached >= 0.52


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1_000), noise=st.floats(0.2, 3.0))
def test_projected_vectors_have_unit_length(seed: int, noise: float) -> None:
    regions, prints, views = marks(seed, noise=noise)
    projection, _ = fitted_projection(regions, prints, [each[None] for each in views], wanted=0.53)
    made = projection.apply(prints)
    assert made.shape == (len(prints), projection.dimensions)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-4)


def test_images_that_have_nothing_in_common_lose_what_all_have_in_common() -> None:
    regions, prints, views = marks(1, noise=0.6)
    before = float((prints @ np.roll(views, 7, axis=0).T).mean())
    projection, _ = fitted_projection(regions, prints, [each[None] for each in views], wanted=0.53)
    after = float((projection.apply(prints) @ projection.apply(np.roll(views, 7, axis=0)).T).mean())
    assert before > 0.7
    assert abs(after) < 0.2


def test_a_projection_is_read_as_it_was_written() -> None:
    regions, prints, views = marks(2, noise=3.0)
    projection, _ = fitted_projection(regions, prints, [each[None] for each in views], wanted=0.53)
    assert projection.shared > 0, "noise leaves prints less similar than wanted"
    again = Projection.from_bytes(projection.to_bytes(), name="projection.npz")
    assert np.allclose(again.apply(prints), projection.apply(prints), atol=1e-6)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"none"])
def test_what_is_no_projection_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(ModelUnusable, match=r"projection\.npz: is no projection"):
        Projection.from_bytes(data, name="projection.npz")
