"""Checks that a bundle is as it was written, byte for byte, from the file alone; it unpacks nothing to disk.

It compares the parts with the manifest, and the zip with the one that its parts would make. A bundle that was forged as
a whole is found by the digest of the manifest.
"""

import hashlib
import io
import json
import stat
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from brand_index.errors import FileUnusable
from brand_index.files import open_regular
from scanner.moderation.evidence.bundle import (
    ALTERED,
    FORMAT,
    MANIFEST,
    MAX_BYTES,
    MAX_NAME,
    MAX_PARTS,
    Entry,
    Manifest,
    Part,
    bundle_digest,
    is_part_name,
    pack,
)

MAX_FILE: Final = MAX_BYTES + 4 * 2**20  # with the manifest, the README and the zip around the parts
MAX_MANIFEST: Final = 2**20  # bytes; of MAX_PARTS parts with the longest names it is 0.4 of this
_HEADER_BYTES: Final = 30  # before a part's name (PKWARE APPNOTE 6.3.10, 4.3.7)
_MAX_DIRECTORY: Final = (MAX_PARTS + 2) * (46 + MAX_NAME)  # bytes (4.3.12)
_END: Final = struct.Struct("<4s4H2LH")  # end of central directory (4.3.16)
_END_MARK, _LONG_END_MARK, _HEADER_MARK = b"PK\5\6", b"PK\6\7", b"PK\3\4"


@dataclass(frozen=True, slots=True)
class _Member:
    """A file in the zip's directory."""

    name: str
    data: bytes | None  # None: it cannot be read
    why: str | None  # why it cannot be read; None: it can


def bundle_faults(path: Path, digest: str | None = None) -> tuple[str, ...]:
    """Every fault of the bundle at `path`, in words; empty: no byte was changed.

    `digest` is the SHA-256 of the bundle, or the result of `bundle_digest`, when it was made; None: unknown, and then
    a bundle that was forged as a whole is not found. Raises FileUnusable where the file cannot be read.
    """
    data = _read(path)
    if data is None:
        return (f"more than {MAX_FILE:,} bytes exceed the limit of a bundle: it was not read",)
    return faults_in(data, digest)


def digests_of(path: Path) -> tuple[tuple[str, str], ...]:
    """What the file at `path` has a SHA-256 of, and that in hexadecimal: the bundle and its manifest.

    Without what cannot be read. Raises FileUnusable as `bundle_faults`.
    """
    data = _read(path)
    if data is None:
        return ()
    whole = ("the bundle", hashlib.sha256(data).hexdigest())
    try:
        return (whole, (f"its {MANIFEST}", bundle_digest(data)))
    except Exception:  # as below: zipfile raises many kinds of errors on damaged files
        return (whole,)


def _read(path: Path) -> bytes | None:
    """The bytes of a file; None: it is longer than a bundle may be."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise FileUnusable(f"{path}: not a regular file; give the path of a bundle")
        if found.st_size > MAX_FILE:
            return None
        with open_regular(path) as file:  # the path may have changed meanwhile
            return file.read(found.st_size + 1)  # a file that still grows is not a bundle
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise FileUnusable(f"{path}: cannot be read ({reason}); check that it exists and who may read it") from error


def faults_in(data: bytes, digest: str | None = None) -> tuple[str, ...]:
    """As `bundle_faults`, of the file's bytes."""
    whole = hashlib.sha256(data).hexdigest()
    if digest is not None and whole == digest.lower():
        digest = None  # of the bundle as a whole: its manifest is the one that was made
    end = _end_of_zip(data)
    if end is None:
        return ("it is not a zip, or its end is missing: get the file again",)
    faults = [] if end == len(data) else [f"{len(data) - end:,} bytes follow the end of the zip"]
    data = data[:end]
    if data[end - _END.size - 20 :].startswith(_LONG_END_MARK) or _END.unpack(data[-_END.size :])[5] > _MAX_DIRECTORY:
        return (*faults, "its directory exceeds the limit of a bundle: it was not read")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            refusal = _refusal(infos, len(data))
            if refusal is not None:
                return (*faults, refusal)
            members = [_member(archive, info) for info in infos]
    except Exception as error:  # zipfile raises many kinds of errors on damaged files
        return (*faults, f"the zip's directory is damaged ({str(error)!a})")
    before = 0
    if not data.startswith(_HEADER_MARK):
        before = max(0, min((info.header_offset for info in infos), default=0))
        faults += [f"{before:,} bytes precede the start of the zip"] if before else []
    faults += _faults_of_names(members)
    faults += [f"{_shown(each.name)} cannot be read ({each.why!a})" for each in members if each.data is None]
    manifest = next((each.data for each in members if each.name == MANIFEST and each.data is not None), None)
    if manifest is not None:
        found = hashlib.sha256(manifest).hexdigest()
        if digest is not None and found != digest.lower():
            both = f"the bundle's SHA-256 is {whole}, and that of its {MANIFEST} is {found}"
            faults.append(f"this is not the bundle with the SHA-256 {_shown(digest)}: {both}")
        faults += _faults_of_parts(manifest, members)
        faults += _faults_of_structure(manifest, members, data[before:])
    faults += _altered_before(next((each.data for each in members if each.name == ALTERED), None) or b"")
    return tuple(faults)


def _end_of_zip(data: bytes) -> int | None:
    """The offset at which the zip's last record ends; None: there is no such record."""
    whole = data[-_END.size :].startswith(_END_MARK)  # a number in the record may look like the mark
    start = len(data) - _END.size if whole else data.rfind(_END_MARK)
    return start + _END.size if 0 <= start <= len(data) - _END.size else None


