"""An adapted network finds logos with files of its own; what cannot be adapted is refused in one sentence."""

import json
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data as photographs
from typer.testing import CliRunner, Result

from brand_index.errors import ModelUnusable
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.weights import MANIFEST, read_manifest
from brand_index.images import RGBImage, decode
from brand_index.store import Store
from brand_index.types import Brand, ReferenceImage, ReferenceKind, reference_id
from scanner.adapting.adapting import Material, Outcome, adapt, opened_network
from scanner.adapting.files import FolderTaken, check_folder
from scanner.adapting.material import Labelled, Logo, TooLittleMaterial, read_images, read_labels
from scanner.adapting.measuring import Looked, count
from scanner.adapting.reporting import report_json, report_lines
from scanner.commands.main import markscan
from scanner.engine.examiner import Examiner, program_fingerprint
from scanner.moderation.registry import open_registry
from scanner.settings import Settings
from scanner.walk import ensure_index
from tests.brand_index.features.onnx_files import SIDE, write_network
from tests.conftest import draw_logo, jpeg, png

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = ("ACME", "BOLT", "CORD", "DUNE", "ECHO", "FLUX")


def logo(folder: Path, number: int) -> Logo:
    word = WORDS[number]
    path = folder / f"{word}.png"
    path.write_bytes(png(draw_logo(word, (40 * number, 200 - 30 * number, 90))))
    image, brand = decode(path.read_bytes(), name=word), Brand(word.lower(), word, word, "ip@brand.example")
    reference = ReferenceImage(
        reference_id=reference_id(brand.brand_id, ReferenceKind.LOGO, image.sha256),
        brand_id=brand.brand_id,
        kind=ReferenceKind.LOGO,
        sha256=image.sha256,
        suffix=".png",
        mark_id=None,
        source_name=path.name,
        width=image.frames[0].shape[1],
        height=image.frames[0].shape[0],
        warnings=(),
        registered_at=NOW,
        withdrawn_at=None,
    )
    return Logo(reference, brand, path, image)


def clean_images(count: int) -> tuple[RGBImage, ...]:
    """Parts of photographs, each another one."""
    photos = [np.asarray(each, np.uint8) for each in (photographs.coffee(), photographs.astronaut(), photographs.cat())]
    chance, made = np.random.default_rng(1), list[RGBImage]()
    for number in range(count):
        photo = photos[number % len(photos)]
        top, left = (int(chance.integers(0, side - 200)) for side in photo.shape[:2])
        made.append(np.ascontiguousarray(photo[top : top + 160, left : left + 200]))
    return tuple(made)


@pytest.fixture(scope="module")
def logos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Logo, ...]:
    folder = tmp_path_factory.mktemp("logos")
    return tuple(logo(folder, number) for number in range(len(WORDS)))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("network") / "grid.onnx")


