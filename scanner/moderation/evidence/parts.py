"""The parts of an evidence bundle: images, overlays, verdicts, authorizations, decisions, each as a file."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from brand_index.images.formats import recognize
from brand_index.images.vector import is_svg
from brand_index.registry.history import Event
from brand_index.types import Authorization
from scanner.moderation.evidence.bundle import ALTERED, Part
from scanner.verdicts.rows import Row, to_json
from scanner.verdicts.types import UnmetAuthorization

_SUFFIXES: Final = {"JPEG": ".jpg", "TIFF": ".tif", "HEIF": ".heic"}  # of the others: the format's name


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of what examined and judged a case."""

    program: str
    models: tuple[tuple[str, str], ...]  # name and SHA-256 in hexadecimal of each file of weights
    index_revision: int
    python: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """A drawing of one thing that was seen in one image of the listing."""

    image: int  # its place in the listing, from 1, as the image's own part is numbered
    reference_id: str  # that it was matched with; "concealed-mark" where a patch conceals a mark
    shows: str  # "listing", match outlined; "aligned-listing", warped onto the reference; "aligned-reference"
    data: bytes


@dataclass(frozen=True, slots=True)
class Altered:
    """A file or a row that is not as it was recorded when the bundle was made."""

    what: str  # such as "listing 1", "reference acme-…", "document 2" or "the row 3 of case_decisions"
    how: str


def case_parts(
    *,
    images: Sequence[bytes | None],
    references: Sequence[bytes],
    words: Sequence[bytes] = (),
    overlays: Iterable[Overlay],
    rows: Iterable[Row],
    versions: Versions,
    policy: str,
    held: Iterable[Authorization],
    unmet: Iterable[UnmetAuthorization],
    decisions: Iterable[str],
    comments: Iterable[str] = (),
    seller_notices: Iterable[str] = (),
    appeals: Iterable[str] = (),
    documents: Sequence[bytes | None] = (),
    altered: Iterable[Altered] = (),
    events: Iterable[Event],
) -> tuple[Part, ...]:
    """The parts of a case.

    `images` of the listing in its order (None: no longer kept; it keeps its place), `references` as registered,
    `words` likewise, which were registered as texts and not as images, `overlays` by image and reference, `rows` of the
    verdicts, `policy` the text of its file, `held` all authorizations of the seller by these brands, `unmet` why each
    did not cover, `decisions` and `comments` of people,
    `seller_notices` and `appeals` as JSON objects (ValueError: one is none), `documents` of the appeals in their order,
    `altered` what is not as it was recorded: files of it are left out, and `events` of the history that concern the
    case.
    """
    authorizations = {"held": [asdict(each) for each in held], "unmet": [asdict(each) for each in unmet]}
    seals = asdict(versions) | {"models": [{"name": name, "sha256": sha256} for name, sha256 in versions.models]}
    return (
        *_image_parts("listing", images),
        *_image_parts("reference", references),
        *_word_parts("reference", words, first=len(references) + 1),
        *(_overlay_part(each) for each in overlays),
        Part("verdicts.jsonl", "".join(f"{to_json(row)}\n" for row in rows).encode("utf-8")),
        Part("versions.json", _json(seals)),
        Part("policy.toml", policy.encode("utf-8")),
        Part("authorizations.json", _json(authorizations)),
        *(
            Part(f"{name}.jsonl", b"".join(_json(_json_object(each)) for each in texts))
            for name, texts in (
                ("decisions", decisions),
                ("comments", comments),
                ("seller_notices", seller_notices),
                ("appeals", appeals),
            )
        ),
        *_image_parts("document", documents),
        Part(ALTERED, b"".join(_json(asdict(each)) for each in altered)),
        Part("history.jsonl", b"".join(_json(asdict(event)) for event in events)),
    )


def _image_parts(folder: str, images: Sequence[bytes | None]) -> Iterable[Part]:
    for place, data in enumerate(images, start=1):
        if data is not None:
            yield Part(f"{folder}/{place:02}-{hashlib.sha256(data).hexdigest()[:16]}{_suffix(data)}", data)


def _word_parts(folder: str, words: Sequence[bytes], first: int) -> Iterable[Part]:
    """Texts keep their suffix, whatever they contain: a word may look like the first bytes of an image."""
    for place, data in enumerate(words, start=first):
        yield Part(f"{folder}/{place:02}-{hashlib.sha256(data).hexdigest()[:16]}.txt", data)


def _overlay_part(overlay: Overlay) -> Part:
    name = f"{overlay.image:02}-{overlay.reference_id}-{overlay.shows}"
    return Part(f"overlay/{name}{_suffix(overlay.data)}", overlay.data)


def _suffix(data: bytes) -> str:
    named = recognize(data) or ("SVG" if is_svg(data) else "bin")
    return _SUFFIXES.get(named, f".{named.lower()}")


def _json_object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError(f"not a JSON object: {text[:80]!r}")
    return found


def _json(fields: dict[str, Any]) -> bytes:
    """One line of UTF-8. Lone surrogates, which file names may contain, become JSON escapes."""
    text = json.dumps(fields, ensure_ascii=False, allow_nan=False, default=_plain)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _plain(value: object) -> Any:
    if isinstance(value, date):  # a datetime is a date too
        return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{value!r} has no JSON")
