"""Which files in a folder are images, and what a walk says of all others."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from brand_index.errors import FileUnusable
from brand_index.images.finding import find_images
from brand_index.store import Store
from tests.conftest import draw_logo, png

IMAGE = png(draw_logo("x", (0, 0, 0)))


def found(folder: Path) -> list[str]:
    return [image.inside.as_posix() for image in find_images([folder]).images]


def written(path: Path, data: bytes = IMAGE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_folders_are_walked_in_order_with_names_of_every_script(tmp_path: Path) -> None:
    for name in ("b/ключ.jpg", "a/写真.png", "a/with space.webp"):
        written(tmp_path / name)
    assert found(tmp_path) == ["a/with space.webp", "a/写真.png", "b/ключ.jpg"]


def test_a_file_that_only_claims_to_be_an_image_is_found_so_that_it_is_reported(tmp_path: Path) -> None:
    written(tmp_path / "broken.jpg", b"no image")
    assert found(tmp_path) == ["broken.jpg"]


def test_an_image_without_a_suffix_is_found_and_other_files_are_counted(tmp_path: Path) -> None:
    written(tmp_path / "photo")
    written(tmp_path / "labels.csv", b"a,b")
    written(tmp_path / "logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    written(tmp_path / "empty", b"")
    assert found(tmp_path) == ["photo"]
    (said,) = find_images([tmp_path]).passed_over.sentences()
    assert said == "files of other kinds, passed over: 3 (without a suffix 1, .csv 1, .svg 1)"


def test_references_may_be_drawings_and_what_is_taken_for_one_is_found_to_be_refused(tmp_path: Path) -> None:
    written(tmp_path / "drawing", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    written(tmp_path / "empty.svg", b"")
    written(tmp_path / "leaflet.pdf", b"%PDF-1.7")
    written(tmp_path / "notes.txt", b"call the lawyer")
    walk = find_images([tmp_path], vector=True)
    assert [each.path.name for each in walk.images] == ["drawing", "empty.svg", "leaflet.pdf"]
    assert dict(walk.passed_over.others) == {".txt": 1}


def test_each_given_path_without_an_image_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    written(tmp_path / "texts" / "a.txt", b"text")
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    good = written(tmp_path / "a.png")
    given = [tmp_path / name for name in ("typo", "empty", "texts", "link")]
    walk = find_images([*given, good])
    with pytest.raises(FileUnusable) as refused:
        walk.refuse_empty()
    assert [f"{path} is not there" in str(refused.value) for path in given] == [True, False, False, False]
    assert [f"{path} holds no image" in str(refused.value) for path in given] == [False, True, True, False]
    assert f"{given[3]} is a link that leads nowhere" in str(refused.value)
    assert str(good) not in str(refused.value)
    walk.refuse_empty(but=frozenset(given))


def test_a_path_that_cannot_even_be_asked_for_is_refused_by_name() -> None:
    for path in (Path("a" * 5000), Path("a\0b")):
        with pytest.raises(FileUnusable, match="cannot be used"):
            find_images([path]).refuse_empty()


@pytest.mark.skipif(os.name != "posix", reason="only POSIX lets anybody make links")
def test_links_are_followed_and_a_circle_ends(tmp_path: Path) -> None:
    written(tmp_path / "shop" / "a.png")
    (tmp_path / "shop" / "round").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "link.png").symlink_to(tmp_path / "shop" / "a.png")
    (tmp_path / "a-link").symlink_to(tmp_path / "shop", target_is_directory=True)
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    walk = find_images([tmp_path])
    assert [(each.inside.as_posix(), each.fault is None) for each in walk.images] == [
        ("link.png", True),
        ("self.png", False),
        ("shop/a.png", True),
    ]
    assert {each.name for each in walk.passed_over.again} == {"round", "a-link"}
    assert "links to folders" in walk.passed_over.sentences()[0]


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX alone")
def test_a_name_that_is_no_unicode_is_found(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")).write_bytes(IMAGE)
    assert len(found(tmp_path)) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_only_regular_files_are_opened_and_others_with_an_images_suffix_are_faults(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "endless.png").symlink_to("/dev/zero")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing")
    (tmp_path / "shop").symlink_to(tmp_path / "nothing")
    (tmp_path / ".lock").symlink_to("host:1")
    written(tmp_path / "a.png")
    with socket.socket(socket.AF_UNIX) as listening:
        home = Path.cwd()
        os.chdir(tmp_path)  # the path of a socket is short
        try:
            listening.bind("socket.gif")
        finally:
            os.chdir(home)
        walk = find_images([tmp_path])
    assert {each.inside.as_posix(): each.fault for each in walk.images} == {
        "a.png": None,
        "endless.png": "a device",
        "gone.png": "No such file or directory",
        "pipe.jpg": "a named pipe",
        "shop": "No such file or directory",
        "socket.gif": "a socket",
    }
    (given,) = find_images([tmp_path / "pipe.jpg"]).images
    assert given.fault == "a named pipe", "also where it was given itself"
    assert walk.passed_over.others.total() == 2


def test_a_folder_that_cannot_be_listed_is_a_fault_and_the_others_are_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "a" / "1.png")
    written(tmp_path / "sub" / "2.png")
    listed = os.scandir

    def refusing(path: Path) -> "os._ScandirIterator[str]":  # root may read every folder
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refusing)
    walk = find_images([tmp_path])
    assert [(each.inside.as_posix(), each.fault) for each in walk.images] == [
        ("a/1.png", None),
        ("sub", "Permission denied"),
    ]
    with pytest.raises(FileUnusable, match=r"sub cannot be looked into \(Permission denied\)"):
        find_images([tmp_path / "sub"]).refuse_empty()


def test_what_systems_leave_beside_images_is_counted_and_no_image(tmp_path: Path) -> None:
    double = b"\0\5\26\7\0\2\0\0Mac OS X        " + bytes(80)
    for name in ("._a.jpg", ".DS_Store", "Thumbs.db", "__MACOSX/._a.jpg", "@eaDir/a.jpg", "sub/@eaDir/thumb.jpg"):
        written(tmp_path / name, double)
    written(tmp_path / "a.jpg")
    written(tmp_path / "._drawn.jpg")
    written(tmp_path / "._broken.jpg", b"half an image")
    assert found(tmp_path) == ["._broken.jpg", "._drawn.jpg", "a.jpg"], "a name alone hides no image"
    (said,) = find_images([tmp_path]).passed_over.sentences()
    assert said.startswith("files of operating systems, passed over: 6 (")


def test_a_store_is_known_by_what_is_in_it_and_passed_over(store: Store, tmp_path: Path) -> None:
    for name, wanted in {"plain": ("registry.db", "media"), "elsewhere": ("index", "media")}.items():
        for part in wanted:
            source = store.root / part
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, _made(tmp_path / name) / part)
    written(tmp_path / "media" / "a.png")
    written(tmp_path / "registry.db", b"no database")
    walk = find_images([tmp_path])
    assert [each.inside.as_posix() for each in walk.images] == ["media/a.png"]
    assert {each.name for each in walk.passed_over.stores} == {"plain", "elsewhere"}
    assert f"{tmp_path / 'plain'} is a store of Markscan: passed over" in walk.passed_over.sentences()
    with pytest.raises(FileUnusable, match="is a store of Markscan"):
        find_images([tmp_path / "plain"]).refuse_empty()


def test_results_of_a_scan_are_passed_over_and_images_beside_them_are_found(tmp_path: Path) -> None:
    for name in ("verdicts.jsonl", "verdicts.1.csv", "report.html", "runs.2.json"):
        written(tmp_path / "out" / name, b"rows")
        written(tmp_path / "elsewhere" / name.replace("verdicts.jsonl", "rows.jsonl"), b"rows")
    written(tmp_path / "out" / "a.png")
    walk = find_images([tmp_path])
    assert [each.inside.as_posix() for each in walk.images] == ["out/a.png"]
    assert f"{tmp_path / 'out'} holds results of a scan: these files are passed over" in walk.passed_over.sentences()
    assert walk.passed_over.others.total() == 4


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def test_an_image_that_several_paths_lead_to_is_found_once_and_a_link_by_another_name_too(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "a.png").write_bytes(IMAGE)
    (shop / "b.png").symlink_to(shop / "a.png")
    (tmp_path / "same").symlink_to(shop)
    found = find_images([shop, tmp_path / "same", shop / ".." / "shop" / "a.png"])
    assert [image.path for image in found.images] == [shop / "a.png", shop / "b.png"]
    assert found.empty == ()
    (sentence,) = found.passed_over.sentences()
    assert sentence.startswith("images that several of the given paths lead to, taken once: 3 (")
