"""scan-images from the outside: its files, its words and its exit codes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from skimage import data as photographs
from typer.testing import CliRunner

from brand_index.store import Store
from scanner.bulk.batch import examine_images
from scanner.bulk.kept_rows import RowNotes
from scanner.commands.main import markscan, scan_images_app
from scanner.moderation.store import Records
from scanner.service.accounts.registry import open_registry
from scanner.verdicts.rows import from_json, to_json
from tests.conftest import draw_logo, index_file, jpeg, png

runner = CliRunner()
SCAN = [sys.executable, "-c", "from scanner.commands.main import scan_images_main; scan_images_main()"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A copied photo, a clean one, a broken one, a page that calls itself an image, and a file that is none."""
    folder = tmp_path / "photos"
    (folder / "S1").mkdir(parents=True)
    (folder / "S1" / "copied.jpg").write_bytes(jpeg(photographs.astronaut()[50:400, 40:420], 60))
    (folder / "clean ключ.jpg").write_bytes(jpeg(photographs.rocket()[::2, ::2]))
    (folder / "broken.jpg").write_bytes(jpeg(photographs.coffee())[:400])
    (folder / "page.jpg").write_text("<html>")
    (folder / "notes.txt").write_text("none")
    return folder


def scan(store: Store, photos: Path, out: Path, *options: str) -> Any:
    arguments = [str(photos), "--store", str(store.root), "--out", str(out), "--workers", "1", *options]
    return runner.invoke(scan_images_app, arguments)


def rows(out: Path) -> dict[str, dict[str, Any]]:
    lines = (out / "verdicts.jsonl").read_text("utf-8").splitlines()
    return {Path(row["image"]).name: row for row in map(json.loads, lines)}


def test_every_image_has_a_row_and_unreadable_ones_exit_with_3(store: Store, photos: Path, tmp_path: Path) -> None:
    done = scan(store, photos, tmp_path / "out")
    found = rows(tmp_path / "out")
    assert done.exit_code == 3
    assert set(found) == {"copied.jpg", "clean ключ.jpg", "broken.jpg", "page.jpg"}
    assert found["copied.jpg"]["decision"] == "block"
    assert found["clean ключ.jpg"]["decision"] == "clear"
    assert found["broken.jpg"]["error"]["code"] == "truncated_image"
    assert "page.jpg" in found["page.jpg"]["error"]["message"]


def test_the_row_has_the_documented_keys(store: Store, photos: Path, tmp_path: Path) -> None:
    scan(store, photos / "S1", tmp_path / "out")
    row = rows(tmp_path / "out")["copied.jpg"]
    documented = {"image", "image_sha256", "listing_id", "seller_id", "market", "decision", "reason", "evidence"}
    documented |= {"authorization_ids", "index_revision", "policy", "scanned_at"}
    evidence = {"reference_id", "brand_id", "kind", "box", "quad", "hash_distance", "inliers", "confidence", "photo"}
    assert documented <= set(row)
    assert evidence <= set(row["evidence"][0])


def test_all_three_formats_are_written_unless_fewer_are_asked_for(store: Store, photos: Path, tmp_path: Path) -> None:
    scan(store, photos / "S1", tmp_path / "all")
    scan(store, photos / "S1", tmp_path / "lines", "--format", "jsonl")
    names = [{path.name for path in (tmp_path / out).iterdir()} for out in ("all", "lines")]
    assert names == [{"verdicts.jsonl", "verdicts.csv", "report.html", "runs.json"}, {"verdicts.jsonl", "runs.json"}]


def test_min_confidence_nought_shows_all_that_was_weighed(store: Store, photos: Path, tmp_path: Path) -> None:
    printed = Image.fromarray(photographs.astronaut())
    printed.paste(draw_logo("KEMPO", (20, 60, 160)).convert("RGB").resize((160, 80)), (300, 60))
    printed.save(photos / "S1" / "printed.png")
    scan(store, photos / "S1", tmp_path / "some", "--min-confidence", "0.9")
    scan(store, photos / "S1", tmp_path / "all", "--min-confidence", "0")
    shown, weighed = (len(rows(tmp_path / out)["printed.png"]["evidence"]) for out in ("some", "all"))
    assert 0 < shown < weighed


@pytest.mark.parametrize(("fail_on", "code"), [("block", 4), ("review", 4)])
def test_fail_on_exits_with_4(store: Store, photos: Path, tmp_path: Path, fail_on: str, code: int) -> None:
    assert scan(store, photos / "S1", tmp_path / "out", "--fail-on", fail_on).exit_code == code


