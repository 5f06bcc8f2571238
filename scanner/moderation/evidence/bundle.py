"""One zip a case, the same bytes for the same inputs, with a manifest of all that is in it; it gathers no evidence."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from brand_index.errors import RegistryError
from brand_index.files import keep

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
README: Final = "README.txt"
MAX_PARTS: Final = 1_000  # beside the manifest and the README
MAX_BYTES: Final = 512 * 2**20  # of all parts; they are held in memory
MAX_NAME: Final = 200  # characters, of a part, a case and a program

_NAME = re.compile(
    r"(?:[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*/)*[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*"
)
_FIRST_MOMENT: Final = (1980, 1, 1, 0, 0, 0)  # of the zip format: when a part was packed is no evidence
_README: Final = """\
This zip is the evidence in one case, put together by Markscan, an open-source scanner.

manifest.json says which case it is, when the zip was made (UTC), by which program, and of every other part its name,
its length in bytes and its SHA-256 (FIPS 180-4). The parts are stored as they are, not compressed.

Whoever made the zip keeps the SHA-256 of manifest.json, its digest, in a log. Ask for it: without it nobody can tell a
zip that was forged as a whole from a true one.

To verify it with Markscan, which needs no network, run this with the digest. It says whether a byte was changed, and
where:

markscan evidence verify THE.zip --digest DIGEST

To verify it without Markscan, unpack it into an empty folder, and there run these (macOS: shasum -a 256; Windows: hash
each file by certutil -hashfile FILE SHA256, and compare):

sha256sum manifest.json       has to give the digest
sha256sum README.txt          has to give what manifest.json says of README.txt
sha256sum --check README.txt  has to say OK of each part; it also warns that lines like these are no checksums

No file may be in the folder but these two and the following.

"""


def is_part_name(name: str) -> bool:
    """Whether it is a relative path that every system can unpack, inside the folder it is told to."""
    return len(name) <= MAX_NAME and _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a bundle. ValueError where the name is no plain relative path, as in `is_part_name`."""

    name: str  # ASCII letters, digits, - _ . and /
    data: bytes

    def __post_init__(self) -> None:
        """Refuse what not every system can unpack."""
        if not is_part_name(self.name):
            raise ValueError(f"{self.name[:MAX_NAME]!r} cannot name a part; use letters, digits, - _ . and / only")


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manifest says of a part."""

    name: str
    length: int  # bytes
    sha256: str  # in hexadecimal

    @classmethod
    def of(cls, name: str, data: bytes) -> "Entry":
        """What is to be said of a part with these bytes."""
        return cls(name, len(data), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle is, and all that is in it beside the manifest, sorted by name."""

    case_id: str
    made_at: datetime  # UTC
    program: str  # name and version
    parts: tuple[Entry, ...]

    def to_json(self) -> bytes:
        """The only bytes that say this."""
        told = {"format": FORMAT, "case_id": self.case_id, "made_at": self.made_at.astimezone(UTC).isoformat()}
        parts = [asdict(part) for part in self.parts]
        return (json.dumps({**told, "program": self.program, "parts": parts}, indent=1) + "\n").encode("ascii")


def write_bundle(parts: Iterable[Part], case_id: str, made_at: datetime, program: str) -> bytes:
    """The bundle of a case as the bytes of a zip, the same for the same inputs in whatever order the parts come.

    ValueError: two parts would be one file when unpacked, a part is named as the manifest or the README is, the limits
    are passed, or `made_at` has no time zone.
    """
    given = sorted(parts, key=lambda part: part.name)
    _check_together(given)
    if made_at.tzinfo is None or not all(0 < len(word) <= MAX_NAME for word in (case_id, program)):
        raise ValueError(f"case {case_id[:MAX_NAME]!r} of {program[:MAX_NAME]!r} at {made_at}: say all, in UTC")
    entries = [Entry.of(part.name, part.data) for part in given]
    sums = "".join(f"{entry.sha256}  {entry.name}\n" for entry in entries)
    readme = Part(README, (_README + sums).encode("ascii"))
    listed = sorted([*entries, Entry.of(README, readme.data)], key=lambda entry: entry.name)
    return pack(Manifest(case_id, made_at, program, tuple(listed)).to_json(), [*given, readme])


def pack(manifest: bytes, parts: Iterable[Part]) -> bytes:
    """The only zip with this manifest and these parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for part in (Part(MANIFEST, manifest), *sorted(parts, key=lambda part: part.name)):
            info = zipfile.ZipInfo(part.name, _FIRST_MOMENT)
            info.create_system = 3  # Unix: else it is as the machine is
            info.external_attr = 0o100644 << 16  # a plain file
            archive.writestr(info, part.data)
    return packed.getvalue()


def keep_bundle(path: Path, data: bytes) -> None:
    """Write a bundle, whole or not at all. Raises RegistryError where it cannot be written or anything lies there."""
    if path.exists():
        raise RegistryError(f"{path} is there already, and evidence is never overwritten; choose another name")
    keep(path, data)


def bundle_digest(data: bytes) -> str:
    """SHA-256 in hexadecimal of a bundle's manifest; ValueError where there is none.

    Whoever made the bundle keeps it in the history, so that a bundle that was forged as a whole is found, too.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return hashlib.sha256(archive.read(MANIFEST)).hexdigest()
    except (KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"no bundle, it has no {MANIFEST} ({error})") from error


def _check_together(parts: Sequence[Part]) -> None:
    """Returns where the parts can be unpacked beside each other, also where upper and lower case are one."""
    if len(parts) > MAX_PARTS or sum(len(part.data) for part in parts) > MAX_BYTES:
        raise ValueError(f"a bundle has at most {MAX_PARTS:,} parts of {MAX_BYTES:,} bytes together; split the case")
    taken = {MANIFEST.lower(), README.lower()}
    for part in parts:
        if part.name.lower() in taken:
            raise ValueError(f"there is a second {part.name}; name each part differently")
        taken.add(part.name.lower())
    for part in parts:
        if any(str(folder).lower() in taken for folder in PurePosixPath(part.name).parents):
            raise ValueError(f"{part.name} lies in a folder that is named as a part is; rename one of them")
