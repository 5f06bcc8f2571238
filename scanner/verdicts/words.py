"""Decisions, reasons and measurements as plain sentences, without markup."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from brand_index.types import ReferenceKind
from scanner.engine.confidence import RAREST
from scanner.engine.stages import Stage
from scanner.engine.types import Evidence, LogoMeasurements, Shared
from scanner.engine.words.plain import LONGEST_TEXT
from scanner.verdicts.likeness import likeness_sentences
from scanner.verdicts.reasons import REASONS
from scanner.verdicts.sentences.about_words import (
    calibrated_fact,
    likeness_facts,
    strengthened_fact,
    word_basis,
    word_facts,
)
from scanner.verdicts.types import Reason, Verdict

# An alteration is mentioned from here on. Below are the effects of JPEG, noise and slightly wrong corners.
WHOLE: Final = 0.95  # of an area
STRAIGHT: Final = 1.5  # degrees
OVERLAID: Final = 0.03  # of what has texture
COLOURED: Final = 0.85  # agreement of tints
LIT: Final = 0.5  # octaves
SAME_HUES: Final = 0.5  # from this share of hue in common on, colours are said to agree
LIKELY_ALONE: Final = "Likely, image no longer kept: found in the description that an earlier scan left of it."
IN_TEXT: Final = 0.7  # from which a logo is said to stand in running text


def why(verdict: Verdict) -> str:
    """The reason of a verdict, and what was not examined, as sentences."""
    missing = unexamined(verdict)
    if verdict.reason is Reason.INCOMPLETE and missing:
        return " ".join(missing)
    alike = next(iter(verdict.shared_evidence), None) if verdict.reason is Reason.NO_MATCH else None
    said = [REASONS[verdict.reason]] if alike is None else [_not_copied(alike)]
    if verdict.reason is Reason.LOOKALIKE:
        said += likeness_sentences(verdict)
    return " ".join((*said, *missing))


def unexamined(verdict: Verdict) -> tuple[str, ...]:
    """What of the image was not examined and why, one sentence each; empty: it was examined whole."""
    coverage, sentences = verdict.coverage, []
    if coverage.truncated:
        sentences.append("The file is cut off or damaged: only what could be read of it was examined.")
    if coverage.frames_examined < coverage.frame_count:
        sentences.append(f"{coverage.frames_examined:,} of its {coverage.frame_count:,} frames were examined.")
    if coverage.parts_examined < coverage.part_count:
        sentences.append(f"{coverage.parts_examined:,} of its {coverage.part_count:,} parts were examined closely.")
    if coverage.lines_unread:
        sentences.append(f"It has more text than is read of one image: of its lines {coverage.lines_unread:,} unread.")
    longest = max(len(verdict.listing.title or ""), len(verdict.listing.description or ""))
    if longest > LONGEST_TEXT:
        sentences.append(f"Only the first {LONGEST_TEXT:,} characters of the listing's text were searched for words.")
    elif verdict.skipped == (Stage.READ,):
        sentences.append("Time ran out before all text in it was read.")
    elif verdict.skipped:
        sentences.append("Time ran out before all of it was examined.")
    return tuple(sentences)


def not_scanned(code: str | None) -> str:
    """Why an image has no verdict, as a sentence, by the code of the error; None: nobody tried."""
    if code is None:
        return "This image was not scanned."
    return f"This image could not be read: {code_in_words(code).lower()}."


def sureness(confidence: float) -> str:
    """A confidence of 0..1 in words, never rounded up to certainty nor down to none."""
    if confidence > 0.99:
        return "over 99 % sure"
    return "under 1 % sure" if confidence < 0.01 else f"{int(confidence * 100)} % sure"


def headline(evidence: Evidence, brand: str) -> str:
    """The kind of one evidence, with the name of the brand."""
    return f"{brand} {evidence.kind.value}"


def basis(evidence: Evidence) -> str:
    """What one evidence rests on, as one sentence; of what is no copy, why it is none."""
    if evidence.unverified:
        return LIKELY_ALONE
    if evidence.shared is not None:
        return f"{_shared(evidence)}. Not a copy."
    if evidence.word is not None:
        return word_basis(evidence.word)
    return _photo_basis(evidence) if evidence.kind is ReferenceKind.PHOTO else _logo_basis(evidence)


def is_recoloured(evidence: Evidence) -> bool:
    """Whether an image that is no copy shows the goods of a photo in other colours, and nothing else that differs."""
    photo = evidence.photo
    if photo is None or photo.shared is not Shared.TEMPLATE or photo.differing or photo.content is None:
        return False
    return photo.content.colour is not None and photo.content.colour < SAME_HUES


def _not_copied(evidence: Evidence) -> str:
    if evidence.shared is Shared.BACKGROUND:
        return "Shows the background of a registered photo around other goods: not a copy."
    other = "in other colours" if is_recoloured(evidence) else "with other content"
    return f"Shows the layout or shape of a registered photo {other}: not a copy."


def _shared(evidence: Evidence) -> str:
    """What an image shares with a photo of which it is no copy, without a full stop."""
    if evidence.shared is Shared.BACKGROUND:
        return "The same background around other goods"
    if is_recoloured(evidence):
        return "The same layout or shape, other colours"
    parts = 0 if evidence.photo is None else len(evidence.photo.differing)
    differ = f": {parts} {'part differs' if parts == 1 else 'parts differ'}" if parts else ""
    return f"The same layout or shape, other content{differ}"


def outlined(evidence: Evidence) -> str:
    """What is outlined of one evidence in the listing image, as part of a sentence for those who do not see it."""
    photo = evidence.photo
    if photo is None or not (photo.region or photo.differing):
        return "the match outlined"
    if is_recoloured(evidence):
        return "what has other colours outlined"
    parts = "1 part that differs" if len(photo.differing) == 1 else f"{len(photo.differing)} parts that differ"
    said = ["what agrees outlined"] if photo.region else []
    return " and ".join([*said, f"{parts} outlined"] if photo.differing else said)


def _logo_basis(evidence: Evidence) -> str:
    measured, wide = evidence.logo, evidence.box.right - evidence.box.left
    logo = "the registered logo" if measured is None or not measured.part_alone else "a part of the registered logo"
    if evidence.inliers:
        found = f"{_keypoints(evidence.inliers)} of {logo} {_lie(evidence.inliers)} in the right places"
    elif evidence.hash_distance is not None and evidence.cosine is None:
        found = "The whole image looks like the registered logo"
    else:
        found = f"A region of the image looks like {logo}"
    hue = None if measured is None else measured.hue_intersection
    if hue is None:
        return f"{found}, {wide} pixels wide."
    return f"{found}, {wide} pixels wide, {'and its colours agree' if hue >= SAME_HUES else 'but its colours differ'}."


def _photo_basis(evidence: Evidence) -> str:
    altered = evidence.alteration
    if altered is not None:
        whole = altered.visible >= WHOLE
        part = "the whole registered photo" if whole else f"{_percent(altered.visible)} of the registered photo"
        done = [each[:1].lower() + each[1:] for each in alterations(evidence) if not each.startswith("Cropped to")]
        rest = "unaltered" if whole else "otherwise unaltered"
        shown = f"Shows {part}, {_listed(done) if done else rest}"
    else:
        shown = "Looks like the registered photo as a whole"
    if evidence.inliers:
        return f"{shown}: {_keypoints(evidence.inliers)} {_lie(evidence.inliers)} in the right places."
    if evidence.hash_distance is not None:
        return f"{shown}: the image hashes differ in {evidence.hash_distance} of 256 bits."
    return (
        f"{shown}: the embeddings are similar, cosine {evidence.cosine:.2f} of 1." if evidence.cosine else f"{shown}."
    )


def _keypoints(count: int) -> str:
    return "1 keypoint" if count == 1 else f"{count} keypoints"


def _lie(count: int) -> str:
    return "lies" if count == 1 else "lie"


def _percent(share: float) -> str:
    return f"{max(1, round(share * 100))} %"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def facts(evidence: Evidence, others: Sequence[Evidence] = ()) -> tuple[str, ...]:
    """The measurements of one evidence, one short sentence each, the strongest kind first; of no copy, what differs.

    `others`: the evidence in the same image.
    """
    if evidence.unverified:
        return (LIKELY_ALONE.rstrip("."), *_facts_of_all(evidence))
    if evidence.word is not None:
        return (*word_facts(evidence, others), *_facts_of_all(evidence))
    is_copy = evidence.shared is None
    sentences = list(alterations(evidence)) if is_copy else [_shared(evidence)]
    content = None if evidence.photo is None else evidence.photo.content
    if content is not None and is_recoloured(evidence):
        sentences.append(f"{100 * (content.colour or 0):.0f} % of the goods are in the photo's colours")
    elif content is not None:
        sentences.append(f"{content.agreement * 100:.0f} % of the photo's own content, where it is visible, agrees")
    if is_copy and evidence.inliers is not None and evidence.inliers > 0:
        agree = "keypoint agrees" if evidence.inliers == 1 else "keypoints agree"
        sentences.append(f"{evidence.inliers} {agree} on one geometry")
    if is_copy and evidence.inlier_coverage is not None and evidence.inlier_coverage >= 0.01:
        sentences.append(f"They span {evidence.inlier_coverage * 100:.0f} % of the reference")
    if is_copy and evidence.quad is not None and not evidence.refined:
        sentences.append(f"{approximate(evidence)}, so the outline is approximate")
    elif is_copy and evidence.photo is not None and evidence.ncc is not None and evidence.ncc > 0:
        # Of a logo, which comes in any colours and bent, it is measured before it is refined, and of no overlay.
        sentences.append(f"In the overlay the pixels agree to {evidence.ncc * 100:.0f} %")
    if evidence.hash_distance == 0:
        sentences.append("The image hashes are equal in all 256 bits")
    elif evidence.hash_distance is not None:
        sentences.append(f"The image hashes differ in {evidence.hash_distance} of 256 bits")
    if evidence.cosine is not None:
        sentences.append(f"Similarity of the embeddings: cosine {evidence.cosine:.2f} of 1")
    if evidence.logo is not None:
        sentences += [*likeness_facts(evidence, others), *_logo_facts(evidence.logo)]
    return (*sentences, *_facts_of_all(evidence))


def _facts_of_all(evidence: Evidence) -> Iterator[str]:
    yield from filter(None, (strengthened_fact(evidence), calibrated_fact(evidence)))
    if evidence.review_only:
        plain = "plain" if evidence.word is None else "short or too common a word"
        yield f"The reference is too {plain} for a decision without a person"
    if evidence.seconds is not None:
        yield f"At {clock_time(evidence.seconds)} of the video"
    elif evidence.frame > 0:
        yield f"In frame or page {evidence.frame + 1}"


def clock_time(seconds: float) -> str:
    """A time in a video as players show it: 1:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def approximate(evidence: Evidence) -> str:
    """Why the outline of one evidence that is not refined may be inexact, without a full stop."""
    if evidence.refined is None:
        return "An earlier version scanned this image and did not align the two exactly (scan it again for that)"
    return "The two could not be aligned exactly"


