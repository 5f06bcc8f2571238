"""Proposes the parts of artwork as forms of their own, and says which cannot stand alone; it records nothing."""

from dataclasses import dataclass

from brand_index.errors import UnrecognizableReference
from brand_index.features.audit import false_alarms, is_review_only, rate_in_words
from brand_index.features.describing import Describer
from brand_index.features.description import describe_reference
from brand_index.features.embedding import Embedder
from brand_index.features.forms.parts import cut_part, edges_cut, parts_of
from brand_index.images import DecodedImage, decode
from brand_index.registration.recognizability import check_recognizable
from brand_index.types import Form, ReferenceKind, SourceRegion


@dataclass(frozen=True, slots=True)
class ProposedPart:
    """A part of artwork that may be a form of its own."""

    region: SourceRegion  # of the artwork, in pixels of its file
    png: bytes  # the part alone, with a little room around it
    refused: str | None  # why it cannot stand alone, as a clause; None: it may

    @property
    def place(self) -> str:
        """Its region as --region takes it."""
        return ",".join(map(str, self.region))


def propose_parts(describer: Describer, data: bytes, name: str) -> tuple[ProposedPart, ...]:
    """The parts of an untrusted file of artwork called `name`; none: it is one, or no part of it can stand alone.

    Raises as a Describer.
    """
    return describer.run(name, _propose, data, name)


def _propose(embedder: Embedder, data: bytes, name: str) -> tuple[ProposedPart, ...]:
    """In the describer's process."""
    image = decode(data, name=name, vector=True)
    found = parts_of(image)
    proposed = []
    for part in found:
        png = cut_part(image, part, found)
        refused = part.refused or _why_not(embedder, decode(png, name=name))
        proposed.append(ProposedPart(part.region, png, refused))
    return tuple(proposed) if any(each.refused is None for each in proposed) else ()


def _why_not(embedder: Embedder, part: DecodedImage) -> str | None:
    """Why a part cannot stand alone, as a clause: what keeps a logo from being registered, or from blocking."""
    try:
        check_recognizable(part, ReferenceKind.LOGO, "", Form.PART)
    except UnrecognizableReference as error:
        return str(error).removeprefix(": ")
    described = describe_reference(part, ReferenceKind.LOGO, embedder, Form.PART)
    if described.levels is None or not is_review_only(described):
        return None
    levels = (described.levels.photos, described.levels.material)
    rate = rate_in_words(max(false_alarms(level) for level in levels if level is not None))
    return f"it is too plain: {rate} false alarms expected on 1,000 images"


def edge_warnings(image: DecodedImage) -> tuple[str, ...]:
    """The warning that artwork seems to be cut off at an edge of its image; none: it is not."""
    edges = edges_cut(image)
    if not edges:
        return ()
    named = " and ".join(edges)
    return (f"meets the {named} edge of its image, with room at the other: if it is cut off there, register it whole",)
