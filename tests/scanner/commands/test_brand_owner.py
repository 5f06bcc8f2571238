"""The brand owner's commands as a person meets them: what they say, what they leave, how they exit."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from skimage import data as photographs
from typer.testing import CliRunner

from brand_index.index.published import current_folder
from brand_index.registration import auditing
from brand_index.store import Store
from scanner.commands.main import markscan as app
from scanner.commands.shell import ExitCode
from scanner.service.accounts.registry import open_registry
from tests.conftest import index_file, jpeg

ROOT = Path(__file__).parents[3]
ACME = ("--brand", "acme", "--name", "Acme", "--owner", "Acme Ltd", "--contact", "ip@acme.example")


class Shell:
    """Types commands on one store."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "store")
        self.output = ""
        self.errors = ""

    def __call__(self, command: str, *arguments: str | Path) -> int:
        result = CliRunner().invoke(app, [command, *map(str, arguments), "--store", str(self.store.root)])
        self.output, self.errors = result.stdout, result.stderr
        return result.exit_code

    def shown(self) -> Any:
        """What `brands --json` says."""
        assert self("brands", "--json") == ExitCode.DONE
        return json.loads(self.output)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def draw_logo(path: Path, seed: int = 0) -> Path:
    """A logo with enough in it to be recognized, another for every seed."""
    image = Image.new("RGBA", (256, 256))
    pen = ImageDraw.Draw(image)
    for number in range(12):
        x, y = 20 + 60 * (number % 4), 30 + 75 * (number // 4)
        sides = 3 + (number + seed) % 4
        pen.regular_polygon((x + 15, y + 15, 22), sides, rotation=7 * number + 11 * seed, fill=(10, 40 + seed, 90, 255))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def draw_blank(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (200, 200), "white").save(path)
    return path


def write_csv(folder: Path, *rows: str, header: str = "brand,name,owner,contact,kind,path") -> Path:
    path = folder / "brands.csv"
    path.write_text("\n".join((header, *rows)), "utf-8")
    return path


def test_a_logo_is_registered_and_said_to_be(shell: Shell, tmp_path: Path) -> None:
    assert shell("register", *ACME, draw_logo(tmp_path / "logo.png")) == ExitCode.DONE
    assert "logo.png: registered: acme-logo-" in shell.output
    assert "1 registered" in shell.output


def test_the_same_file_again_is_done_and_changes_nothing(shell: Shell, tmp_path: Path) -> None:
    logo = draw_logo(tmp_path / "logo.png")
    shell("register", *ACME, logo)
    before = shell.shown()
    assert shell("register", "--brand", "acme", logo) == ExitCode.DONE
    assert "already registered" in shell.output
    assert shell.shown() == before


def test_a_new_brand_must_say_who_it_is(shell: Shell, tmp_path: Path) -> None:
    assert shell("register", "--brand", "acme", "--name", "Acme", draw_logo(tmp_path / "a.png")) == ExitCode.USAGE
    assert "owner, contact" in shell.errors


def test_what_records_nothing_leaves_no_new_store_and_a_brand_that_is_near_is_named(
    shell: Shell, tmp_path: Path
) -> None:
    place, logo = shell.store.root, draw_logo(tmp_path / "a.png")
    shell.store = Store(place / "deep" / "stt")
    for wrong in (
        ("register", "--brand", "acm", logo),
        ("register", *ACME, draw_blank(tmp_path / "blank.png")),
        ("keys", "create", "--role", "brand-owner", "--name", "x", "--brands", "acme"),
    ):
        assert shell(*wrong) != ExitCode.DONE
        assert f"{shell.store.root} would be a new store" in shell.errors
        assert not place.exists()
    assert shell("brand", "add", "acme", *ACME[2:]) == ExitCode.DONE
    assert shell("register", "--brand", "acm", logo) == ExitCode.USAGE
    assert "owner, contact too; did you mean acme?" in shell.errors
    assert shell.store.root.is_dir()


def test_a_folder_is_walked_in_order_with_names_of_any_script(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "логотипы"
    names = ["a/ロゴ.png", "b.png", "c é.png"]
    for seed, name in enumerate(names):
        draw_logo(folder / name, seed)
    assert shell("register", *ACME, folder) == ExitCode.DONE
    lines = [line.split(": registered")[0] for line in shell.output.splitlines() if ": registered" in line]
    assert sorted(lines) == sorted(str(folder / name) for name in names)


def test_in_a_folder_other_kinds_are_counted_and_what_claims_to_be_an_image_is_refused(
    shell: Shell, tmp_path: Path
) -> None:
    draw_logo(tmp_path / "logos" / "logo.png")
    (tmp_path / "logos" / "notes.txt").write_text("call the lawyer")
    (tmp_path / "logos" / "._logo.png").write_bytes(b"\0\5\26\7" + bytes(80))
    assert shell("register", *ACME, tmp_path / "logos") == ExitCode.DONE
    assert "files of other kinds, passed over: 1 (.txt 1)" in shell.output
    assert "files of operating systems, passed over: 1 (._logo.png)" in shell.output
    (tmp_path / "logos" / "empty.png").touch()
    (tmp_path / "logos" / "page.jpg").write_text("<html>")
    (tmp_path / "logos" / "gone.svg").symlink_to(tmp_path / "nowhere.svg")
    assert shell("register", *ACME, tmp_path / "logos") == ExitCode.SOME_FAILED
    for name in ("empty.png", "page.jpg", "gone.svg"):
        assert f"{name}: refused: " in shell.errors
    assert "1 already registered, 3 refused" in shell.output


def test_a_folder_that_is_not_there_or_holds_no_image_is_named_and_makes_no_store(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    given = (tmp_path / "typo", tmp_path / "empty", draw_logo(tmp_path / "logo.png"))
    assert shell("register", *ACME, *given) == ExitCode.USAGE
    assert f"{given[0]} is not there; {given[1]} holds no image" in shell.errors
    assert not shell.store.root.exists()


def test_what_is_no_image_is_refused_where_it_was_named(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("call the lawyer")
    assert shell("register", *ACME, tmp_path / "notes.txt") == ExitCode.SOME_FAILED
    assert "notes.txt: refused" in shell.errors


def test_the_good_files_are_kept_beside_a_bad_one(shell: Shell, tmp_path: Path) -> None:
    blank, logo = draw_blank(tmp_path / "blank.png"), draw_logo(tmp_path / "logo.png")
    assert shell("register", *ACME, blank, logo) == ExitCode.SOME_FAILED
    assert "blank.png: refused: it is one flat colour" in shell.errors
    assert "1 registered, 1 refused" in shell.output
    assert len(shell.shown()["brands"][0]["references"]) == 1


def test_a_conflict_names_the_other_brand(shell: Shell, tmp_path: Path) -> None:
    logo = draw_logo(tmp_path / "logo.png")
    shell("register", *ACME, logo)
    code = shell("register", "--brand", "beta", "--name", "B", "--owner", "B", "--contact", "b@b.example", logo)
    assert code == ExitCode.DONE
    assert "acme registered the same file" in shell.output
    assert [(c["earlier_brand_id"], c["later_brand_id"]) for c in shell.shown()["conflicts"]] == [("acme", "beta")]


def test_a_weak_logo_is_warned_of(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "dot.png"
    image = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(image).ellipse((30, 30, 226, 226), fill="red")
    image.save(path)
    assert shell("register", *ACME, path) == ExitCode.DONE
    assert "warning: a plain shape" in shell.output


def test_quiet_leaves_the_summary_what_was_refused_and_that_a_store_was_made(shell: Shell, tmp_path: Path) -> None:
    shell("register", *ACME, "--quiet", draw_logo(tmp_path / "logo.png"), draw_blank(tmp_path / "blank.png"))
    assert len(shell.output.splitlines()) == 1
    refused, made = shell.errors.splitlines()
    assert made == f"made a new store at {shell.store.root}"
    assert "blank.png: refused" in refused


def test_the_mark_of_a_logo_is_recorded(shell: Shell, tmp_path: Path) -> None:
    mark = ("--office", "em", "--registration-number", "018123456", "--nice", "25, 35", "--vienna", "26.4.5")
    shell("register", *ACME, *mark, draw_logo(tmp_path / "logo.png"))
    (found,) = shell.shown()["brands"][0]["marks"]
    assert (found["office"], found["nice"], found["vienna"]) == ("EM", [25, 35], ["26.4.5"])


@pytest.mark.parametrize(
    "wrong",
    [
        ("--nice", "99"),
        ("--office", "EUIPO", "--registration-number", "1"),
        ("--vienna", "x"),
        ("--vienna", "99.99"),
        ("--office", "ZZ", "--registration-number", "1"),
        ("--kind", "video"),
        ("--kind", "photo", "--nice", "25"),
        ("--contact", ""),
        ("--office", "EM", "--registration-number", "1.8E+07"),
        ("--csv", "also.csv"),
    ],
    ids=lambda wrong: wrong[0],
)
def test_a_wrong_option_is_a_usage_error(shell: Shell, tmp_path: Path, wrong: tuple[str, ...]) -> None:
    assert shell("register", *ACME, *wrong, draw_logo(tmp_path / "logo.png")) == ExitCode.USAGE
    assert not shell.store.root.exists()


def test_a_table_registers_many_brands(shell: Shell, tmp_path: Path) -> None:
    draw_logo(tmp_path / "art" / "acme.png", 1)
    draw_logo(tmp_path / "art" / "beta.png", 2)
    table = write_csv(
        tmp_path,
        "acme,Acme,Acme Ltd,ip@acme.example,logo,art/acme.png,EM,018,25 35,26.4.5",
        'beta,"Beta, the second",Beta Ltd,ip@beta.example,photo,art/beta.png,,,,',
        header="brand,name,owner,contact,kind,path,office,registration_number,nice,vienna",
    )
    assert shell("register", "--csv", table) == ExitCode.DONE
    acme, beta = shell.shown()["brands"]
    assert (acme["marks"][0]["nice"], beta["name"]) == ([25, 35], "Beta, the second")


def test_bad_rows_are_named_by_line_and_the_good_ones_kept(shell: Shell, tmp_path: Path) -> None:
    draw_logo(tmp_path / "good.png")
    draw_blank(tmp_path / "blank.png")
    table = write_csv(
        tmp_path,
        "acme,Acme,Acme Ltd,ip@acme.example,logo,good.png",
        "",
        "acme,,,,film,good.png",
        "acme,,,,logo,blank.png",
        "Not A Slug,N,N,N,logo,good.png",
        "acme,,,,logo,none.png",
        "new,,,,logo,good.png",
        "acme,,,,photo,good.png",
    )
    assert shell("register", "--csv", table) == ExitCode.SOME_FAILED
    assert [line.split(":")[0] for line in shell.errors.splitlines()[:-1]] == [f"line {n}" for n in (4, 5, 6, 7, 8)]
    assert "2 registered, 5 refused" in shell.output


@pytest.mark.parametrize("registered", [True, False], ids=["the registry", "a row above"])
def test_a_table_that_contradicts_itself_or_the_registry_registers_nothing(
    shell: Shell, tmp_path: Path, registered: bool
) -> None:
    draw_logo(tmp_path / "logo.png")
    rows = ["acme,Acme,Acme Ltd,ip@acme.example,logo,logo.png", "acme,,Other Ltd,,logo,logo.png"]
    if registered:
        shell("register", *ACME, tmp_path / "logo.png")
    assert shell("register", "--csv", write_csv(tmp_path, *rows)) == ExitCode.USAGE
    where = "registered otherwise" if registered else "another in line 2"
    assert f"line 3: brand acme is {where}: owner 'Acme Ltd' is recorded, 'Other Ltd' is given" in shell.errors
    if not registered:
        assert not shell.store.root.exists()


def test_a_brand_is_edited_and_registering_it_otherwise_is_refused(shell: Shell, tmp_path: Path) -> None:
    logo = draw_logo(tmp_path / "logo.png")
    assert shell("brand", "add", "acme", *ACME[2:]) == ExitCode.DONE
    assert shell("register", "--brand", "acme", "--name", "Acme 2", logo) == ExitCode.USAGE
    assert "name 'Acme' is recorded, 'Acme 2' is given" in shell.errors
    assert "markscan brand edit acme --name 'Acme 2'" in shell.errors
    assert shell("brand", "edit", "acme", "--name", "Acme 2") == ExitCode.DONE
    assert shell("register", "--brand", "acme", "--name", "Acme 2", logo) == ExitCode.DONE
    assert shell("brand", "edit", "acne", "--name", "x") == ExitCode.USAGE
    assert "did you mean acme" in shell.errors


def test_a_mark_is_edited_by_its_reference_or_its_number(shell: Shell, tmp_path: Path) -> None:
    shell("register", *ACME, draw_logo(tmp_path / "logo.png"))
    reference = shell.shown()["brands"][0]["references"][0]["reference_id"]
    assert shell("marks", "edit", reference, "--office", "em", "--registration-number", "018") == ExitCode.DONE
    assert shell("marks", "edit", "EM", "018", "--nice", "25,35", "--expires", "2030-01-02") == ExitCode.DONE
    assert "shown by logo.png" in shell.output
    assert shell("marks", "edit", "EM", "018", "--clear", "expires") == ExitCode.DONE
    (found,) = shell.shown()["brands"][0]["marks"]
    assert (found["office"], found["nice"], found["expires"]) == ("EM", [25, 35], None)
    for wrong in (("EM", "99"), ("EM", "018"), ("EM", "018", "--nice", ""), ("x-logo-1", "--nice", "25")):
        assert shell("marks", "edit", *wrong) == ExitCode.USAGE
    assert shell("audit", "verify") == ExitCode.DONE


def test_a_mark_of_several_logos_is_edited_by_one_of_them_only_where_it_is_said_for_which(
    shell: Shell, tmp_path: Path
) -> None:
    for seed in range(2):
        draw_logo(tmp_path / "logos" / f"{seed}.png", seed)
    mark = ("--office", "EM", "--registration-number", "018")
    shell("register", *ACME, *mark, "--no-audit", tmp_path / "logos")
    first = shell.shown()["brands"][0]["references"][0]["reference_id"]
    assert shell("marks", "edit", first, "--nice", "25") == ExitCode.USAGE
    assert ".png too: give --all" in shell.errors
    assert shell("marks", "edit", first, "--nice", "25", "--all") == ExitCode.DONE
    assert "shown by 0.png, 1.png" in shell.output
    alone = ("--registration-number", "019", "--only-this")
    assert shell("marks", "edit", first, *alone, "--all") == ExitCode.USAGE
    assert shell("marks", "edit", first, *alone) == ExitCode.DONE
    assert shell("marks", "edit", first, "--nice", "9") == ExitCode.DONE


def test_several_are_withdrawn_and_reinstated_only_when_that_was_asked(shell: Shell, tmp_path: Path) -> None:
    for seed in range(2):
        draw_logo(tmp_path / "logos" / f"{seed}.png", seed)
    shell("register", *ACME, "--no-audit", tmp_path / "logos")
    both = [each["reference_id"] for each in shell.shown()["brands"][0]["references"]]
    assert shell("withdraw", *both) == ExitCode.USAGE
    assert "give --yes" in shell.errors
    assert shell("withdraw", "--yes", *both) == ExitCode.DONE
    assert f"markscan reinstate {' '.join(both)}" in shell.output
    assert shell("reinstate", "--yes", *both) == ExitCode.DONE
    assert [each["withdrawn_at"] for each in shell.shown()["brands"][0]["references"]] == [None, None]


def test_authorizations_go_out_and_come_in_as_one_table(shell: Shell, tmp_path: Path) -> None:
    shell("brand", "add", "acme", *ACME[2:])
    (tmp_path / "in.csv").write_text("brand,seller,until\nacme,S1,2099-12-31\nacme,S2,2020-01-01\n")
    assert shell("authorize", "--csv", tmp_path / "in.csv", "--dry-run") == ExitCode.SOME_FAILED
    assert shell("authorize", "--csv", tmp_path / "in.csv") == ExitCode.SOME_FAILED
    assert "nothing was recorded: 1 row is wrong" in shell.errors
    assert "line 3: wrong: the last day 2020-01-01 is past" in shell.errors
    assert shell.shown()["brands"][0]["authorizations"] == []
    assert shell("authorize", "--csv", tmp_path / "in.csv", "--partial") == ExitCode.SOME_FAILED
    assert shell("authorizations", "--brand", "acme", "--csv", tmp_path / "out.csv") == ExitCode.DONE
    assert shell("authorizations", "--csv", tmp_path / "out.csv") == ExitCode.USAGE
    assert shell("authorize", "--csv", tmp_path / "out.csv") == ExitCode.DONE
    assert "line 2: already authorized: authorization 1" in shell.output
    assert shell("authorize", "--csv", tmp_path / "none.csv") == ExitCode.USAGE


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["no mark", "byte order mark"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_as_spreadsheets_save_it_is_read(shell: Shell, tmp_path: Path, separator: str, start: bytes) -> None:
    draw_logo(tmp_path / "logo.png")
    rows = (
        ("Brand", "Name", "Owner", "Contact", "Kind", "Path"),
        ("acme", "Äcme", "A", "a@a.example", "logo", "logo.png"),
    )
    text = "\r\n".join(separator.join(row) for row in rows)
    (tmp_path / "brands.csv").write_bytes(start + text.encode())
    assert shell("register", "--csv", tmp_path / "brands.csv") == ExitCode.DONE
    assert shell.shown()["brands"][0]["name"] == "Äcme"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"brand,name\nacme,Acme\n", "no column owner, contact, kind;"),
        (b"", "no column brand"),
        (b"brand,name,owner,contact,kind\nacme,A,o,c,logo\n", "no column path"),
        ("brand,name,owner,contact,kind,path\nacme,Ä,o,c,logo,x\n".encode("latin-1"), "UTF-8"),
        (b"brand,name,owner,contact,kind,path,colour\n", "unknown column colour"),
    ],
    ids=["missing columns", "empty", "neither path nor word", "latin-1", "unknown column"],
)
def test_a_table_that_cannot_be_understood_is_a_usage_error(
    shell: Shell, tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "brands.csv").write_bytes(content)
    assert shell("register", "--csv", tmp_path / "brands.csv") == ExitCode.USAGE
    assert reason in shell.errors


def test_a_seller_is_authorized_and_the_authorization_revoked(shell: Shell, tmp_path: Path) -> None:
    shell("register", *ACME, draw_logo(tmp_path / "logo.png"))
    limits = ("--markets", "de,FR", "--nice", "25", "--from", "2026-01-01", "--until", "2099-12-31")
    assert shell("authorize", "--brand", "acme", "--seller", "S123", *limits) == ExitCode.DONE
    assert shell("authorize", "--revoke", "1") == ExitCode.DONE
    (given,) = shell.shown()["brands"][0]["authorizations"]
    assert (given["seller_id"], given["kinds"], given["markets"]) == ("S123", ["logo"], ["DE", "FR"])
    assert given["last_day"] == "2099-12-31"
    assert given["revoked_at"] is not None


def test_the_same_authorization_again_is_said_to_be_in_force_already(shell: Shell, tmp_path: Path) -> None:
    shell("register", *ACME, draw_logo(tmp_path / "logo.png"))
    shell("authorize", "--brand", "acme", "--seller", "S123")
    assert shell("authorize", "--brand", "acme", "--seller", "S123") == ExitCode.DONE
    assert "already authorized, authorization 1: logos; all markets" in shell.output


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--brand", "acne", "--seller", "S1"), "did you mean acme"),
        (("--brand", "acme"), "--seller"),
        (("--revoke", "1", "--brand", "acme"), "--revoke"),
        (("--revoke", "77"), "no authorization 77"),
        (("--brand", "acme", "--seller", "S1", "--kinds", "film"), "give logo, photo or word"),
        (("--brand", "acme", "--seller", "S1", "--markets", "UK"), "GB"),
        (("--brand", "acme", "--seller", "S1", "--from", "2026-02-01", "--until", "2026-01-31"), "before the first"),
        (("--brand", "acme", "--seller", "S1", "--until", "2020-01-01"), "2020-01-01 is past"),
        (("--brand", "acme", "--seller", "S1", "--from", "2019-01-01", "--until", "2020-01-01"), "2020-01-01 is past"),
        (("--brand", "acme", "--seller", " "), "seller is empty"),
        (("--brand", "acme", "--seller", "S\u200b1"), "ZERO WIDTH SPACE"),
        (("--brand", "acme", "--seller", "1,23457E+11"), "rewritten by a spreadsheet"),
        (("--brand", "acme", "--seller", "12345.0"), "rewritten by a spreadsheet"),
        (("--brand", "ACME", "--seller", "S1"), "no brand 'ACME'; did you mean acme?\n"),
        (("--brand", "acme", "--seller", "S1", "--markets", ""), "--markets is empty"),
        (("--brand", "acme", "--seller", "S1", "--nice", ","), "list of nothing"),
        (("--brand", "acme", "--seller", "S1", "--grantor", ""), "--grantor is empty"),
    ],
    ids=[
        "brand",
        "no seller",
        "two wishes",
        "number",
        "kind",
        "market",
        "days",
        "past",
        "both past",
        "blank",
        "unseen",
        "shortened",
        "a fraction",
        "capitals",
        "no market",
        "no class",
        "no grantor",
    ],
)
def test_an_authorization_that_cannot_be_recorded_is_a_usage_error(
    shell: Shell, tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    shell("register", *ACME, draw_logo(tmp_path / "logo.png"))
    assert shell("authorize", *arguments) == ExitCode.USAGE
    assert reason in shell.errors
    assert len(shell.errors.splitlines()) == 1


def test_a_withdrawn_reference_is_shown_with_its_day(shell: Shell, tmp_path: Path) -> None:
    shell("register", *ACME, draw_logo(tmp_path / "logo.png"))
    with open_registry(shell.store) as registry:
        (reference,) = registry.references()
    assert shell("withdraw", reference.reference_id) == ExitCode.DONE
    (shown,) = shell.shown()["brands"][0]["references"]
    assert shown["withdrawn_at"] is not None


def test_photos_that_are_registered_as_logos_are_named_in_one_warning_and_not_audited(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    for quality in range(70, 75):
        (tmp_path / "photos" / f"{quality}.jpg").write_bytes(jpeg(photographs.astronaut(), quality))
    assert shell("register", *ACME, tmp_path / "photos") == ExitCode.DONE
    assert "5 of the logos look like photos (70.jpg, 71.jpg, 72.jpg and 2 more)" in shell.errors
    assert "register them with --kind photo" in shell.errors
    assert shell.errors.count("look like") == 1
    assert "expected false alarms" not in shell.output


def test_the_ids_of_many_photos_that_are_registered_as_logos_are_in_a_file(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.commands.brands.audits.TYPED", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "photos").mkdir()
    for quality in (70, 71):
        (tmp_path / "photos" / f"{quality}.jpg").write_bytes(jpeg(photographs.astronaut(), quality))
    shell("register", *ACME, tmp_path / "photos")
    _, _, after = shell.errors.partition("xargs markscan withdraw --yes < ")
    listed = Path(after.split(";")[0])
    with open_registry(shell.store) as registry:
        assert sorted(listed.read_text().split()) == sorted(each.reference_id for each in registry.references())


def test_a_registered_photo_is_audited(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(photographs.astronaut(), 90))
    (tmp_path / "b.jpg").write_bytes(jpeg(photographs.astronaut()[40:460, 30:480], 90))
    assert shell("register", *ACME, "--kind", "photo", tmp_path / "a.jpg", tmp_path / "b.jpg") == ExitCode.DONE
    assert shell.output.count(": photograph; ") == 2
    assert shell.output.count("keypoints in place with acme-photo-") == 2


def test_the_photos_that_go_to_review_only_are_counted_in_the_plural_where_they_are_several(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(photographs.astronaut(), 90))
    for number in range(2):
        swatch = Image.new("RGB", (400, 400), (70 + 40 * number, 90, 160))
        ImageDraw.Draw(swatch).rectangle((60, 60, 340, 340), fill=(90, 70 + 40 * number, 40))
        swatch.save(tmp_path / f"cloth{number}.png")
    assert shell("register", *ACME, "--kind", "photo", tmp_path / "a.jpg", tmp_path / "cloth0.png") == ExitCode.DONE
    assert "look" not in shell.errors  # plain cloth is no logo
    assert "audited 2 photos (1 plain image, 1 photograph): 1 of them goes to review only" in shell.output
    assert shell("register", "--brand", "bolt", *ACME[2:], "--kind", "photo", tmp_path) == ExitCode.DONE
    assert "audited 3 photos (2 plain images, 1 photograph): 2 of them go to review only" in shell.output


def test_the_table_counts_what_is_in_force(shell: Shell, tmp_path: Path) -> None:
    for seed in range(3):
        draw_logo(tmp_path / "logos" / f"{seed}.png", seed)
    shell("register", *ACME, "--kind", "photo", tmp_path / "logos")
    shell("authorize", "--brand", "acme", "--seller", "S1")
    shell("authorize", "--brand", "acme", "--seller", "S2")
    shell("authorize", "--revoke", "2")
    assert shell("brands") == ExitCode.DONE
    (row,) = [line for line in shell.output.splitlines() if "acme " in line]
    assert [cell.strip() for cell in row.split("│")[5:-1]] == ["0", "0", "3", "0", "1", "0"]


@pytest.mark.parametrize("command", ["brands", "index", "withdraw", "authorize"])
def test_a_store_without_a_registry_is_named_and_not_made(shell: Shell, command: str) -> None:
    arguments = {"withdraw": ("acme-logo-0",), "authorize": ("--revoke", "1")}.get(command, ())
    assert shell(command, *arguments) == ExitCode.USAGE
    assert str(shell.store.root) in shell.errors
    assert not shell.store.root.exists()


def test_the_store_is_the_one_that_the_environment_names(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKSCAN_STORE", str(tmp_path / "elsewhere"))
    CliRunner().invoke(app, ["register", *ACME, str(draw_logo(tmp_path / "logo.png"))])
    assert (tmp_path / "elsewhere" / "registry.db").exists()


def run_script(name: str, *arguments: str | Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts" / name), *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_the_scripts_are_the_same_commands_from_any_folder(tmp_path: Path) -> None:
    draw_logo(tmp_path / "логотип.png")
    draw_blank(tmp_path / "blank.png")
    done = run_script("register_logos.py", *ACME, "логотип.png", "blank.png", folder=tmp_path)
    assert done.returncode == ExitCode.SOME_FAILED
    refused, made = done.stderr.splitlines()
    assert made == f"made a new store at {tmp_path / 'markscan-store'}"
    assert refused == "blank.png: refused: it is one flat colour; give an image that shows something"
    assert run_script("authorize_seller.py", "--brand", "acme", "--seller", "S1", folder=tmp_path).returncode == 0
    listed = run_script("list_brands.py", "--json", folder=tmp_path)
    assert json.loads(listed.stdout)["brands"][0]["references"][0]["source_name"] == "логотип.png"


@pytest.mark.parametrize("name", ["register_logos.py", "authorize_seller.py", "list_brands.py", "build_index.py"])
def test_every_script_explains_itself_and_its_exit_codes(name: str, tmp_path: Path) -> None:
    done = run_script(name, "--help", folder=tmp_path)
    assert done.returncode == 0
    assert "Exit codes" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only there may a file name be bytes of no encoding")
def test_a_file_name_of_no_encoding_is_registered(shell: Shell, tmp_path: Path) -> None:
    plain = draw_logo(tmp_path / "logos" / "logo.png")
    os.rename(os.fsencode(plain), os.fsencode(plain.parent) + b"/l\xf6go.png")  # noqa: PTH104 - Path takes no bytes
    assert shell("register", *ACME, plain.parent) == ExitCode.DONE
    assert shell.shown()["brands"][0]["references"][0]["source_name"] == "l�go.png"


def test_an_index_is_built_and_its_place_is_named(shell: Shell, tmp_path: Path) -> None:
    shell("register", *ACME, draw_logo(tmp_path / "logo.png"))
    assert shell("index") == ExitCode.DONE
    assert "was built" in shell.output
    built = current_folder(shell.store)
    assert str(built) in shell.output
    assert shell("index") == ExitCode.DONE
    assert "nothing was built" in shell.output
    index_file(shell.store, "hues.npy").write_bytes(b"")
    assert shell("index") == ExitCode.DONE
    assert "was built" in shell.output
    assert current_folder(shell.store) != built


def test_where_too_many_are_registered_to_compare_each_new_one_with_none_is_audited_and_that_is_said(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "MOST_COMPARED", 1)
    logos = [draw_logo(tmp_path / f"{seed}.png", seed) for seed in range(2)]
    assert shell("register", *ACME, logos[0]) == ExitCode.DONE
    assert "expected false alarms" in shell.output
    assert shell("register", *ACME, logos[1]) == ExitCode.DONE
    assert "2 logos are registered, too many to compare each new one with: none is audited" in shell.output
    assert "expected false alarms" not in shell.output


def test_a_table_that_was_registered_in_part_goes_on_with_the_rest(shell: Shell, tmp_path: Path) -> None:
    rows = [f"acme,Acme,Acme Ltd,ip@acme.example,logo,{draw_logo(tmp_path / f'{n}.png', n).name}" for n in range(3)]
    shell("register", "--csv", write_csv(tmp_path, *rows[:2]))
    assert shell("register", "--csv", write_csv(tmp_path, *rows)) == ExitCode.DONE
    assert "1 registered, 2 already registered" in shell.output
