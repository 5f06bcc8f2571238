"""Joins what was found of one reference in the frames of an image and in their parts."""

from brand_index.types import ReferenceKind
from scanner.engine.logos.elsewhere import surest_first
from scanner.engine.parts.splitting import saw_all
from scanner.engine.types import Evidence


def with_place(known: Evidence | None, item: Evidence, *, in_part: bool) -> Evidence:
    """The surest evidence of a reference in an image, with `item`, another match of it; `known` None: the first.

    A logo keeps its next surest places, two at most, none of them where a surer one lies. `in_part`: it was found in a
    part of the frame, which says no more of a photo that all of the frame was compared with.
    """
    if known is None:
        return item
    if item.kind is ReferenceKind.LOGO:
        return surest_first((known, *known.elsewhere, item))
    is_surer = item.confidence > known.confidence
    return item if is_surer and not (in_part and saw_all(known)) else known
