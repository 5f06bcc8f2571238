"""Marks and their forms in the console and over HTTP: registered by name, by region, and by the parts of artwork."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data as photographs

from brand_index.types import Form, ReferenceImage, ReferenceKind
from scanner.moderation.forms.admission import MOST_FORMS
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.settings import ServiceSettings
from tests.conftest import draw_logo, png
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import token_of
from tests.scanner.service.people import PASSWORD, Browsers

PAGE = "/console/brands/acme"
PHOTO = png(Image.fromarray(photographs.astronaut()))
NO_ROOM = "forms are learnt from confirmations only up to 20 forms of a mark"
BOX = {"left": "370", "top": "315", "right": "450", "bottom": "385"}


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    now, database = datetime.now(UTC), running.registry.database
    add_user(database, "of-acme", PASSWORD, Role.BRAND_OWNER, now, brands=frozenset({"acme"}))
    add_user(database, "of-bolt", PASSWORD, Role.BRAND_OWNER, now, brands=frozenset({"bolt"}))


def artwork(second: str, colour: tuple[int, int, int] = (20, 90, 60)) -> bytes:
    image = Image.new("RGBA", (1300, 340))
    image.paste(draw_logo("ACME", colour), (10, 10))
    ImageDraw.Draw(image).text((720, 70), second, fill=(*colour, 255), font=ImageFont.load_default(130))
    return png(image)


def forms(running: Running, name: str) -> list[ReferenceImage]:
    return [each for each in running.registry.references() if each.source_name == name]


def test_a_region_of_a_photo_is_registered_under_a_mark(running: Running, as_person: Browsers) -> None:
    owner = as_person("of-acme")
    fields = {"csrf": token_of(owner), "kind": "logo", "form": "in use", "mark": "badge"} | BOX
    shown = owner.post(f"{PAGE}/references", data=fields, files={"images": ("suit.png", PHOTO, "image/png")})
    assert "suit.png: registered" in shown.text
    (found,) = forms(running, "suit.png")
    assert (found.form, found.source_region) == (Form.IN_USE, (370, 315, 450, 385))
    assert "<h3>Mark badge</h3>" in shown.text
    assert "cut from suit.png at 370, 315, 450, 385" in owner.get(f"{PAGE}/{found.reference_id}").text


def test_a_box_outside_of_the_photo_is_refused_in_words(running: Running, as_person: Browsers) -> None:
    owner = as_person("of-acme")
    fields = {"csrf": token_of(owner), "kind": "logo", "form": "in use", "mark": "badge"} | BOX | {"right": "999"}
    shown = owner.post(f"{PAGE}/references", data=fields, files={"images": ("wide.png", PHOTO, "image/png")})
    assert "wide.png: refused. region 370,315,999,385: give left,top,right,bottom in pixels" in shown.text
    assert forms(running, "wide.png") == []


def test_parts_of_artwork_are_shown_and_those_that_are_ticked_are_registered(
    running: Running, as_person: Browsers
) -> None:
    owner = as_person("of-acme")
    files = {"images": ("two.png", artwork("TARNVIK"), "image/png")}
    shown = owner.post(f"{PAGE}/references", data={"csrf": token_of(owner), "kind": "logo", "mark": "two"}, files=files)
    assert "two.png seems to have 2 parts" in shown.text
    (whole,) = forms(running, "two.png")
    assert f'<image href="{PAGE}/{whole.reference_id}/large.webp" width="1300" height="340"' in shown.text
    region = shown.text.split('name="regions" value="')[1].split('"')[0]
    ticked = {"csrf": token_of(owner), "regions": region}
    assert "A part of two.png: registered" in owner.post(f"{PAGE}/{whole.reference_id}/parts", data=ticked).text
    (part,) = [each for each in forms(running, "two.png") if each.form is Form.PART]
    assert (part.mark_id, ",".join(map(str, part.source_region or ()))) == (whole.mark_id, region)


def test_another_brands_owner_registers_no_parts(running: Running, as_person: Browsers) -> None:
    other = as_person("of-bolt")
    (logo, *_) = [each for each in running.registry.references() if each.brand_id == "acme" and each.form]
    ticked = {"csrf": token_of(other), "regions": "0,0,10,10"}
    assert other.post(f"{PAGE}/{logo.reference_id}/parts", data=ticked).status_code == 403
    mine = other.post(f"/console/brands/bolt/{logo.reference_id}/parts", data=ticked)
    assert "brand bolt has no artwork" in mine.text


def test_the_api_registers_regions_and_parts(running: Running) -> None:
    url, headers = "/v1/brands/acme/references", running.as_role(Role.BRAND_OWNER)
    sent = {"kind": "logo", "mark": "api", "region": "370,315,450,386"}
    answer = running.http.post(url, data=sent, files={"image": ("suit-2.png", PHOTO)}, headers=headers).json()
    reference = answer["reference"]
    assert (reference["form"], reference["source_region"]) == ("in use", [370, 315, 450, 386])
    sent = {"kind": "logo", "mark": "api", "with_parts": "true"}
    files = {"image": ("three.png", artwork("NORDVIK", (120, 30, 60)))}
    again = running.http.post(url, data=sent, files=files, headers=headers)
    assert again.status_code == 201, again.text
    answer = again.json()
    assert [each["refused"] for each in answer["parts"]] == [None, None]
    assert [each["source_region"] for each in answer["part_references"]] == [each["region"] for each in answer["parts"]]
    assert {each["mark_id"] for each in answer["part_references"]} == {reference["mark_id"]}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "photo", "region": "0,0,40,40"}, "a photo is no form of a mark"),
        ({"kind": "photo", "with_parts": "true"}, "with_parts is sent with a photo"),
        ({"kind": "logo", "with_parts": "true", "form": "in-use"}, "with_parts is sent with a form in use"),
        ({"kind": "photo", "mark": "sign"}, "a photo shows no mark, and mark 'sign' is given"),
        ({"kind": "logo", "region": "0,0,40"}, "give left,top,right,bottom"),
        ({"kind": "logo", "form": "sketch"}, "give artwork, part, in use"),
    ],
)
def test_the_api_says_what_is_wrong_with_a_form(running: Running, fields: dict[str, str], said: str) -> None:
    headers = running.as_role(Role.BRAND_OWNER)
    answer = running.http.post(
        "/v1/brands/acme/references", data=fields, files={"image": ("a.png", PHOTO)}, headers=headers
    )
    assert answer.status_code == 422
    assert said in answer.text


def add_own_logos(running: Running, mark_id: int | None, count: int) -> None:
    """Give a mark so many more logos of its owner: one drawing in as many colours."""
    for number in range(count):
        data = png(draw_logo(f"MARK {mark_id}", (12 * number, 40, 200 - 10 * number)))
        sha256 = hashlib.sha256(data).hexdigest()
        running.store.keep(running.store.media_path(sha256, ".png"), data)
        running.registry.add_reference(
            brand="acme",
            kind=ReferenceKind.LOGO,
            sha256=sha256,
            suffix=".png",
            mark_id=mark_id,
            source_name=f"crowd-{number}.png",
            width=640,
            height=320,
            warnings=(),
            form=Form.IN_USE,
            now=datetime.now(UTC),
        )


def withdraw_all_of(running: Running, mark_id: int | None) -> None:
    """Take the logos of a mark out of force, so that the next index is small."""
    for each in running.registry.references():
        if each.mark_id == mark_id:
            running.registry.withdraw_reference(each.reference_id, datetime.now(UTC))


def test_the_api_warns_with_the_owners_twentieth_logo_of_a_mark_that_no_form_of_it_is_learnt(running: Running) -> None:
    headers = running.as_role(Role.BRAND_OWNER)

    def registered(word: str) -> dict[str, Any]:
        files = {"image": (f"{word}.png", artwork(word))}
        sent = {"kind": "logo", "mark": "full"}
        answer = running.http.post("/v1/brands/acme/references", data=sent, files=files, headers=headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    first = registered("FIRST")
    mark_id = first["reference"]["mark_id"]
    add_own_logos(running, mark_id, MOST_FORMS - 2)
    twentieth, next_one = registered("SECOND"), registered("THIRD")
    withdraw_all_of(running, mark_id)
    assert [any(NO_ROOM in each for each in said["warnings"]) for said in (first, twentieth, next_one)] == [
        False,
        True,
        False,
    ]
    assert any("mark 'full' of acme has 20 logos" in each for each in twentieth["warnings"])


def test_the_console_warns_with_the_owners_twentieth_logo_of_a_mark_that_no_form_of_it_is_learnt(
    running: Running, as_person: Browsers
) -> None:
    owner = as_person("of-acme")

    def registered(word: str) -> str:
        files = {"images": (f"{word}.png", artwork(word, (90, 20, 120)), "image/png")}
        fields = {"csrf": token_of(owner), "kind": "logo", "mark": "brimful"}
        shown = owner.post(f"{PAGE}/references", data=fields, files=files).text
        assert f"{word}.png: registered" in shown
        return str(shown)

    first = registered("FOURTH")
    (reference,) = forms(running, "FOURTH.png")
    add_own_logos(running, reference.mark_id, MOST_FORMS - 2)
    twentieth, next_one = registered("FIFTH"), registered("SIXTH")
    withdraw_all_of(running, reference.mark_id)
    assert [NO_ROOM in shown for shown in (first, twentieth, next_one)] == [False, True, False]
    assert "of acme has 20 logos that its owner registered" in twentieth
