"""The benchmark from folder to tables, on a handful of drawn and photographed images; its figures mean nothing."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
import typer
from benchmarks import evasion_run
from benchmarks.console import measure
from benchmarks.copies import CopyResult
from benchmarks.copies_run import chosen_edits, run_copies
from benchmarks.datasets import grocery_photos
from benchmarks.evasion.mark_edits import CONCEALMENTS
from benchmarks.evasion_run import EvasionPoint, run_evasion
from benchmarks.first_version import register_with
from benchmarks.known_edits import KnownEdit, Said
from benchmarks.logos import LogoResult
from benchmarks.logos_run import run_logos
from benchmarks.options import Options, deliver
from benchmarks.peers import EmbeddingPeer, HashPeer, Labelled, Peer, SiftPeer, pdq, phash, tiles
from benchmarks.proposals import Proposals, run_proposals
from benchmarks.records import read_predictions, read_truth
from benchmarks.stages import Stages, run_stages
from benchmarks.strengths import FAMILIES, run_strengths
from benchmarks.tables import Table, as_markdown
from PIL import Image, ImageDraw
from skimage.data import astronaut, chelsea, coffee

from brand_index.images import RGBImage
from brand_index.store import Store
from scanner.engine.boxes import Box

ROOT = Path(__file__).parents[2]


def options(data: Path, out: Path) -> Options:
    return Options(
        data,
        json=out / "all.json",
        records=out / "records",
        misses=out / "misses.html",
        markdown=True,
        workers=1,
        limit=None,
        seed=0,
        peers=True,
        sift_queries=6,
    )


def write_labels(path: Path, columns: str, rows: Sequence[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns.split(","), *rows])


def save(image: RGBImage | Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path)


def windows(image: RGBImage, count: int) -> list[RGBImage]:
    """`count` different windows of a photograph, which stand for different photos."""
    corners = [(top, left) for top in (0, 60, 120) for left in (0, 100, 200)][:count]
    return [np.ascontiguousarray(image[top : top + 180, left : left + 200]) for top, left in corners]


def synthetic_logo(number: int) -> Image.Image:
    logo = Image.new("RGBA", (160, 160), (0, 0, 0, 0))
    draw = ImageDraw.Draw(logo)
    draw.ellipse((10, 10, 150, 150), fill=(30 * number % 255, 90, 200, 255))
    draw.polygon([(80, 20), (30 + 9 * number, 130), (130, 100 - 5 * number)], fill=(255, 240, 60, 255))
    draw.rectangle((60, 70, 90 + 4 * number, 110), fill=(180, 20, 40, 255))
    return logo


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the layout of the development images."""
    data = tmp_path_factory.mktemp("data")
    garments = [*windows(astronaut(), 4), *windows(coffee(), 4)]
    for number, image in enumerate(garments):
        save(image, data / f"clothing/hat/{number}.jpg")
    write_labels(data / "clothing/labels.csv", "path,category", [(f"hat/{n}.jpg", "hat") for n in range(len(garments))])
    packshot, sibling, fitted = windows(chelsea(), 3)
    save(packshot, data / "grocery/packshots/p.jpg")
    save(sibling, data / "grocery/photos/s.jpg")
    save(fitted, data / "grocery/packshots/a.jpg")
    write_labels(
        data / "grocery/labels.csv",
        "path,brand,product,kind",
        [
            ("packshots/a.jpg", "b", "a", "packshot"),
            ("packshots/p.jpg", "b", "p", "packshot"),
            ("photos/s.jpg", "b", "p", "photo"),
        ],
    )
    original = chelsea()[:220, :300]
    save(original, data / "copies/original.jpg")
    save(np.ascontiguousarray(original[20:200, 20:280]), data / "copies/crop.jpg")
    (data / "copies/corrupt.jpg").write_bytes(b"\xff\xd8\xff nothing more")
    write_labels(
        data / "copies/labels.csv",
        "path,group,edit",
        [("original.jpg", "cat", "original"), ("crop.jpg", "cat", "crop"), ("corrupt.jpg", "cat", "corrupt")],
    )
    logos = data / "logos_in_photos"
    for number, brand in enumerate(("acme", "zest")):
        save(synthetic_logo(number), logos / f"logos/{brand}.png")
        photo = Image.fromarray(garments[number]).resize((400, 360))
        photo.paste(synthetic_logo(number), (100, 90), synthetic_logo(number))
        save(photo, logos / f"photos/{brand}.jpg")
    write_labels(logos / "logos.csv", "path,brand", [("logos/acme.png", "acme"), ("logos/zest.png", "zest")])
    write_labels(
        logos / "labels.csv",
        "path,brand,x0,y0,x1,y1,graphic_score",
        [(f"photos/{brand}.jpg", brand, 110, 100, 250, 240, 0.2) for brand in ("acme", "zest")],
    )
    for number in (4, 6):
        save(synthetic_logo(number), data / f"other_logos/other{number}.png")
    return data


