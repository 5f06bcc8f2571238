"""A bundle is the same bytes for the same case, and no byte of it can be changed without being found out."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data as photographs
from typer.testing import CliRunner

from brand_index.errors import FileUnusable, RegistryError
from brand_index.registry.history import FIRST_DIGEST, Event, Head, digest_of
from brand_index.registry.history import faults as history_faults
from brand_index.types import Authorization, AuthorizationField, ReferenceKind
from scanner.commands.main import markscan
from scanner.engine.types import FailedImage
from scanner.moderation.evidence import (
    Overlay,
    Part,
    Versions,
    bundle_digest,
    bundle_faults,
    case_parts,
    faults_in,
    keep_bundle,
)
from scanner.moderation.evidence import write_bundle as write
from scanner.moderation.evidence.bundle import MANIFEST, MAX_BYTES, MAX_PARTS, README, is_part_name, pack
from scanner.moderation.evidence.checking import MAX_FILE
from scanner.verdicts.rows import ScannedImage, from_json
from scanner.verdicts.types import Decision, Listing, Reason, UnmetAuthorization, Verdict
from tests.conftest import jpeg

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROGRAM = "markscan 0.1.0"
PHOTO = jpeg(np.asarray(photographs.rocket(), np.uint8)[::8, ::8])
PARTS = (Part("b.txt", b"of b"), Part("a/photo.jpg", PHOTO), Part("empty", b""))


def bundle(parts: Sequence[Part] = PARTS) -> bytes:
    return write(parts, "case-1", NOW, PROGRAM)


BUNDLE = bundle()
DIGEST = bundle_digest(BUNDLE)
SMALL = bundle((Part("a", b"a"),))


def manifest_of(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(MANIFEST)


def parts_of(data: bytes) -> dict[str, Part]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: Part(name, archive.read(name)) for name in archive.namelist() if name != MANIFEST}


def repacked(
    change: Callable[[zipfile.ZipInfo], None], *, order: int = 1, more: Sequence[tuple[str, bytes]] = ()
) -> bytes:
    """The bundle's members as another program would pack them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BUNDLE)) as archive, zipfile.ZipFile(packed, "w") as other:
        for info in archive.infolist()[::order]:
            contents = archive.read(info)
            change(info)
            other.writestr(info, contents)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a second part with the same name
            for name, contents in more:
                other.writestr(zipfile.ZipInfo(name), contents)
    return packed.getvalue()


def test_a_right_bundle_has_no_fault(tmp_path: Path) -> None:
    keep_bundle(tmp_path / "case.zip", BUNDLE)
    assert bundle_faults(tmp_path / "case.zip", DIGEST) == ()
    assert bundle_faults(tmp_path / "case.zip", DIGEST.upper()) == ()
    assert bundle_faults(tmp_path / "case.zip") == ()


@given(st.lists(st.binary(max_size=200), max_size=6), st.text(min_size=1, max_size=20))
def test_whatever_is_in_it_a_bundle_that_was_just_written_has_no_fault(contents: list[bytes], case: str) -> None:
    data = write([Part(f"{place}.bin", each) for place, each in enumerate(contents)], case, NOW, PROGRAM)
    assert faults_in(data, bundle_digest(data)) == ()


def test_a_bundle_may_hold_a_bundle() -> None:
    assert faults_in(bundle((Part("z.zip", BUNDLE), Part("a.zip", SMALL)))) == ()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(BUNDLE) - 1), st.integers(1, 255))
def test_any_one_changed_byte_is_found(place: int, flip: int) -> None:
    assert faults_in(BUNDLE[:place] + bytes((BUNDLE[place] ^ flip,)) + BUNDLE[place + 1 :])


@pytest.mark.parametrize("flip", [1, 0x80, 0xFF])
def test_each_byte_of_a_small_bundle_counts(flip: int) -> None:
    changed = (SMALL[:place] + bytes((byte ^ flip,)) + SMALL[place + 1 :] for place, byte in enumerate(SMALL))
    assert [place for place, data in enumerate(changed) if not faults_in(data)] == []


def test_a_bundle_that_is_cut_off_anywhere_is_found() -> None:
    cut_off = ("it is not a zip, or its end is missing: get the file again",)
    assert [length for length in range(len(SMALL)) if faults_in(SMALL[:length]) != cut_off] == []
    assert [length for length in range(1, len(SMALL)) if not faults_in(SMALL[length:])] == []