@pytest.fixture(scope="module")
def outcome(logos: tuple[Logo, ...], network: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A network that averages cells, adapted on six logos and 24 images."""
    folder = tmp_path_factory.mktemp("adapted")
    shown = folder / "shown.png"
    shown.write_bytes(png(draw_logo("BOLT", (40, 170, 90), ground=(255, 255, 255, 255))))
    clean = folder / "clean.jpg"
    clean.write_bytes(jpeg(np.asarray(photographs.rocket(), np.uint8)))
    labelled = (Labelled(shown, frozenset({"bolt"})), Labelled(clean, frozenset()))
    material = Material(logos, clean_images(24), clean_images(3), labelled)
    model = opened_network(network, SIDE, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    return adapt(model, material, folder / "out", Settings(), NOW, threshold=0.5, prints=6)


def test_a_folder_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="it is no file"):
        opened_network(tmp_path, SIDE, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


# What it writes


def test_the_manifest_names_the_network_its_projection_and_its_banks_with_copies_of_the_rest(outcome: Outcome) -> None:
    made, shipped = read_manifest(outcome.manifest), read_manifest()
    assert made.vectors is not None
    assert (made.vectors.side, made.vectors.path.parent) == (SIDE, outcome.manifest.parent)
    assert made.projection is not None
    assert made.material_background is not None
    assert made.background.sha256 != shipped.background.sha256
    assert (made.matcher.sha256, made.finder.sha256) == (shipped.matcher.sha256, shipped.finder.sha256)
    assert all(each.path.parent == outcome.manifest.parent for each in (made.embedder, made.matcher, made.finder))


def test_its_vectors_are_the_projected_ones_of_the_network_and_its_patches_those_that_ship(outcome: Outcome) -> None:
    own, shipped = OnnxEmbedder(read_manifest(outcome.manifest)), OnnxEmbedder(read_manifest())
    crops = [image[:90, :120] for image in clean_images(2)]
    made, other = own.embed(crops), shipped.embed(crops)
    assert made.vectors.shape == (2, outcome.projected)
    assert np.allclose(np.linalg.norm(made.vectors, axis=1), 1, atol=1e-4)
    assert np.array_equal(made.patches, other.patches)
    assert own.fingerprint != shipped.fingerprint


def test_the_median_print_is_as_similar_as_with_the_embedder_that_ships(outcome: Outcome) -> None:
    assert outcome.usual_print >= 0.52


def test_a_store_that_uses_it_finds_a_logo_as_it_is_registered(
    outcome: Outcome, logos: tuple[Logo, ...], tmp_path: Path
) -> None:
    settings = Settings(model_manifest=outcome.manifest)
    store = Store(tmp_path)
    with open_registry(store) as registry:
        for each in logos:
            registry.save_brand(each.brand, NOW)
            store.media_path(each.reference.sha256, ".png").parent.mkdir(parents=True, exist_ok=True)
            store.media_path(each.reference.sha256, ".png").write_bytes(each.path.read_bytes())
            registry.add_reference(
                brand=each.brand.brand_id,
                kind=ReferenceKind.LOGO,
                sha256=each.reference.sha256,
                suffix=".png",
                mark_id=None,
                source_name=each.path.name,
                width=64,
                height=64,
                warnings=(),
                now=NOW,
            )
        ensure_index(store, registry, settings)
    shown = png(draw_logo("ECHO", (160, 80, 90), ground=(255, 255, 255, 255)))
    evidence = Examiner.open(store, settings).examine(shown).evidence
    assert evidence[0].brand_id == "echo"


def test_evidence_of_other_confidence_is_told_apart_by_the_program_fingerprint(
    outcome: Outcome, tmp_path: Path
) -> None:
    content = json.loads(outcome.manifest.read_text("utf-8"))
    for name in content.values():
        name["file"] = str(outcome.manifest.parent / name["file"])
    entry = {"name": "x", "file": str(outcome.manifest), "sha256": "0" * 64}
    (tmp_path / "manifest.json").write_text(json.dumps(content | {"calibration": entry}))
    one, other = (Settings(model_manifest=path) for path in (outcome.manifest, tmp_path / "manifest.json"))
    same = one.model_copy(update={"model_manifest": one.model_manifest})
    assert program_fingerprint("index", one) == program_fingerprint("index", same)
    assert program_fingerprint("index", one) != program_fingerprint("index", other)


# What it says


def test_the_report_sets_own_beside_shipped_on_prints_and_on_labelled_images(outcome: Outcome) -> None:
    lines = report_lines(outcome)
    assert [each.name for each in (*outcome.on_prints, *outcome.on_labelled)] == ["shipped", "own"] * 2
    assert (outcome.on_labelled[0].marked, outcome.on_labelled[0].clean) == (1, 1)
    assert any(line.startswith("  own: found ") and " ms an image" in line for line in lines)
    assert json.loads(json.dumps(report_json(outcome)))["on_labelled"][1]["name"] == "own"


def test_with_too_few_right_candidates_it_says_that_confidence_is_as_shipped(outcome: Outcome) -> None:
    assert not outcome.fit.is_refitted
    assert read_manifest(outcome.manifest).calibration is None
    assert any("are too few for a fit" in line for line in report_lines(outcome))


def test_figures_count_marks_found_others_claimed_and_clean_images_flagged() -> None:
    looked = [Looked(0.9, True, True, 0.1), Looked(0.8, False, True, 0.2), Looked(0.2, True, True, 0.3)]
    looked += [Looked(0.01 * number, False, False, 0.2) for number in range(100)]
    found = count("own", looked, 0.5)
    assert (found.marked, found.clean, found.found, found.other, found.flagged) == (3, 100, 1, 1, 50)
    assert found.found_at_1_percent == 0, "0.98 is reached by two of the clean images"
    assert found.milliseconds == 200


def test_without_a_hundred_clean_images_nothing_is_said_of_one_percent() -> None:
    assert count("own", [Looked(0.1, False, False, 0.1)] * 99, 0.5).found_at_1_percent is None


# What is refused


def run(store: Path, *words: str) -> Result:
    return CliRunner().invoke(markscan, ["models", "adapt", *words, "--store", str(store)])


def folder_of(path: Path, count: int) -> Path:
    path.mkdir()
    for number, image in enumerate(clean_images(count)):
        cv2.imwrite(str(path / f"{number}.png"), image)
    return path


def test_too_few_clean_images_are_counted(tmp_path: Path) -> None:
    with pytest.raises(TooLittleMaterial, match=r"--clean .* has 3 images, and 5 are the least"):
        read_images(folder_of(tmp_path / "clean", 3), 5, "--clean")


def test_clean_images_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "clean", 2)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with pytest.raises(TooLittleMaterial, match=r"2 images \(1 more cannot be read\)"):
        read_images(folder, 5, "--clean")


def test_too_few_registered_logos_are_counted(network: Path, tmp_path: Path) -> None:
    with open_registry(Store(tmp_path / "store")):
        pass
    clean = folder_of(tmp_path / "clean", 1)
    found = run(
        *(tmp_path / "store", "--embedder", str(network), "--size", str(SIDE)),
        *("--clean", str(clean), "--out", str(tmp_path / "out")),
    )
    assert found.exit_code == 2
    assert "error: 0 logos are registered, and 20 are the least" in found.stderr


@pytest.mark.parametrize(
    ("name", "size", "more", "said"),
    [
        ("grid.onnx", "64", (), "give --size 32"),
        ("none.onnx", "32", (), "none.onnx: there is no such file"),
        ("grid.onnx", "32", ("--std", "1,0,1"), "--std '1,0,1': give three numbers above 0"),
        ("grid.onnx", "32", ("--mean", "0.5"), "--mean '0.5': give three numbers for red, green and blue"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_before_any_image_is_read(
    network: Path, tmp_path: Path, name: str, size: str, more: tuple[str, ...], said: str
) -> None:
    (tmp_path / "grid.onnx").write_bytes(network.read_bytes())
    with open_registry(Store(tmp_path / "store")):
        pass
    words = ("--embedder", str(tmp_path / name), "--size", size, "--clean", "none", "--out", str(tmp_path / "out"))
    found = run(tmp_path / "store", *words, *more)
    assert found.exit_code == 2
    assert said in found.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_else_in_it_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FolderTaken, match="holds something else"):
        check_folder(tmp_path)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("shown.png,bolt\nshown.png,acne\n", r"line 3: brand 'acne' has no registered logo\. Did you mean acme\?"),
        ("gone.png,bolt\n", r"line 2: image 'gone\.png' is not there"),
        ("", "no image is labelled"),
    ],
)
def test_labels_that_cannot_be_meant_are_named(logos: tuple[Logo, ...], tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "shown.png").write_bytes(b"")
    (tmp_path / "labels.csv").write_text(f"image,brand_id\n{rows}", "utf-8")
    with pytest.raises(TooLittleMaterial, match=said):
        read_labels(tmp_path / "labels.csv", logos)


def test_an_image_with_two_brands_has_a_row_for_each(logos: tuple[Logo, ...], tmp_path: Path) -> None:
    for name in ("both.png", "none.png"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "labels.csv").write_text("image,brand_id\nboth.png,acme\nboth.png,bolt\nnone.png,\n", "utf-8")
    found = read_labels(tmp_path / "labels.csv", logos)
    assert [each.brand_ids for each in found] == [{"acme", "bolt"}, frozenset()]


def test_the_shipped_manifest_names_no_network_of_a_user() -> None:
    shipped = read_manifest(MANIFEST)
    assert (shipped.vectors, shipped.projection, shipped.calibration) == (None, None, None)