def test_fail_on_is_not_met_by_clean_images(store: Store, photos: Path, tmp_path: Path) -> None:
    assert scan(store, photos / "clean ключ.jpg", tmp_path / "out", "--fail-on", "review").exit_code == 0


def test_folders_and_tables_say_whose_image_it_is(store: Store, photos: Path, tmp_path: Path) -> None:
    scan(store, photos, tmp_path / "a", "--path-pattern", "{seller_id}/{name}", "--format", "jsonl")
    table = tmp_path / "listings.csv"
    table.write_text("image,listing_id,seller_id,market\ncopied.jpg,L7,S9,FR\n")
    scan(store, photos, tmp_path / "b", "--listings", str(table), "--format", "jsonl")
    assert rows(tmp_path / "a")["copied.jpg"]["seller_id"] == "S1"
    row = rows(tmp_path / "b")["copied.jpg"]
    assert (row["listing_id"], row["seller_id"], row["market"]) == ("L7", "S9", "FR")


@pytest.mark.parametrize(
    "options",
    [[], ["--format", "pdf"], ["--policy", "gone.toml"], ["--listings", "gone.csv"], ["--path-pattern", "{x}"]],
)
def test_wrong_use_exits_with_2_and_one_line(store: Store, photos: Path, options: list[str]) -> None:
    arguments = ["--store", str(store.root), *options]
    done = runner.invoke(scan_images_app, [str(photos), *arguments] if options else arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_a_store_that_is_not_there_exits_with_2_and_says_how_to_begin(photos: Path, tmp_path: Path) -> None:
    done = scan(Store(tmp_path / "none"), photos, tmp_path / "out")
    assert done.exit_code == 2
    assert "markscan register" in done.output


def test_without_resume_the_earlier_results_are_kept_under_a_number(store: Store, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scan(store, photos / "S1", out)
    before = (out / "verdicts.jsonl").read_bytes()
    done = scan(store, photos / "clean ключ.jpg", out, "--format", "jsonl,csv")
    assert (out / "verdicts.1.jsonl").read_bytes() == before
    assert {path.name for path in out.iterdir()} == {
        *("verdicts.jsonl", "verdicts.csv", "verdicts.1.jsonl", "verdicts.1.csv", "report.1.html"),
        *("runs.json", "runs.1.json"),
    }
    assert set(rows(out)) == {"clean ключ.jpg"}
    assert "verdicts.1.jsonl, runs.1.json; --resume would have added to them" in done.stderr


def test_paths_without_an_image_are_named_and_touch_no_earlier_result(
    store: Store, photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "verdicts.jsonl").write_bytes(b"earlier\n")
    (tmp_path / "empty").mkdir()
    arguments = [str(photos), str(tmp_path / "photoz"), str(tmp_path / "empty"), "--store", str(store.root)]
    for options in ([], ["--resume"]):
        done = runner.invoke(scan_images_app, [*arguments, "--out", str(out), *options])
        assert done.exit_code == 2
        assert f"{tmp_path / 'photoz'} is not there; {tmp_path / 'empty'} holds no image" in done.stderr
    assert [(path.name, path.read_bytes()) for path in out.iterdir()] == [("verdicts.jsonl", b"earlier\n")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_and_what_is_passed_over_is_said(store: Store, photos: Path, tmp_path: Path) -> None:
    os.mkfifo(photos / "pipe.jpg")
    (photos / ".DS_Store").write_bytes(b"Bud1")
    done = scan(store, photos, tmp_path / "out", "--format", "jsonl")
    assert rows(tmp_path / "out")["pipe.jpg"]["error"]["code"] == "unreadable_file"
    assert "a named pipe" in rows(tmp_path / "out")["pipe.jpg"]["error"]["message"]
    assert "files of other kinds, passed over: 1 (.txt 1)" in done.stdout
    assert "files of operating systems, passed over: 1 (.DS_Store)" in done.stdout
    again = scan(store, photos, tmp_path / "out", "--format", "jsonl", "--resume")
    assert again.exit_code == 3
    assert len((tmp_path / "out" / "verdicts.jsonl").read_text("utf-8").splitlines()) == 5


def test_reports_that_cannot_be_written_are_named_and_the_rows_are_safe(
    store: Store, photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (out / "verdicts.csv").mkdir(parents=True)
    done = scan(store, photos / "S1", out)
    assert done.exit_code == 2
    assert f"{out / 'verdicts.csv'}: cannot be written (Is a directory)" in done.stderr
    assert f"All rows are safe in {out / 'verdicts.jsonl'}" in done.stderr
    assert (out / "report.html").exists()
    (out / "verdicts.csv").rmdir()
    assert scan(store, photos / "S1", out, "--resume").exit_code == 0
    assert (out / "verdicts.csv").exists()
    assert len((out / "verdicts.jsonl").read_text("utf-8").splitlines()) == 1


def test_resume_scans_what_is_missing_and_what_failed(store: Store, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    scan(store, photos, out, "--format", "jsonl")
    before = [line for line in (out / "verdicts.jsonl").read_bytes().splitlines() if b'"decision"' in line]
    (photos / "new.jpg").write_bytes(jpeg(photographs.chelsea()))
    (photos / "page.jpg").write_bytes(jpeg(photographs.coffee()))
    done = scan(store, photos, out, "--format", "jsonl", "--resume")
    after = (out / "verdicts.jsonl").read_bytes().splitlines()
    assert after[: len(before)] == before
    assert len(after) == len(rows(out)) == 5
    assert rows(out)["page.jpg"]["decision"] == "block"
    assert "rows kept: 2" in done.stderr
    assert "images scanned again: 2: 2 because it failed" in done.stderr
    assert done.exit_code == 3


def test_an_address_of_an_object_store_needs_a_cluster(store: Store, photos: Path, tmp_path: Path) -> None:
    done = scan(store, photos, tmp_path / "out", "s3://shop/listings")
    assert done.exit_code == 2
    assert "s3://shop/listings is an address of an object store: give --cluster auto, too" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("day.csv", (), "day.csv is a table of images: give --cluster auto, too, or the folder of the images, and"),
        ("day.parquet", (), "day.parquet is a table of images"),
        ("day.parquet", ("--listings",), "day.parquet is a Parquet table, which --cluster reads in place of images"),
    ],
)
def test_a_table_of_images_needs_a_cluster(
    store: Store, photos: Path, tmp_path: Path, name: str, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / name).write_text("image,seller_id\na.jpg,S1\n", "utf-8")
    done = scan(store, photos, tmp_path / "out", *words, str(tmp_path / name))
    assert done.exit_code == 2
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_index_that_is_damaged_during_a_scan_is_named_and_its_rows_are_scanned_again(
    store: Store, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Store(Path(shutil.copytree(store.root, tmp_path / "store")))
    damaged = index_file(place, "keypoints-photo.codes.npy")

    def examine_and_damage(*arguments: Any, **options: Any) -> Iterator[Any]:
        yield from examine_images(*arguments, **options)
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")

    with monkeypatch.context() as patched:
        patched.setattr("scanner.bulk.batch.examine_images", examine_and_damage)
        failed = scan(place, photos / "S1", tmp_path / "out", "--format", "jsonl")
    assert failed.exit_code == 1
    assert str(damaged) in failed.stderr
    assert "scan again with --resume" in failed.stderr
    mended = scan(place, photos / "S1", tmp_path / "out", "--format", "jsonl", "--resume")
    assert mended.exit_code == 0
    assert "rows kept: 0" in mended.stderr
    assert "images scanned again: 1" in mended.stderr


def test_resume_without_images_judges_by_the_listings_and_authorizations_of_now(
    store: Store, photos: Path, tmp_path: Path
) -> None:
    out, table, place = tmp_path / "out", tmp_path / "l.csv", Store(tmp_path / "store")
    shutil.copytree(store.root, place.root)
    scan(place, photos / "S1", out, "--format", "jsonl")
    shutil.rmtree(photos)
    table.write_text("image,seller_id\ncopied.jpg,S9\n")
    arguments = ["authorize", "--brand", "acme", "--seller", "S9", "--kinds", "photo", "--store", str(place.root)]
    assert runner.invoke(markscan, arguments).exit_code == 0
    done = scan(place, photos / "S1", out, "--format", "jsonl", "--resume", "--listings", str(table))
    assert (done.exit_code, rows(out)["copied.jpg"]["reason"]) == (0, "authorized")
    assert "listings: " in done.stderr
    assert "rows kept: 1, of which 1 have another verdict" in done.stderr


def test_resume_over_rows_of_a_later_version_says_to_update(store: Store, tmp_path: Path) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    (folder / "a.jpg").touch()
    out.mkdir()
    (out / "verdicts.jsonl").write_text('{"format": 2, "image": "a.jpg"}\n')
    done = scan(store, folder, out, "--resume", "--format", "jsonl")
    assert done.exit_code == 2
    assert "line 1: it has row format 2, and this Markscan reads up to 1; update Markscan" in done.output


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_killed_half_way_and_resumed_it_ends_with_the_same_verdicts(store: Store, tmp_path: Path) -> None:
    folder, whole, cut = tmp_path / "photos", tmp_path / "whole", tmp_path / "cut"
    folder.mkdir()
    for number in range(12):
        image = (photographs.astronaut() if number % 3 else photographs.rocket())[number * 4 :, :400]
        (folder / f"{number:02}.jpg").write_bytes(jpeg(image))
    scan(store, folder, whole, "--format", "jsonl")
    command = [*SCAN, str(folder), "--store", str(store.root), "--out", str(cut), "--workers", "2", "--format", "jsonl"]
    running = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not ((cut / "verdicts.jsonl").exists() and (cut / "verdicts.jsonl").read_bytes().count(b"\n") >= 3):
        assert time.monotonic() < deadline, "no rows came"
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    with (cut / "verdicts.jsonl").open("ab") as file:
        file.write(b'{"image": "half a row')
    assert scan(store, folder, cut, "--format", "jsonl", "--resume").exit_code == 0
    expected, found = rows(whole), rows(cut)
    for row in (*expected.values(), *found.values()):
        for name in ("scanned_at", "run"):
            row.pop(name, None)
    assert found == expected
    assert len((cut / "verdicts.jsonl").read_text().splitlines()) == 12


def test_rows_are_read_back_as_they_were_written(store: Store, photos: Path, tmp_path: Path) -> None:
    scan(store, photos, tmp_path / "out", "--min-confidence", "0")
    notes = set(RowNotes.model_fields)
    for line in (tmp_path / "out" / "verdicts.jsonl").read_text("utf-8").splitlines():
        fields = json.loads(line)
        assert json.loads(to_json(from_json(line))) == {name: fields[name] for name in fields if name not in notes}


def test_the_brand_owners_whole_way_ends_in_the_scans_verdict(photos: Path, tmp_path: Path) -> None:
    place, out = str(tmp_path / "store"), tmp_path / "out"
    logo = tmp_path / "acme.png"
    logo.write_bytes(png(draw_logo("ACME", (200, 30, 40))))
    shown = tmp_path / "S1.jpg"
    shown.write_bytes(jpeg(draw_logo("ACME", (250, 250, 250), ground=(20, 60, 40, 255)).rotate(10)))

    def say(*arguments: str) -> None:
        done = runner.invoke(markscan, [*arguments, "--store", place])
        assert done.exit_code == 0, done.output

    def decision() -> str:
        done = scan(Store(Path(place)), shown, out, "--path-pattern", "{seller_id}.jpg")
        assert done.exit_code == 0, done.output
        return str(rows(out)["S1.jpg"]["decision"])

    say(
        "register",
        "--brand",
        "acme",
        "--name",
        "Acme",
        "--owner",
        "Acme Ltd",
        "--contact",
        "ip@acme.example",
        str(logo),
    )
    assert decision() == "review"
    say("authorize", "--brand", "acme", "--seller", "S1")
    assert decision() == "clear"
    say("authorize", "--revoke", "1")
    assert decision() == "review"


def test_help_names_every_option_of_the_readme() -> None:
    text = runner.invoke(scan_images_app, ["--help"], env={"COLUMNS": "200"}).output
    for option in (
        "--store",
        "--listings",
        "--out",
        "--workers",
        "--policy",
        "--min-confidence",
        "--fail-on",
        "--demo",
    ):
        assert option in text


def test_recorded_scans_lie_in_the_store_with_their_evidence(store: Store, photos: Path, tmp_path: Path) -> None:
    place = Store(Path(shutil.copytree(store.root, tmp_path / "store")))
    assert scan(place, photos, tmp_path / "out", "--record", "--path-pattern", "{seller_id}/{name}").exit_code == 3
    with open_registry(place) as registry:
        records = Records(registry.database, place)
        subjects = [event.subject for event in registry.history() if event.what == "scan done"]
        kept = {Path(known.images[0].name).name: known for known in map(records.scan, subjects) if known is not None}
        assert {name: known.decision for name, known in kept.items()} == {
            "copied.jpg": "block",
            "clean ключ.jpg": "clear",
            "broken.jpg": "review",
            "page.jpg": "review",
        }
        copied = kept["copied.jpg"]
        assert copied.listing.seller_id == "S1"
        assert records.image(copied, 0) == (photos / "S1" / "copied.jpg").read_bytes()
        assert records.image(kept["clean ключ.jpg"], 0) is None


def test_what_is_not_recorded_is_not_in_the_store(store: Store, photos: Path, tmp_path: Path) -> None:
    scan(store, photos / "S1", tmp_path / "out")
    with open_registry(store) as registry:
        assert "scan done" not in {event.what for event in registry.history()}