def test_a_number_that_equals_the_end_marker_is_no_end() -> None:
    where = 0x06054B50  # of the directory, in a bundle of 101 MB
    faults = faults_in(SMALL[:-6] + where.to_bytes(4, "little") + bytes(2))
    assert faults[0].startswith("manifest.json cannot be read")


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=99), st.integers(0, len(SMALL)))
def test_bytes_that_were_put_in_anywhere_are_found(added: bytes, place: int) -> None:
    assert faults_in(SMALL[:place] + added + SMALL[place:])


def test_bytes_before_and_behind_are_counted() -> None:
    assert faults_in(b"#!/bin/sh\n" + BUNDLE) == ("10 bytes precede the start of the zip",)
    assert faults_in(BUNDLE + b"12345") == ("5 bytes follow the end of the zip",)


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\3\4", PHOTO, b"no zip" * 99, b"PK\5\6" + bytes(18)])
def test_what_is_no_bundle_at_all_is_said_to_be_none(data: bytes) -> None:
    assert len(faults_in(data)) == 1


@given(st.binary(max_size=300), st.binary(max_size=60))
def test_bytes_that_only_look_like_a_zip_are_faults_and_no_exception(start: bytes, end: bytes) -> None:
    assert faults_in(b"PK\3\4" + start + b"PK\1\2" + end + SMALL[-22:])


def test_a_file_that_the_system_does_not_give_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "none.zip", tmp_path, Path("a\0b"), Path(os.devnull)):
        with pytest.raises(FileUnusable):
            bundle_faults(path)


def test_a_part_that_was_removed_is_named() -> None:
    parts = parts_of(BUNDLE)
    del parts["a/photo.jpg"]
    assert faults_in(pack(manifest_of(BUNDLE), parts.values())) == ("a/photo.jpg is missing",)


def test_a_part_that_was_added_is_named() -> None:
    parts = [*parts_of(BUNDLE).values(), Part("c.txt", b"of c")]
    assert faults_in(pack(manifest_of(BUNDLE), parts)) == ("c.txt is not in manifest.json",)


def test_a_part_that_was_renamed_is_named_by_both_names() -> None:
    parts = [replace(part, name="c.txt") if part.name == "b.txt" else part for part in parts_of(BUNDLE).values()]
    expected = ("b.txt is missing", "c.txt is not in manifest.json; it is b.txt under another name")
    assert faults_in(pack(manifest_of(BUNDLE), parts)) == expected


@pytest.mark.parametrize("name", ["b.txt", MANIFEST])
def test_a_part_that_is_there_twice_is_named(name: str) -> None:
    same = manifest_of(BUNDLE) if name == MANIFEST else b"of b"
    assert f"{name} is contained 2 times" in faults_in(repacked(lambda info: None, more=[(name, same)]))


@pytest.mark.parametrize(("data", "fault"), [(b"of c", "b.txt was changed"), (b"of b!", "b.txt has 5 bytes")])
def test_a_part_that_was_changed_with_its_checksum_is_named(data: bytes, fault: str) -> None:
    parts = [replace(part, data=data) if part.name == "b.txt" else part for part in parts_of(BUNDLE).values()]
    (found,) = faults_in(pack(manifest_of(BUNDLE), parts))
    assert found.startswith(fault)


def test_a_part_whose_bytes_are_damaged_is_named() -> None:
    (found,) = faults_in(BUNDLE.replace(PHOTO, PHOTO[:-1] + b"\0"))
    assert found.startswith("a/photo.jpg cannot be read")


def test_a_bundle_without_its_manifest_is_found() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("b.txt", b"of b")
    (fault,) = faults_in(packed.getvalue())
    assert fault.startswith("manifest.json is missing")


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 100_000,
        manifest_of(BUNDLE).replace(b'"format": 1', b'"format": 2'),
        manifest_of(BUNDLE).replace(b'"length": 0', b'"length": 1e999'),
        manifest_of(BUNDLE).replace(b"2026-03-01T12:00:00+00:00", b"0001-01-01T00:00:00+09:00"),
        manifest_of(BUNDLE).replace(b'"program"', b'"programme"'),
        manifest_of(BUNDLE) + b" " * 2**20,
    ],
)
def test_a_manifest_that_is_none_is_found(manifest: bytes) -> None:
    (fault,) = faults_in(pack(manifest, parts_of(BUNDLE).values()))
    assert fault.startswith("manifest.json cannot be read by this program")