def _logo_facts(logo: LogoMeasurements) -> Iterator[str]:
    far = logo.neg_log10_far
    if far is not None and far >= 1:
        fewer = "Fewer than one" if far > RAREST else "One"
        yield f"{fewer} other photo in {10 ** min(far, RAREST):,.0f} is as similar"
    if logo.match_logit is not None:
        yield f"Compared patch by patch, it {'fits' if logo.match_logit > 0 else 'fits badly'}"
    if logo.hue_intersection is not None:
        yield f"The hues agree to {logo.hue_intersection * 100:.0f} %"
    if logo.text_around is not None and logo.text_around >= IN_TEXT:
        yield "It stands in running text of the same kind, as a word does"
    if logo.dismissed is not None:
        yield (
            f"Held down: nearer to what reviewers dismissed as another mark, cosine {logo.dismissed:.2f} of 1, than to "
            "any form of this one"
        )


def alterations(evidence: Evidence) -> tuple[str, ...]:
    """How the listing image alters the reference, one short sentence each; empty: not noticeably."""
    sentences = ["Mirrored"] if evidence.mirrored else []
    altered = evidence.alteration
    if altered is None:
        return tuple(sentences)
    if altered.visible < WHOLE:
        sentences.append(f"Cropped to {_percent(altered.visible)} of the registered photo")
    if altered.occupied < WHOLE:
        sentences.append(f"Placed in a larger image, of which it fills {_percent(altered.occupied)}")
    if abs(altered.turned) >= STRAIGHT:
        way = "right" if altered.turned > 0 else "left"
        sentences.append(f"Rotated by {abs(altered.turned):.0f}° to the {way}")
    if altered.overlaid is not None and altered.overlaid >= OVERLAID:
        sentences.append(f"Covered or changed in {altered.overlaid * 100:.0f} % of its area")
    if altered.colour is not None and altered.colour < COLOURED:
        sentences.append("Recoloured")
    if altered.light is not None and abs(altered.light) >= LIT:
        sentences.append("Lighter than registered" if altered.light > 0 else "Darker than registered")
    return tuple(sentences)


def duration(time: timedelta) -> str:
    """A length of time in seconds, minutes or hours."""
    seconds = max(1, round(time.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def code_in_words(code: str) -> str:
    """An error's code as a short heading."""
    return code.replace("_", " ").capitalize()
