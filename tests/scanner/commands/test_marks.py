"""Marks and their forms on the command line: registered, found in a photo, proposed, listed."""

import json
import shlex
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs

from brand_index.registry import Registry
from brand_index.types import Form
from scanner.commands.shell import ExitCode
from tests.conftest import draw_logo
from tests.scanner.commands.test_brand_owner import ACME, Shell, write_csv

BLUE = (20, 40, 120)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def photo(folder: Path) -> Path:
    """A photo with a badge on a suit."""
    path = folder / "suit.png"
    Image.fromarray(photographs.astronaut()).save(path)
    return path


def sign_and_word(folder: Path) -> Path:
    image = Image.new("RGBA", (1300, 340))
    image.paste(draw_logo("ACME", BLUE), (10, 10))
    ImageDraw.Draw(image).text((720, 70), "TARNVIK", fill=(*BLUE, 255), font=ImageFont.load_default(130))
    path = folder / "sign-and-word.png"
    image.save(path)
    return path


def forms(shell: Shell, mark: str = "sign") -> list[tuple[str, str, list[int] | None]]:
    assert shell("marks", "forms", "acme", mark, "--json") == ExitCode.DONE
    return [(each["form"], each["source_name"], each["source_region"]) for each in json.loads(shell.output)]


def test_artwork_and_a_region_of_a_photo_are_forms_of_one_mark(shell: Shell, tmp_path: Path) -> None:
    logo = tmp_path / "acme.png"
    draw_logo("ACME", BLUE).save(logo)
    assert shell("register", *ACME, "--mark", "sign", logo) == ExitCode.DONE
    region = ("--region", "370,315,450,385")
    assert shell("register", "--brand", "acme", "--mark", "Sign", *region, photo(tmp_path)) == ExitCode.DONE
    assert forms(shell) == [("artwork", "acme.png", None), ("in use", "suit.png", [370, 315, 450, 385])]


def test_marks_are_listed_with_the_number_of_their_forms(shell: Shell, tmp_path: Path) -> None:
    logo = tmp_path / "acme.png"
    draw_logo("ACME", BLUE).save(logo)
    assert shell("register", *ACME, "--mark", "sign", logo, "--word", "Tarnvik") == ExitCode.DONE
    assert shell("marks", "show", "acme") == ExitCode.DONE
    shown = [cell.strip() for cell in shell.output.splitlines()[3].split("│")[1:-1]]
    assert shown == ["1", "sign", "", "1", "0", "0", "Tarnvik"]


def test_of_a_brand_without_marks_a_sentence_says_so_and_how_to_register_one(shell: Shell, tmp_path: Path) -> None:
    assert shell("register", *ACME, "--kind", "photo", photo(tmp_path)) == ExitCode.DONE
    assert shell("marks", "show", "acme") == ExitCode.DONE
    assert shell.output.startswith(
        "acme has no marks, and 1 reference in force: `markscan register --brand acme --mark"
    )


def test_a_logo_of_no_mark_is_pointed_to(shell: Shell, tmp_path: Path) -> None:
    logo = tmp_path / "acme.png"
    draw_logo("ACME", BLUE).save(logo)
    assert shell("register", *ACME, logo) == ExitCode.DONE
    assert shell("marks", "show", "acme") == ExitCode.DONE
    assert "1 logo of no mark, such as acme-logo-" in shell.output


def test_parts_are_proposed_and_nothing_is_registered_unasked(shell: Shell, tmp_path: Path) -> None:
    assert shell("register", *ACME, "--mark", "sign", sign_and_word(tmp_path)) == ExitCode.DONE
    assert "seems to have 2 parts: register " in shell.output
    assert "--with-parts does it" in shell.output
    assert [form for form, *_ in forms(shell)] == ["artwork"]