def _refusal(infos: Sequence[zipfile.ZipInfo], length: int) -> str | None:
    """Why the parts are not read, in words; None: reading them costs no more than the length of the file."""
    if len(infos) > MAX_PARTS + 2:
        return f"{len(infos):,} parts exceed the limit of a bundle ({MAX_PARTS + 2:,}): none was read"
    packed = [
        info for info in infos if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size
    ]
    if packed:
        return f"{_shown(packed[0].filename)} is compressed, and parts of a bundle never are: none was read"
    declared = sum(info.file_size for info in infos)
    if declared > length:
        return f"the directory declares {declared:,} bytes in a file of {length:,}: none was read"
    return None


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    try:
        return _Member(info.filename, archive.read(info), None)
    except Exception as error:  # as above
        return _Member(info.filename, None, str(error) or type(error).__name__)


def _faults_of_names(members: Sequence[_Member]) -> Iterator[str]:
    counts = Counter(each.name for each in members)
    if MANIFEST not in counts:
        yield f"{MANIFEST} is missing: the contents cannot be checked"
    for name, count in counts.items():
        if count > 1:
            yield f"{_shown(name)} is contained {count} times"
        if not is_part_name(name):
            yield f"{_shown(name)} is not a valid name of a part"


def _faults_of_parts(data: bytes, members: Sequence[_Member]) -> Iterator[str]:
    try:
        manifest = _read_manifest(data)
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        yield f"{MANIFEST} cannot be read by this program ({ascii(str(error))[:MAX_NAME]})"
        return
    listed = {entry.name: entry for entry in manifest.parts}
    missing = [entry for name, entry in listed.items() if name not in {each.name for each in members}]
    actual = [Entry.of(each.name, each.data) for each in members if each.data is not None and each.name != MANIFEST]
    faults = [f"{_shown(entry.name)} is missing" for entry in missing]
    for entry in actual:
        fault = _fault_of_part(entry, listed.get(entry.name), missing)
        faults += [] if fault is None else [fault]
    yield from faults
    whole = replace(manifest, parts=tuple(sorted(actual, key=lambda entry: entry.name)))
    if not faults and len(actual) == len(members) - 1 and whole.to_json() != data:
        yield f"{MANIFEST} is not as this program writes it"


def _altered_before(data: bytes) -> Iterator[str]:
    """What the bundle itself says of files and rows that were altered before it was made."""
    for line in data.splitlines():
        try:
            said = json.loads(line)
            what, how = (str(said[name])[:MAX_NAME] for name in ("what", "how"))
        except (LookupError, RecursionError, TypeError, ValueError):
            yield f"{ALTERED} cannot be read by this program"
            return
        yield f"{what!a} was altered before the bundle was made: {how!a}"


def _fault_of_part(actual: Entry, listed: Entry | None, missing: Sequence[Entry]) -> str | None:
    """The fault of one part, in words; None: it has none."""
    name = _shown(actual.name)
    if listed is None:
        was = [entry.name for entry in missing if entry.sha256 == actual.sha256]
        return f"{name} is not in {MANIFEST}" + (f"; it is {_shown(was[0])} under another name" if was else "")
    if actual.length != listed.length:
        return f"{name} has {actual.length:,} bytes where {MANIFEST} says {listed.length:,}"
    if actual.sha256 != listed.sha256:
        return f"{name} was changed: its SHA-256 is {actual.sha256}, {MANIFEST} says {_shown(listed.sha256)}"
    return None


def _read_manifest(data: bytes) -> Manifest:
    """The manifest in these bytes; the caller checks that `Manifest.to_json` gives the same bytes."""
    if len(data) > MAX_MANIFEST:
        raise ValueError(f"it is over {MAX_MANIFEST:,} bytes")
    fields = json.loads(data)
    if fields["format"] != FORMAT:
        raise ValueError(f"format {fields['format']!r}, and this program knows {FORMAT}; use a newer one")
    made_at = datetime.fromisoformat(fields["made_at"])
    parts = tuple(Entry(str(each["name"]), int(each["length"]), str(each["sha256"])) for each in fields["parts"])
    manifest = Manifest(str(fields["case_id"]), made_at, str(fields["program"]), parts)
    manifest.to_json()  # fails if a time has no zone
    return manifest


def _faults_of_structure(manifest: bytes, members: Sequence[_Member], data: bytes) -> Iterator[str]:
    """Differences around the parts; empty if the parts cannot be repacked: other faults then say why."""
    parts = [Part(each.name, each.data) for each in members if each.data is not None and is_part_name(each.name)]
    if len(parts) < len(members) or len({part.name for part in parts}) < len(parts):
        return
    parts = [Part(MANIFEST, manifest), *sorted((p for p in parts if p.name != MANIFEST), key=lambda part: part.name)]
    packed = pack(manifest, parts[1:])
    if packed == data:
        return
    at = _first_difference(packed, data)
    end, where = 0, "in the zip's directory"
    for part in parts:
        end += _HEADER_BYTES + len(part.name) + len(part.data)
        if at < end:
            where = f"in the header of {part.name}, or the part is not in its place"
            break
    yield f"the zip around the parts is not as this program writes it, from byte {at:,} on: {where}"


def _first_difference(one: bytes, other: bytes) -> int:
    """The first offset at which they differ, or the shorter one ends."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _shown(text: str) -> str:
    """A word from the file in a form that is safe to show."""
    return text if is_part_name(text) else ascii(text[:MAX_NAME])
