"""Prints the audits of references that were just registered, and which were registered as the wrong kind."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from brand_index.store import Store
from brand_index.types import IMAGE_KINDS, ReferenceKind
from scanner.commands.brands.digest import MANY, Digest, Topic
from scanner.commands.shell import counted, progress_bar, say, say_warnings

if TYPE_CHECKING:
    from brand_index.features.describing import Describer
    from brand_index.registration import Registered
    from brand_index.registry import Registry
    from brand_index.types import ReferenceImage

NAMED: Final = 3  # references that a message about many names
TYPED: Final = 20  # ids in a command that is proposed
_NOUNS: Final = {"photograph": "photograph", "panel": "panel", "plain": "plain image"}  # by what a photo is


def say_other_kind(new: "Sequence[Registered]") -> None:
    """Warn, once for each kind, of what looks like the other one."""
    for kind, meant in (
        (ReferenceKind.LOGO, "for copies of a photo"),
        (ReferenceKind.PHOTO, "for a logo inside images"),
    ):
        found = [each.reference for each in new if each.reference.kind is kind and each.other_kind is not None]
        if not found:
            continue
        other = next(each for each in IMAGE_KINDS if each is not kind)
        names = ", ".join(each.source_name for each in found[:NAMED])
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        subject = (
            f"1 of the {kind}s looks like a {other}"
            if len(found) == 1
            else f"{len(found)} of the {kind}s look like {other}s"
        )
        withdrawing = _withdrawing([each.reference_id for each in found])
        region = (
            "; where it shows the mark on goods, register that region: --region or --find"
            if kind is ReferenceKind.LOGO
            else ""
        )
        it, this = ("it", "this one") if len(found) == 1 else ("them", "these")
        say_warnings(
            [
                f"{subject} ({names}{more}): register {it} with --kind {other}, so that scans look {meant}, and "
                f"take {this} out of force: {withdrawing}{region}"
            ]
        )


def _withdrawing(ids: Sequence[str]) -> str:
    """The command that withdraws all of them; the ids of many stand in a file, which this writes."""
    if len(ids) <= TYPED:
        return f"markscan withdraw {' '.join(ids)}"
    with tempfile.NamedTemporaryFile("w", prefix="markscan-ids-", suffix=".txt", delete=False) as file:
        file.writelines(f"{each}\n" for each in ids)
    return f"xargs markscan withdraw --yes < {file.name}"


def say_without_room(registry: "Registry", new: "Sequence[Registered]") -> None:
    """Warn, once for each mark, that no form of it will be learnt any more."""
    from scanner.moderation.forms.withdrawing import without_room

    say_warnings(without_room(registry.database, [each.reference for each in new]))


def audit_new(
    registry: "Registry", store: Store, new: "Sequence[Registered]", describer: "Describer", *, quiet: bool
) -> None:
    """Print what each new logo and photo cannot tell apart, and how common each new word is.

    Nothing is said of an image that looks like the other kind, nor where there are more than MOST_COMPARED of a kind.
    """
    from brand_index.registration.auditing import MOST_COMPARED

    sound = [each.reference for each in new if each.other_kind is None]
    for kind, audit in ((ReferenceKind.LOGO, _audit_logos), (ReferenceKind.PHOTO, _audit_photos)):
        chosen = {each.reference_id for each in sound if each.kind is kind}
        count = sum(each.kind is kind for each in registry.references()) if chosen else 0
        if count > MOST_COMPARED:
            say(f"{count:,} {kind}s are registered, too many to compare each new one with: none is audited")
        elif chosen:
            audit(registry, store, chosen, describer, quiet=quiet)
    if words := [each for each in sound if each.kind is ReferenceKind.WORD]:
        _say_how_common(words, quiet=quiet)


def _audit_logos(registry: "Registry", store: Store, new: set[str], describer: "Describer", *, quiet: bool) -> None:
    """Print how many false alarms each new logo will cause, and which logos it resembles."""
    from brand_index.registration.auditing import audit_each

    with progress_bar("auditing logos") as advance:
        audits = list(audit_each(registry, store, describer, new, advance))
    digest = Digest(len(audits))
    for audit in sorted(audits, key=lambda each: -each.false_alarms) if len(audits) > MANY else audits:
        alike = ", ".join(f"{each.brand_id} ({each.cosine:.2f})" for each in audit.confusable)
        if quiet and not alike and not audit.review_only:
            continue
        text = "" if audit.material_rate is None else f", per 1,000 images of text and tables: {audit.material_rate}"
        lines = [f"{audit.reference_id}: expected false alarms per 1,000 photos: {audit.rate}{text}"]
        if audit.word_like:
            seen = "among other words in such letters it counts as text, and alone it is flagged"
            lines.append(f"  looks like a word: {seen}")
        if alike:
            lines.append(f"  may be confused with {alike}")
        if audit.review_only:
            lines.append("  too plain to block listings by itself: its matches go to review at most")
        digest.say(Topic.AUDIT, "\n".join(lines))
    digest.say_rest()


def _audit_photos(registry: "Registry", store: Store, new: set[str], describer: "Describer", *, quiet: bool) -> None:
    """Print of each new photo what it resembles and cannot protect, and how many have nothing of that kind."""
    from brand_index.registration.auditing import audit_each_photo

    with progress_bar("auditing photos") as advance:
        audits = list(audit_each_photo(registry, store, describer, new, advance))
    natures = Counter(audit.assessment.look.nature.value for audit in audits)
    for audit in audits:
        if not quiet or audit.remarks:
            say(f"{audit.reference_id}: {audit.sentence}")
        for remark in audit.remarks:
            say(f"  {remark}")
    reviewed = sum(audit.review_only for audit in audits)
    if reviewed and len(audits) > 1:
        kinds = ", ".join(counted(count, _NOUNS[nature]) for nature, count in natures.most_common())
        go = "goes" if reviewed == 1 else "go"
        say(f"audited {counted(len(audits), 'photo')} ({kinds}): {reviewed} of them {go} to review only")


def _say_how_common(words: "Sequence[ReferenceImage]", *, quiet: bool) -> None:
    """Print how often ordinary text has each word: nothing else of a word can be said before a scan."""
    from brand_index.features.words import zipf
    from brand_index.features.words.limits import commonness

    digest = Digest(len(words))
    for each in sorted(words, key=lambda word: -zipf(word.source_name)) if len(words) > MANY else words:
        if not quiet or each.warnings:
            digest.say(Topic.COMMON, f"{each.reference_id}: {each.source_name}: {commonness(each.source_name)}")
        for warning in each.warnings if quiet else ():  # else they were printed when it was registered
            digest.say(Topic.WARNING, warning, under=each.source_name)
    digest.say_rest()