def test_parts_are_registered_where_they_are_asked_for(shell: Shell, tmp_path: Path) -> None:
    artwork = sign_and_word(tmp_path)
    for _ in range(2):  # the second time they are there
        assert shell("register", *ACME, "--mark", "sign", "--with-parts", artwork) == ExitCode.DONE
    found = sorted(forms(shell), key=lambda each: each[2] or [])
    assert [form for form, *_ in found] == ["artwork", "part", "part"]
    assert found[1][2] == pytest.approx([17, 17, 643, 323], abs=4)
    assert found[2][2] == pytest.approx([720, 104, 1255, 201], abs=9)


def test_a_part_that_is_too_plain_is_refused_with_its_false_alarms(shell: Shell, tmp_path: Path) -> None:
    image = Image.new("RGBA", (1100, 340))
    image.paste(draw_logo("ACME", BLUE), (10, 10))
    ImageDraw.Draw(image).ellipse((760, 20, 1060, 320), fill=(*BLUE, 255))
    path = tmp_path / "sign-and-disc.png"
    image.save(path)
    assert shell("register", *ACME, "--mark", "sign", "--with-parts", path) == ExitCode.DONE
    assert "cannot stand alone: it is too plain: " in shell.output
    assert [form for form, *_ in forms(shell)] == ["artwork", "part"]


def test_parts_of_artwork_without_a_mark_share_a_new_one(shell: Shell, tmp_path: Path) -> None:
    assert shell("register", *ACME, "--with-parts", sign_and_word(tmp_path)) == ExitCode.DONE
    assert [form for form, *_ in forms(shell, "1")] == ["artwork", "part", "part"]


def test_regions_are_found_and_drawn_where_nobody_can_be_asked(shell: Shell, tmp_path: Path) -> None:
    image = photographs.astronaut()
    badge = draw_logo("ACME", BLUE, ground=(240, 240, 240, 255)).convert("RGB").resize((200, 100))
    image[380:480, 40:240] = badge
    path, drawn = tmp_path / "photo.png", tmp_path / "regions.png"
    Image.fromarray(image).save(path)
    assert shell("register", *ACME, "--find", "--annotated", drawn, path) == ExitCode.USAGE
    assert "give it with --region, such as --region " in shell.errors
    assert "1: " in shell.output
    with Image.open(drawn) as shown:
        assert shown.size == (512, 512)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--region", "1,2,3"], "give left,top,right,bottom in pixels"),
        (["--region", "9,2,3,4"], "left must be less than right"),
        (["--region", "0,0,40,40", "--find"], "choose one"),
        (["--region", "0,0,999,40"], "which has 512 x 512"),
        (["--form", "drawing"], "form 'drawing': give artwork, part, in use"),
        (["--form", "in-use", "--kind", "photo"], "a photo is no form of a mark"),
        (["--annotated", "x.png"], "--annotated is given without --find"),
        (["--mark", "7"], "mark '7' is a number: give a name"),
        (["--with-parts", "--region", "0,0,40,40"], "--with-parts: only artwork has parts"),
        (["--with-parts", "--form", "in-use"], "--with-parts: only artwork has parts"),
        (["--with-parts", "--form", "part"], "--with-parts: only artwork has parts"),
        (["--kind", "photo", "--mark", "sign"], "a photo shows no mark, and mark 'sign' is given"),
    ],
)
def test_what_a_person_probably_got_wrong_is_said(shell: Shell, tmp_path: Path, options: list[str], said: str) -> None:
    assert shell("register", *ACME, *options, photo(tmp_path)) in (ExitCode.USAGE, ExitCode.SOME_FAILED)
    assert said in shell.errors + shell.output


def test_a_region_of_two_images_is_refused(shell: Shell, tmp_path: Path) -> None:
    assert shell("register", *ACME, "--region", "0,0,40,40", photo(tmp_path), sign_and_word(tmp_path)) == ExitCode.USAGE
    assert "--region: name one image, not 2" in shell.errors