@pytest.mark.parametrize(
    "manifest",
    [
        json.dumps(json.loads(manifest_of(BUNDLE))).encode(),
        manifest_of(BUNDLE) + b"\n",
        manifest_of(BUNDLE).replace(b'"length": 0', b'"length": false'),
        manifest_of(BUNDLE).replace(b'"case-1"', b'"case-1", "note": "harmless"'),
        manifest_of(BUNDLE).replace(b'"case-1"', b'"case-2", "case_id": "case-1"'),
        manifest_of(BUNDLE).replace(b"12:00:00+00:00", b"12:00:00"),
        manifest_of(BUNDLE).replace(b"12:00:00+00:00", b"13:00:00+01:00"),
    ],
)
def test_a_manifest_that_says_the_same_in_other_bytes_is_found(manifest: bytes) -> None:
    assert faults_in(pack(manifest, parts_of(BUNDLE).values())) == ("manifest.json is not as this program writes it",)


@pytest.mark.parametrize("key", ["format", "case_id", "made_at", "program", "parts", "name", "length", "sha256"])
@pytest.mark.parametrize("value", [None, True, -1, 1e300, [], {}, ["b.txt"], {"b.txt": 1}])
def test_a_manifest_with_a_value_of_another_kind_is_a_fault_and_no_exception(key: str, value: object) -> None:
    fields = json.loads(manifest_of(BUNDLE))
    (fields if key in fields else fields["parts"][0])[key] = value
    manifest = (json.dumps(fields, indent=1) + "\n").encode("ascii")
    assert faults_in(pack(manifest, parts_of(BUNDLE).values()))


def test_a_zip_that_another_program_packed_is_found() -> None:
    assert repacked(lambda info: None) == BUNDLE, "else the others below would tell nothing"
    changes: tuple[Callable[[zipfile.ZipInfo], None], ...] = (
        lambda info: setattr(info, "date_time", (2026, 3, 1, 12, 0, 0)),
        lambda info: setattr(info, "comment", b"."),
        lambda info: setattr(info, "extra", b"\1\0\0\0"),
        lambda info: setattr(info, "external_attr", 0o100755 << 16),
        lambda info: setattr(info, "create_system", 0),
    )
    for data in (*map(repacked, changes), repacked(lambda info: None, order=-1)):
        (fault,) = faults_in(data)
        assert fault.startswith("the zip around the parts is not as this program writes it, from byte ")


def test_a_change_around_the_parts_is_placed() -> None:
    place = BUNDLE.index(PHOTO) - len("a/photo.jpg") - 20  # the time in its header
    (fault,) = faults_in(BUNDLE[:place] + b"\1" + BUNDLE[place + 1 :])
    assert fault.endswith(f"from byte {place:,} on: in the header of a/photo.jpg, or the part is not in its place")
    place = BUNDLE.rindex(b"a/photo.jpg") - 34  # the same in the directory
    (fault,) = faults_in(BUNDLE[:place] + b"\1" + BUNDLE[place + 1 :])
    assert fault.endswith(f"from byte {place:,} on: in the zip's directory")


def test_a_bundle_that_was_forged_as_a_whole_is_found_by_its_digest_alone() -> None:
    forged = bundle((Part("b.txt", b"of c"), *PARTS[1:]))
    assert faults_in(forged) == ()
    (fault,) = faults_in(forged, DIGEST)
    assert fault.startswith("this is not the bundle with the SHA-256")


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a\\evil", "\x1b[2Jevil", "dür", "folder/"])
def test_a_name_that_no_part_has_is_a_fault_and_is_shown_harmlessly(name: str) -> None:
    faults = faults_in(repacked(lambda info: None, more=[(name, b"")]))
    assert f"{name!a} is not a valid name of a part" in faults
    assert all(fault.isascii() and fault.isprintable() for fault in faults)


def deflated() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(50_000_000))
    return packed.getvalue()


def said_to_be_stored() -> bytes:
    data = deflated()
    at = data.index(b"PK\1\2")
    return data[: at + 10] + b"\0\0" + data[at + 12 :]


def overlapping() -> bytes:
    """One part of 1 MB that its directory names 900 times."""
    data = pack(bytes(1_000_000), ())
    at = data.index(b"PK\1\2")
    entry, end = data[at:-22], data[-22:]
    return data[:at] + entry * 900 + end[:12] + (len(entry) * 900).to_bytes(4, "little") + end[16:]


