"""The policy of a marketplace, read from a TOML file: thresholds, and a decision for each reason."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from brand_index.errors import UsageError
from brand_index.files import open_regular
from brand_index.types import ReferenceKind
from scanner.engine.types import ConcealedPatch, Evidence, Where, WordMeasurements
from scanner.verdicts.likeness import is_lookalike_logo
from scanner.verdicts.types import Decision, Reason

DEFAULT_POLICY: Final = Path(__file__).with_name("policy.toml")


# What a word alone may ask for, and what files decide that are older than a reason.
_OF_WORDS: Final = (Reason.NOMINATIVE_USE, Reason.WORD_IN_TEXT, Reason.WORD_UNAUTHORIZED, Reason.LOOKALIKE)
_BEFORE_REASONS: Final = {
    Reason.NOMINATIVE_USE: Decision.CLEAR,
    Reason.WORD_IN_TEXT: Decision.CLEAR,
    Reason.WORD_UNAUTHORIZED: Decision.REVIEW,
    Reason.LOOKALIKE: Decision.REVIEW,
    Reason.IMITATION_NAMED: Decision.REVIEW,
    Reason.REPLICA_OFFERED: Decision.REVIEW,
    Reason.MARK_CONCEALED: Decision.REVIEW,
}
_Share = Annotated[float, Field(ge=0.0, le=1.0)]
_STRICT: Final = ConfigDict(extra="forbid")


class PolicyUnusable(UsageError):
    """A policy file that cannot be read, or is not a valid policy."""

    code = "policy_unusable"


class Restriction(StrEnum):
    """What was done to a listing."""

    REMOVED = "removed"
    DISABLED = "disabled"  # only its seller sees it
    DEMOTED = "demoted"  # fewer buyers see it


@checked_dataclass(frozen=True, slots=True, config=_STRICT)
class Thresholds:
    """Confidence, 0..1, from which evidence counts."""

    logo: _Share
    photo_suspected: _Share
    photo_copied: _Share
    word: _Share = 0.5
    concealed: _Share = 0.3


@checked_dataclass(frozen=True, slots=True, config=_STRICT)
class Automatic:
    """How far the program may act without a reviewer, by the precision that reviewers' decisions show."""

    least_precision: _Share = 0.9  # lower bound of the precision of a brand's logos or photos from which they may block
    labels: Annotated[int, Field(ge=1)] = 40  # decided cases from which least_precision applies
    reviews_a_day: Annotated[int, Field(ge=1)] = 200  # of a reference; with more it is quarantined
    # Different sellers in whose listings a reference was matched in 30 days, from which it may be a template, which
    # many fill in and nobody copied; 0: no reference is taken for one.
    template_sellers: Annotated[int, Field(ge=0)] = 8
    template_decided: Annotated[int, Field(ge=1)] = 5  # of these cases; if most were something else, it blocks nothing
    # Decided cases of a mark from which its confidence is refitted on them; 0: never.
    calibration_cases: Annotated[int, Field(ge=0)] = 30
    # A copied photo is reviewed and not blocked where the seller's own listing is older than its registration.
    older_listing_reviews: bool = True


@checked_dataclass(frozen=True, slots=True, config=_STRICT)
class LearntForms:
    """When the program accepts a form of a mark that reviewers proposed, and which it refuses."""

    # Reviewers who proposed the same form, from which it is accepted without the brand's owner; 0: never.
    confirmations: Annotated[int, Field(ge=0)] = 2
    # Per 1,000 clean images, at the cosine that finds half of a mark's prints: a form that takes its mark beyond it is
    # refused.
    false_alarms: Annotated[float, Field(gt=0)] = 5.0