def test_a_csv_file_names_marks_forms_and_regions(shell: Shell, tmp_path: Path) -> None:
    photo(tmp_path)
    header = "brand,name,owner,contact,kind,path,mark,form,region"
    rows = ('acme,Acme,Acme Ltd,a@b.example,logo,suit.png,sign,in use,"370,315,450,385"',)
    wrong = ("acme,,,,photo,suit.png,,artwork,", 'acme,,,,logo,suit.png,sign,,"370,315,450"')
    assert shell("register", "--csv", write_csv(tmp_path, *rows, *wrong, header=header)) == ExitCode.SOME_FAILED
    assert "a photo is no form of a mark" in shell.errors
    assert "region '370,315,450': give left,top,right,bottom" in shell.errors
    assert forms(shell) == [("in use", "suit.png", [370, 315, 450, 385])]


def test_a_mark_is_renamed_and_found_by_brand_and_name_or_number(shell: Shell, tmp_path: Path) -> None:
    logo = tmp_path / "acme.png"
    draw_logo("ACME", BLUE).save(logo)
    assert shell("register", *ACME, "--mark", "sign", logo) == ExitCode.DONE
    assert shell("marks", "edit", "acme", "SIGN", "--name", "emblem") == ExitCode.DONE
    assert shell("marks", "edit", "acme", "1", "--nice", "25") == ExitCode.DONE
    with Registry.open(shell.store) as registry:
        assert [(each.name, each.nice) for each in registry.marks()] == [("emblem", frozenset({25}))]
        assert [each.form for each in registry.references()] == [Form.ARTWORK]
    assert shell("marks", "edit", "acme", "sign", "--nice", "9") == ExitCode.USAGE
    assert "no mark acme sign; it has emblem" in shell.errors


def two_logos_of_one_mark(shell: Shell, folder: Path) -> list[Path]:
    logos = [folder / "acme.png", folder / "tarnvik.png"]
    for logo in logos:
        draw_logo(logo.stem.upper(), BLUE).save(logo)
    assert shell("register", *ACME, "--no-audit", "--mark", "sign", *logos) == ExitCode.DONE
    return logos


def suggested(shell: Shell, after: str) -> list[str]:
    """The arguments of the command that a message suggests after these words."""
    return shlex.split(shell.errors.split(f"{after}: markscan ")[1].splitlines()[0].split(". For")[0])


@pytest.mark.parametrize(
    ("which", "marks"),
    [
        ("To change the mark, for all that show it", [("sign", "EM", 2)]),
        ("For this one alone", [("sign", None, 1), ("badge", "EM", 1)]),
    ],
)
def test_the_command_suggested_for_a_mark_of_several_logos_works(
    shell: Shell, tmp_path: Path, which: str, marks: list[tuple[str, str | None, int]]
) -> None:
    logo, _ = two_logos_of_one_mark(shell, tmp_path)
    given = ["--office", "EM", "--registration-number", "018"] + (["--mark", "badge"] if len(marks) > 1 else [])
    assert shell("register", "--brand", "acme", *given, logo) == ExitCode.SOME_FAILED
    assert shell(*suggested(shell, which)) == ExitCode.DONE
    with Registry.open(shell.store) as registry:
        shown = [each.mark_id for each in registry.references()]
        assert [(each.name, each.office, shown.count(each.mark_id)) for each in registry.marks()] == marks


def test_a_row_of_a_table_is_suggested_the_same_command(shell: Shell, tmp_path: Path) -> None:
    two_logos_of_one_mark(shell, tmp_path)
    header = "brand,name,owner,contact,kind,path,mark,nice"
    table = write_csv(tmp_path, "acme,,,,logo,acme.png,sign,25", "acme,,,,photo,acme.png,sign,", header=header)
    assert shell("register", "--csv", table) == ExitCode.SOME_FAILED
    assert "a photo shows no mark, and mark 'sign' is given" in shell.errors
    assert shell(*suggested(shell, "for all that show it")) == ExitCode.DONE


def test_a_name_of_two_words_without_quotation_marks_is_hinted_at(shell: Shell, tmp_path: Path) -> None:
    two_logos_of_one_mark(shell, tmp_path)
    assert shell("marks", "edit", "acme", "round", "badge", "--nice", "25") == ExitCode.USAGE
    assert "a name with spaces in quotation marks (acme 'round badge')" in shell.errors