def many() -> bytes:
    return pack(b"", [Part(str(place), b"") for place in range(MAX_PARTS + 2)])


def vast(*, long: bool) -> bytes:
    """A directory of 400,000 parts, whose size its end says in the field of 4 bytes or in that of 8."""
    entry = pack(b"", ())[43:-22]
    assert entry.startswith(b"PK\1\2")
    size = 400_000 * len(entry)
    end = bytes(12) + size.to_bytes(4, "little") + bytes(6)
    if not long:
        return entry * 400_000 + b"PK\5\6" + end[4:]
    record = b"PK\6\6" + (44).to_bytes(8, "little") + bytes(28) + size.to_bytes(8, "little") + bytes(8)
    locator = b"PK\6\7" + bytes(4) + size.to_bytes(8, "little") + (1).to_bytes(4, "little")
    return entry * 400_000 + record + locator + b"PK\5\6" + bytes(18)


@pytest.mark.parametrize(
    "made", [deflated, said_to_be_stored, overlapping, many, lambda: vast(long=False), lambda: vast(long=True)]
)
def test_a_bomb_is_refused_without_being_read(made: Callable[[], bytes]) -> None:
    data = made()
    tracemalloc.start()
    (fault,) = faults_in(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "not read" in fault or "none was read" in fault
    assert peak < 3_000_000


@pytest.mark.parametrize(("field", "value"), [(10, 8), (24, 3)])
def test_a_part_that_is_said_to_be_compressed_is_refused(field: int, value: int) -> None:
    at = BUNDLE.rindex(b"b.txt") - 46  # its entry in the directory: the method, or the length without compression
    (fault,) = faults_in(BUNDLE[: at + field] + bytes((value,)) + BUNDLE[at + field + 1 :])
    assert fault.startswith("b.txt is compressed")


def test_a_file_that_is_larger_than_any_bundle_is_refused_without_being_read(tmp_path: Path) -> None:
    with (tmp_path / "vast.zip").open("wb") as file:
        file.truncate(MAX_FILE + 1)  # it takes no room on the disk
    tracemalloc.start()
    (fault,) = bundle_faults(tmp_path / "vast.zip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fault.endswith("it was not read")
    assert peak < 1_000_000


def test_a_bundle_of_as_many_parts_as_may_be_has_no_fault() -> None:
    name = "n" * 196
    assert faults_in(bundle([Part(f"{name}{place:04}", b"") for place in range(MAX_PARTS)])) == ()


def test_the_same_inputs_give_the_same_bytes() -> None:
    assert bundle(PARTS[::-1]) == BUNDLE
    assert write(PARTS, "case-1", NOW.astimezone(timezone(timedelta(hours=9))), PROGRAM) == BUNDLE
    assert len({BUNDLE, bundle(PARTS[1:]), write(PARTS, "case-2", NOW, PROGRAM)}) == 3


def test_bundles_that_were_made_years_ago_can_still_be_checked() -> None:
    packed = pack(b"{}\n", [Part("b/c.txt", b"of c"), Part("a.txt", b"of a")])
    sha256 = "29c90fcc6c0397e021b9d803c9d8b92c94e5ca23b99a67bdf0f890ba8832794d"
    assert hashlib.sha256(packed).hexdigest() == sha256, "zips are packed otherwise than in all releases before"


def test_the_manifest_comes_first_and_says_all_that_is_in_it() -> None:
    with zipfile.ZipFile(io.BytesIO(BUNDLE)) as archive:
        names = archive.namelist()
    manifest = json.loads(manifest_of(BUNDLE))
    assert names == [MANIFEST, README, "a/photo.jpg", "b.txt", "empty"]
    assert [part["name"] for part in manifest["parts"]] == names[1:]
    assert manifest["parts"][1] == {
        "name": "a/photo.jpg",
        "length": len(PHOTO),
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
    }
    assert [manifest[key] for key in ("format", "case_id", "made_at", "program")] == [
        1,
        "case-1",
        "2026-03-01T12:00:00+00:00",
        PROGRAM,
    ]
    assert hashlib.sha256(manifest_of(BUNDLE)).hexdigest() == DIGEST


@pytest.mark.parametrize("name", ["a", "a.b", "a/b.c/d-e_f.g", "_", "A" * 200])
def test_plain_relative_paths_name_parts(name: str) -> None:
    assert Part(name, b"").name == name


@pytest.mark.parametrize(
    "name",
    ["", "/a", "a/", "a//b", "..", "a/../b", "a..b", ".a", "-a", "a.", "a b", "ä", "a\\b", "a\n", "C:a", "A" * 201],
)
def test_other_names_are_refused(name: str) -> None:
    assert not is_part_name(name)
    with pytest.raises(ValueError, match="is not a valid name"):
        Part(name, b"")


@pytest.mark.parametrize(
    "names",
    [("a", "a"), ("a", "A"), ("manifest.json",), ("Readme.txt",), ("a", "a/b"), ("A/b/c", "a/B"), ("README.txt/a",)],
)
def test_parts_that_cannot_be_unpacked_beside_each_other_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"there is a second|is in a folder"):
        bundle([Part(name, b"") for name in names])


def test_a_bundle_that_is_too_large_to_be_checked_is_not_written() -> None:
    with pytest.raises(ValueError, match="split the case"):
        bundle([Part(str(place), b"") for place in range(MAX_PARTS + 1)])
    half = bytes(MAX_BYTES // 2)
    with pytest.raises(ValueError, match="split the case"):
        bundle([Part("a", half), Part("b", half), Part("c", b"c")])


@pytest.mark.parametrize(
    ("case", "made_at", "program"),
    [("", NOW, PROGRAM), ("c", NOW, ""), ("c" * 201, NOW, PROGRAM), ("c", NOW.replace(tzinfo=None), PROGRAM)],
)
def test_a_bundle_that_does_not_say_what_it_is_is_not_written(case: str, made_at: datetime, program: str) -> None:
    with pytest.raises(ValueError, match="give all three"):
        write(PARTS, case, made_at, program)


def test_a_kept_bundle_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "cases" / "case.zip"
    keep_bundle(path, BUNDLE)
    with pytest.raises(RegistryError, match="never overwritten"):
        keep_bundle(path, SMALL)
    assert path.read_bytes() == BUNDLE


@pytest.mark.parametrize("data", [b"", PHOTO, b"PK\5\6" + bytes(18)])
def test_what_is_no_bundle_has_no_digest(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a bundle"):
        bundle_digest(data)


def test_the_readme_says_how_to_verify_with_this_program(tmp_path: Path) -> None:
    keep_bundle(tmp_path / "THE.zip", BUNDLE)
    command = re.search(r"^markscan (.*)$", parts_of(BUNDLE)[README].data.decode("ascii"), re.MULTILINE)
    assert command is not None
    words = command[1].replace("THE.zip", str(tmp_path / "THE.zip")).split()
    for digest, code, said in ((DIGEST, 0, "no byte was changed"), ("0" * 64, 3, "this is not the bundle")):
        done = CliRunner().invoke(markscan, [word.replace("DIGEST", digest) for word in words])
        assert (done.exit_code, said in done.output) == (code, True)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is GNU's")
def test_the_readme_says_how_to_verify_without_this_program(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(BUNDLE)) as archive:
        archive.extractall(tmp_path)
    command = ["sha256sum", "--check", README]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["a/photo.jpg: OK", "b.txt: OK", "empty: OK"]
    (tmp_path / "b.txt").write_bytes(b"of c")
    assert subprocess.run(command, cwd=tmp_path, check=False, capture_output=True).returncode != 0


def sealed(event: Event, before: str) -> Event:
    return replace(event, digest=digest_of(event, before))


FIRST = sealed(Event(1, 7, NOW, "scan done", "s1", "{}", "local", '{"listing_id": "Ü-1"}', ""), FIRST_DIGEST)
SECOND = sealed(Event(2, 7, NOW, "case opened", "s1", "{}", "local", "{}", ""), FIRST.digest)
AUTHORIZATION = Authorization(
    *(3, "acme", "S1", frozenset(ReferenceKind), frozenset({"FR", "DE"}), None, date(2026, 1, 1), None, (), None),
    granted_at=NOW,
    revoked_at=None,
)
VERDICT = Verdict(
    Listing("L-1", "S1", "DE"), "a" * 64, Decision.BLOCK, Reason.PHOTO_COPIED, (), (), (), 7, "default", NOW
)
ROWS = (ScannedImage("a\udcff.jpg", VERDICT), FailedImage("b.jpg", "not_an_image", "b.jpg: no"))
VERSIONS = Versions(PROGRAM, (("embedder", "e" * 64), ("matcher", "f" * 64)), 7, "3.11.7")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def parts_of_case(
    decisions: Sequence[str] = ('{"by": "Ö",\n "decision": "block"}',), words: Sequence[bytes] = ()
) -> tuple[Part, ...]:
    return case_parts(
        images=[PHOTO, None, b"neither"],
        references=[SVG],
        words=words,
        overlays=[Overlay(3, "acme-photo-1f2e", "aligned-listing", b"\x89PNG\r\n\x1a\n")],
        rows=ROWS,
        versions=VERSIONS,
        policy='name = "default"  # Ä\n',
        held=[AUTHORIZATION],
        unmet=[UnmetAuthorization(3, AuthorizationField.NICE)],
        decisions=decisions,
        seller_notices=['{"points": 6}'],
        appeals=['{"form": "complaint"}', '{"form": "counter-notice"}'],
        documents=[b"a licence"],
        events=[FIRST, SECOND],
    )


def test_the_parts_of_a_case_are_named_by_place_content_and_format() -> None:
    short = [hashlib.sha256(data).hexdigest()[:16] for data in (PHOTO, b"neither", SVG, b"a licence")]
    assert [part.name for part in parts_of_case()] == [
        f"listing/01-{short[0]}.jpg",
        f"listing/03-{short[1]}.bin",
        f"reference/01-{short[2]}.svg",
        "overlay/03-acme-photo-1f2e-aligned-listing.png",
        "verdicts.jsonl",
        "versions.json",
        "policy.toml",
        "authorizations.json",
        "decisions.jsonl",
        "comments.jsonl",
        "seller_notices.jsonl",
        "appeals.jsonl",
        f"document/01-{short[3]}.bin",
        "altered.jsonl",
        "history.jsonl",
    ]
    assert faults_in(bundle(parts_of_case())) == ()
    assert parts_of_case() == parts_of_case()


@pytest.mark.parametrize("word", ["Tarnvik", "<svg xmlns='http://www.w3.org/2000/svg'/>", "GIF89a"])
def test_a_registered_word_is_a_text_though_it_reads_like_an_image(word: str) -> None:
    data = word.encode()
    parts = parts_of_case(words=[data])
    (kept,) = [part for part in parts if part.data == data]
    assert kept.name == f"reference/02-{hashlib.sha256(data).hexdigest()[:16]}.txt"
    assert faults_in(bundle(parts)) == ()


def test_the_parts_of_a_case_say_all_that_was_given() -> None:
    expected = {part.name: part.data.decode("utf-8") for part in parts_of_case()[4:]}
    assert tuple(map(from_json, expected["verdicts.jsonl"].splitlines())) == ROWS
    assert json.loads(expected["versions.json"])["models"][1] == {"name": "matcher", "sha256": "f" * 64}
    assert expected["policy.toml"] == 'name = "default"  # Ä\n'
    checked = json.loads(expected["authorizations.json"])
    assert checked["unmet"] == [{"authorization_id": 3, "field": "nice"}]
    assert [checked["held"][0][key] for key in ("kinds", "markets", "nice", "first_day", "granted_at")] == [
        ["logo", "photo", "word"],
        ["DE", "FR"],
        None,
        "2026-01-01",
        "2026-03-01T12:00:00+00:00",
    ]
    assert expected["seller_notices.jsonl"] == '{"points": 6}\n'
    assert len(expected["appeals.jsonl"].splitlines()) == 2
    assert expected["decisions.jsonl"] == '{"by": "Ö", "decision": "block"}\n'


def test_the_events_of_a_case_can_be_proved_from_its_bundle() -> None:
    lines = [json.loads(line) for line in parts_of_case()[-1].data.splitlines()]
    events = [Event(**line | {"at": datetime.fromisoformat(line["at"])}) for line in lines]
    assert events == [FIRST, SECOND]
    assert list(history_faults(events, Head(7, 2, SECOND.digest))) == []


def test_a_decision_may_name_a_file_that_is_no_unicode() -> None:
    (part,) = (part for part in parts_of_case([r'{"file": "a\udcff.jpg"}']) if part.name == "decisions.jsonl")
    assert json.loads(part.data) == {"file": "a\udcff.jpg"}


@pytest.mark.parametrize("decision", ["[]", "", '"block"', '{"share": NaN}'])
def test_a_decision_that_is_no_json_object_is_refused(decision: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|Expecting"):
        parts_of_case([decision])