@pytest.fixture(scope="module")
def copies_out(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("copies")
    deliver(run_copies(options(data, out), 1, out / "work"))
    return out


@pytest.fixture(scope="module")
def logos_out(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("logos")
    deliver(run_logos(options(data, out), None, out / "work"))
    return out


@pytest.fixture(scope="module")
def strengths_out(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("strengths")
    deliver(run_strengths(replace(options(data, out), limit=2, misses=None), None, out / "work"))
    return out


pytestmark = pytest.mark.filterwarnings("ignore")  # AugLy leaves files open, imagededup meets newer libraries


def test_edits_are_chosen_by_name_and_an_unknown_one_is_named() -> None:
    assert [edit.name for edit in chosen_edits(["recolour", "several at once"])] == ["recolour", "several at once"]
    assert len(chosen_edits([])) > 20
    with pytest.raises(typer.BadParameter, match="no edit is named sepia"):
        chosen_edits(["sepia"])


@pytest.mark.slow
def test_proposals_are_counted_for_each_way_and_number_of_photos(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite_pytorch", reason="the extra benchmark is not installed")
    settings = replace(options(data, tmp_path), misses=None, records=None, limit=3)
    outcome = run_proposals(settings, (4, 6), tmp_path / "work")
    table = outcome.tables[0]
    assert table.columns == ("proposed by", "4 registered", "6 registered")
    assert [row[0] for row in table.rows][:2] == ["hashes", "keypoints' votes"]
    together = [result for result in outcome.results if isinstance(result, Proposals) and len(result.ways) == 3]
    assert [result.found.value for result in together] == [1.0, 1.0]


def test_products_that_confidence_is_fitted_on_are_in_no_benchmark(data: Path) -> None:
    assert [path.name for path in grocery_photos(data, "packshot")] == ["p.jpg"]
    assert [path.name for path in grocery_photos(data, "packshot", fitted=True)] == ["a.jpg"]


@pytest.mark.slow
def test_strengths_measures_every_system_at_every_strength_of_every_edit(strengths_out: Path) -> None:
    results = json.loads((strengths_out / "all.json").read_text("utf-8"))["results"]
    assert [result["system"] for result in results] == ["Markscan", "pHash (imagehash)", "PDQ"]
    settings = {edit["edit"]: edit["recalls"][0]["whole"] for edit in results[0]["by_edit"]}
    assert settings == {family.named(strength): 2 for family in FAMILIES for strength in family.strengths}


@pytest.mark.slow
def test_evasion_measures_every_system_in_every_way_to_hide_a_mark(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = tuple(replace(each, strengths=each.strengths[-1:]) for each in CONCEALMENTS)  # the strongest of each
    monkeypatch.setattr(evasion_run, "CONCEALMENTS", ways)
    settings = replace(options(data, tmp_path), misses=None, records=None)
    outcome = run_evasion(settings, ["marks"], None, tmp_path / "work")
    points = [point for point in outcome.results if isinstance(point, EvasionPoint)]
    ours = {"logos alone", "logos and words", "logos and words, or a patch"}
    assert {point.system for point in points} == {*ours, "pHash (imagehash)", "PDQ"}
    asked = {(point.attack, point.strength) for point in points if point.system == "logos and words"}
    assert asked >= {(each.name, f"{strength:g}") for each in ways for strength in each.strengths}
    assert ("SSCD", "its weights are not given: --sscd FILE") in outcome.missing


@pytest.mark.slow
def test_stages_are_timed_against_decoding_and_one_embedding(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("efficientnet_lite_pytorch", reason="the extra benchmark is not installed")
    outcome = run_stages(replace(options(data, tmp_path), misses=None, records=None), 20, 2, tmp_path / "work")
    (result,) = outcome.results
    assert isinstance(result, Stages)
    assert [stage for stage, _ in result.milliseconds] == ["decode", "hash", "keypoints", "search", "verify"]
    assert (result.references, result.photos) == (20, 2)
    assert result.base > 0
    assert {share.whole for _, share in result.let_through} == {2}


def test_the_console_is_measured_by_what_its_queue_shows() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://console.example") as browser:
        result = measure(browser, ["a", "b"])
    assert result.cases == 2
    assert asked[0] == "/console/queue"
    assert sorted(asked[1:3]) == ["/console/cases/a/small.webp", "/console/cases/b/small.webp"]
    assert sorted(asked[3:]) == ["/console/cases/a/listing.webp", "/console/cases/b/listing.webp"]


@pytest.mark.slow
def test_copies_measures_markscan_and_its_peers_on_the_same_queries(copies_out: Path) -> None:
    results = json.loads((copies_out / "all.json").read_text("utf-8"))["results"]
    systems = {result["system"]: result["queries"] for result in results if "system" in result}
    assert {systems["Markscan"], systems["pHash (imagehash)"], systems["PDQ"]} == {10}


@pytest.mark.slow
def test_copies_writes_the_records_that_its_measures_read(copies_out: Path) -> None:
    settings = {truth.query for truth in read_truth(copies_out / "records/truth.csv")}
    assert {found.query for found in read_predictions(copies_out / "records/predictions-markscan.csv")} <= settings


@pytest.mark.slow
def test_copies_counts_an_unreadable_known_edit_apart_from_the_missed(copies_out: Path) -> None:
    results = json.loads((copies_out / "all.json").read_text("utf-8"))["results"]
    said = {result["image"]: result["said"] for result in results if "image" in result}
    assert said["corrupt.jpg"] == Said.UNREADABLE


@pytest.mark.slow
def test_copies_writes_its_misses_into_one_html_file(copies_out: Path) -> None:
    assert (copies_out / "misses.html").read_text("utf-8").count("data:image/jpeg;base64,") > 2


@pytest.mark.slow
def test_logos_measures_by_brand(logos_out: Path) -> None:
    ours = json.loads((logos_out / "all.json").read_text("utf-8"))["results"][0]
    assert [(group["name"], group["found"][0]["whole"]) for group in ours["brands"]] == [("acme", 1), ("zest", 1)]


@pytest.mark.slow
def test_logos_measures_retrieval_at_every_true_box(logos_out: Path) -> None:
    ours = json.loads((logos_out / "all.json").read_text("utf-8"))["results"][0]
    assert ours["first_at_true_boxes"]["whole"] == 2


@pytest.mark.slow
def test_logos_names_a_peer_that_cannot_run_here_or_measures_it(logos_out: Path) -> None:
    content = json.loads((logos_out / "all.json").read_text("utf-8"))
    said = [name for name, _ in content["missing"]] + [result["system"] for result in content["results"]]
    assert "imagededup CNN" in said


def test_the_script_runs_from_a_checkout() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "benchmark.py"), "logos", "--help"]
    run = subprocess.run(
        script, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (run.returncode, "--sift-queries" in run.stdout) == (0, True), run.stderr


def test_a_data_folder_without_labels_is_a_usage_error_that_names_the_file(tmp_path: Path) -> None:
    script = [sys.executable, str(ROOT / "scripts" / "benchmark.py"), "logos", "--data", str(tmp_path)]
    run = subprocess.run(
        script,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "400"},
    )
    assert (run.returncode, "logos.csv" in run.stderr) == (2, True), run.stderr


def mean_colour(crops: Sequence[RGBImage]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The simplest embedder that is one."""
    vectors = np.array([crop.reshape(-1, 3).mean(axis=0) + 1 for crop in crops], np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize(
    "peer",
    [phash(), pdq(), SiftPeer(), EmbeddingPeer("mean colour", mean_colour, tiles_across=(1, 2))],
    ids=lambda peer: peer.name,
)
def test_a_peer_ranks_the_image_itself_first(peer: Peer) -> None:
    images = [Labelled("astronaut", astronaut()), Labelled("chelsea", chelsea()), Labelled("coffee", coffee())]
    peer.index(images)
    said = peer.score(Labelled("query", chelsea()))
    assert max(said, key=lambda found: found.score).reference == "chelsea"


@pytest.mark.parametrize("peer", [phash(), pdq()], ids=lambda peer: peer.name)
def test_the_hash_distance_of_an_image_to_itself_is_zero(peer: HashPeer) -> None:
    peer.index([Labelled("chelsea", chelsea())])
    assert [found.score for found in peer.score(Labelled("query", chelsea()))] == [0.0]


def test_sift_predicts_nothing_for_an_image_without_keypoints() -> None:
    peer = SiftPeer()
    peer.index([Labelled("chelsea", chelsea())])
    assert peer.score(Labelled("flat", np.full((100, 100, 3), 90, np.uint8))) == []


def test_two_references_of_one_name_give_one_prediction() -> None:
    peer = phash()
    peer.index([Labelled("cat", chelsea()), Labelled("cat", np.ascontiguousarray(chelsea()[:, ::-1]))])
    assert [found.reference for found in peer.score(Labelled("query", chelsea()))] == ["cat"]


def test_tiles_overlap_by_half_and_reach_every_edge() -> None:
    assert tiles(100, 60, (1, 2))[:4] == [
        Box(0, 0, 100, 60),
        Box(0, 0, 50, 30),
        Box(25, 0, 75, 30),
        Box(50, 0, 100, 30),
    ]
    assert max(box.bottom for box in tiles(101, 61, (3,))) == 61


def test_a_markdown_table_escapes_what_would_end_a_cell() -> None:
    assert as_markdown(Table("t", ("a", "b"), (("x|y", "1"),))).splitlines()[-1] == "| x\\|y | 1 |"


def test_results_are_records_and_not_dicts() -> None:
    assert all(hasattr(record, "__slots__") for record in (CopyResult, LogoResult, KnownEdit))


def test_a_comparison_registers_with_the_earlier_version_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = tmp_path / "earlier" / "scanner"
    earlier.mkdir(parents=True)
    (earlier / "__init__.py").touch()
    (earlier / "cli.py").write_text("import pathlib\ndef markscan_main(): pathlib.Path(__file__ + '.ran').touch()\n")
    monkeypatch.chdir(Path(__file__).parents[2])
    register_with([], Store(tmp_path / "store"), earlier.parent, tmp_path)
    assert (earlier / "cli.py.ran").exists()
