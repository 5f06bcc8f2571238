"""Writes an evidence bundle: a zip with a manifest, the same bytes for the same inputs."""

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
ALTERED: Final = "altered.jsonl"  # what was altered before the bundle was made; empty: nothing
MAX_PARTS: Final = 1_000  # without the manifest and the README
MAX_BYTES: Final = 512 * 2**20  # of all parts, which are held in memory
MAX_NAME: Final = 200  # characters, of a part, a case and a program

_NAME = re.compile(
    r"(?:[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*/)*[A-Za-z0-9_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*"
)
_FIRST_MOMENT: Final = (1980, 1, 1, 0, 0, 0)  # of the zip format: the time of packing is not evidence
_README: Final = """\
This zip is the evidence of one case, made by Markscan, an open-source scanner.

manifest.json contains the case, when the zip was made (UTC) and by which program, and the name, the length in bytes and
the SHA-256 (FIPS 180-4) of every other part. The parts are stored without compression.

The maker of the zip keeps the SHA-256 of manifest.json, its digest, in a log. Ask for it: without the digest, a zip
that was forged as a whole cannot be recognized.

To verify the zip with Markscan, offline, run this command with the digest. It reports whether a byte was changed, and
where:

markscan evidence verify THE.zip --sha256 DIGEST

To verify it without Markscan, unpack it into an empty folder and run these commands there (macOS: shasum -a 256;
Windows: certutil -hashfile FILE SHA256 for each file, and compare):

sha256sum manifest.json       must print the digest
sha256sum README.txt          must print the SHA-256 of README.txt in manifest.json
sha256sum --check README.txt  must print OK for each part; it also warns that lines like these are no checksums

The folder must contain only these two files and the following.

"""


def is_part_name(name: str) -> bool:
    """Whether it is a relative path that every system can unpack inside the chosen folder."""
    return len(name) <= MAX_NAME and _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a bundle. Raises ValueError unless `is_part_name` accepts the name."""

    name: str  # ASCII letters, digits, - _ . and /
    data: bytes

    def __post_init__(self) -> None:
        """Refuse a name that not every system can unpack."""
        if not is_part_name(self.name):
            raise ValueError(f"{self.name[:MAX_NAME]!r} is not a valid name; use letters, digits, - _ . and / only")


@dataclass(frozen=True, slots=True)
class Entry:
    """The entry of a part in the manifest."""

    name: str
    length: int  # bytes
    sha256: str  # in hexadecimal

    @classmethod
    def of(cls, name: str, data: bytes) -> "Entry":
        """The entry of a part with these bytes."""
        return cls(name, len(data), hashlib.sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a bundle: its case, and all its other files, sorted by name."""

    case_id: str
    made_at: datetime  # UTC
    program: str  # name and version
    parts: tuple[Entry, ...]

    def to_json(self) -> bytes:
        """The manifest as JSON; equal manifests give equal bytes."""
        head = {"format": FORMAT, "case_id": self.case_id, "made_at": self.made_at.astimezone(UTC).isoformat()}
        parts = [asdict(part) for part in self.parts]
        return (json.dumps({**head, "program": self.program, "parts": parts}, indent=1) + "\n").encode("ascii")


def write_bundle(parts: Iterable[Part], case_id: str, made_at: datetime, program: str) -> bytes:
    """The bundle of a case as the bytes of a zip, the same for the same parts in any order.

    ValueError: two parts would unpack to one file, a part has the name of the manifest or the README, a limit is
    exceeded, or `made_at` has no time zone.
    """
    given = sorted(parts, key=lambda part: part.name)
    _check_together(given)
    if made_at.tzinfo is None or not all(0 < len(word) <= MAX_NAME for word in (case_id, program)):
        raise ValueError(
            f"case {case_id[:MAX_NAME]!r} of {program[:MAX_NAME]!r} at {made_at}: give all three, the time in UTC"
        )
    entries = [Entry.of(part.name, part.data) for part in given]
    sums = "".join(f"{entry.sha256}  {entry.name}\n" for entry in entries)
    readme = Part(README, (_README + sums).encode("ascii"))
    listed = sorted([*entries, Entry.of(README, readme.data)], key=lambda entry: entry.name)
    return pack(Manifest(case_id, made_at, program, tuple(listed)).to_json(), [*given, readme])


def pack(manifest: bytes, parts: Iterable[Part]) -> bytes:
    """A zip with this manifest and these parts; equal contents give equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for part in (Part(MANIFEST, manifest), *sorted(parts, key=lambda part: part.name)):
            info = zipfile.ZipInfo(part.name, _FIRST_MOMENT)
            info.create_system = 3  # Unix, whatever this machine is
            info.external_attr = 0o100644 << 16  # a plain file
            archive.writestr(info, part.data)
    return packed.getvalue()


def keep_bundle(path: Path, data: bytes) -> None:
    """Write a bundle, completely or not at all. Raises RegistryError where it cannot, or the path exists."""
    if path.exists():
        raise RegistryError(f"{path} exists, and evidence is never overwritten; choose another name")
    keep(path, data)


def bundle_digest(data: bytes) -> str:
    """The SHA-256, in hexadecimal, of a bundle's manifest; ValueError where there is none.

    The history keeps it, so that a bundle that was forged as a whole is found too.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return hashlib.sha256(archive.read(MANIFEST)).hexdigest()
    except (KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"not a bundle: it has no {MANIFEST} ({error})") from error


def _check_together(parts: Sequence[Part]) -> None:
    """Raises ValueError where parts would collide when unpacked, also on systems that ignore case."""
    if len(parts) > MAX_PARTS or sum(len(part.data) for part in parts) > MAX_BYTES:
        raise ValueError(f"a bundle has at most {MAX_PARTS:,} parts with {MAX_BYTES:,} bytes in total; split the case")
    taken = {MANIFEST.lower(), README.lower()}
    for part in parts:
        if part.name.lower() in taken:
            raise ValueError(f"there is a second {part.name}; give each part its own name")
        taken.add(part.name.lower())
    for part in parts:
        if any(str(folder).lower() in taken for folder in PurePosixPath(part.name).parents):
            raise ValueError(f"{part.name} is in a folder with the name of another part; rename one of them")