@checked_dataclass(frozen=True, slots=True, config=_STRICT)
class Policy:
    """What a marketplace does about evidence."""

    name: str
    thresholds: Thresholds
    decisions: Mapping[Reason, Decision]  # every reason has one
    categories: Mapping[str, frozenset[Annotated[int, Field(ge=1, le=45)]]]  # lower-case category to Nice classes
    automatic: Automatic = Automatic()
    forms: LearntForms = LearntForms()

    def __post_init__(self) -> None:
        """Raises ValueError when a reason has no decision or the thresholds are out of order."""
        missing = [reason.value for reason in Reason if reason not in self.decisions]
        if missing:
            raise ValueError(f"[decisions] lacks {', '.join(missing)}")
        for reason in _OF_WORDS:
            if self.decisions[reason] is Decision.BLOCK:
                raise ValueError(f"[decisions] {reason.value}: a word alone goes to review at most; a person decides")
        if self.decisions[Reason.MARK_CONCEALED] is Decision.BLOCK:
            raise ValueError("[decisions] mark_concealed: which mark is not known: review at most; a person decides")
        if self.thresholds.photo_copied < self.thresholds.photo_suspected:
            raise ValueError("[thresholds] photo_copied is below photo_suspected")

    def nice_classes(self, category: str | None) -> frozenset[int]:
        """The Nice classes of a marketplace's category; empty: unknown."""
        if category is None:
            return frozenset()
        word = category.strip().lower()
        if word.isascii() and word.isdigit() and 1 <= int(word) <= 45:
            return frozenset({int(word)})
        return self.categories.get(word, frozenset())

    def reason_for(self, evidence: Evidence) -> Reason:
        """The reason that this evidence alone gives, without authorizations; what is merely shared is no match."""
        if evidence.shared is not None:
            return Reason.NO_MATCH
        if evidence.word is not None:
            return self._reason_for_word(evidence, evidence.word)
        if evidence.kind is ReferenceKind.LOGO:
            if evidence.confidence < self.thresholds.logo:
                return Reason.NO_MATCH
            return Reason.LOOKALIKE if is_lookalike_logo(evidence) else Reason.LOGO_UNAUTHORIZED
        if evidence.confidence >= self.thresholds.photo_copied and not evidence.unverified:
            return Reason.PHOTO_COPIED
        return Reason.PHOTO_SUSPECTED if evidence.confidence >= self.thresholds.photo_suspected else Reason.NO_MATCH

    def _reason_for_word(self, evidence: Evidence, word: WordMeasurements) -> Reason:
        if evidence.confidence < self.thresholds.word:
            return Reason.NO_MATCH
        if word.best.is_lookalike:
            return Reason.LOOKALIKE
        return Reason.WORD_UNAUTHORIZED if word.best.where is Where.IMAGE else Reason.WORD_IN_TEXT

    def counts_concealed(self, patches: Iterable[ConcealedPatch]) -> bool:
        """Whether one of these patches, if it lies on no match, is sure enough to count."""
        return any(patch.counts and patch.confidence >= self.thresholds.concealed for patch in patches)

    def without_blocks(self) -> "Policy":
        """The same policy, which leaves to a reviewer whatever it would block."""
        milder = {reason: _at_most_review(decision) for reason, decision in self.decisions.items()}
        return replace(self, decisions=milder)

    def decision_for(self, evidence: Evidence, reason: Reason) -> Decision:
        """The decision on unauthorized evidence; of a word, a lookalike and too plain a reference, review at most."""
        decision = self.decisions[reason]
        is_for_review = evidence.review_only or evidence.word is not None or is_lookalike_logo(evidence)
        is_for_review = is_for_review or evidence.unverified
        return _at_most_review(decision) if is_for_review else decision


def _at_most_review(decision: Decision) -> Decision:
    return min(decision, Decision.REVIEW, key=lambda word: word.severity)


def read_policy(path: Path = DEFAULT_POLICY) -> Policy:
    """The policy in a TOML file. Raises PolicyUnusable with the file and the error."""
    try:
        with open_regular(path) as file:
            content = tomllib.load(file)
        if isinstance(content.get("categories"), dict):
            content["categories"] = {str(word).lower(): classes for word, classes in content["categories"].items()}
        decisions = content.get("decisions")
        if isinstance(decisions, dict) and Reason.NO_MATCH.value in decisions:  # for files from before this reason
            decisions.setdefault(Reason.NOTHING_SEARCHED.value, decisions[Reason.NO_MATCH.value])
        if isinstance(decisions, dict):  # likewise
            for reason, decision in _BEFORE_REASONS.items():
                decisions.setdefault(reason.value, decision.value)
        return TypeAdapter(Policy).validate_python(content)
    except ValidationError as error:
        details = "; ".join(
            f"{'.'.join(str(place) for place in problem['loc']) or 'policy'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise PolicyUnusable(f"{path}: {details}. Compare it with the shipped {DEFAULT_POLICY.name}.") from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyUnusable(f"{path}: cannot be read as a policy ({error}).") from error
