"""The day before in the demo: a reviewer confirms a case, and its brand's owner accepts what it shows as a form."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePath
from typing import Final

from brand_index.features.describing import BoundedDescriber
from brand_index.images.listed import FoundImage, ListedImage
from brand_index.registry import Registry
from brand_index.store import Store
from scanner.bulk.batch import examine_images
from scanner.bulk.listings import ImageListings
from scanner.bulk.run import scan_into
from scanner.demo.plan import DemoPlan
from scanner.moderation.cases.selection import select_cases
from scanner.moderation.forms.accepting import FormAcceptance
from scanner.moderation.forms.proposing import list_forms
from scanner.moderation.forms.tables import ProposedForm
from scanner.moderation.seller_notices.links import Links, read_secret
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.store import Records
from scanner.service.accounts.registry import open_registry
from scanner.settings import ServiceSettings, Settings
from scanner.verdicts.case_states import CaseState
from scanner.verdicts.policy import Policy, read_policy
from scanner.verdicts.types import Listing
from scanner.walk import ensure_index

REVIEWER: Final = "rita"  # who confirms in the demo
OWNER: Final = "tove"  # who accepts for the brand


def learn_form(plan: DemoPlan, store: Store, settings: Settings) -> ProposedForm | None:
    """Scan a photo of the day before and the one that is missed, confirm the case of the first, and accept its form.

    Returns the form as its test left it; the published index has it, if it is accepted. What was learnt before stays as
    it is. None: the photo got no case, as by another policy. Raises as ensure_index and scan_into do.
    """
    policy = read_policy(settings.policy)
    with open_registry(store) as registry:
        if known := list_forms(registry.database):
            return known[-1]
        ensure_index(store, registry, settings)
        _scan_the_day_before(plan, store, registry, policy, settings)
        now = datetime.now(UTC)
        found = select_cases(registry.database, [str(plan.confirmed.listing.listing_id)], REVIEWER, now)
        if not found.cases:
            return None
        desk = SellerNotices(registry, store, ServiceSettings(), Links(read_secret(store, registry.database), None))
        desk.decide([found.cases[0].case_id], REVIEWER, CaseState.CONFIRMED, propose=True, now=now)
        (form,) = list_forms(registry.database)
        with BoundedDescriber(settings.model_manifest) as describer:
            done = FormAcceptance(registry, store, describer, policy).accept(form.form_id, OWNER, datetime.now(UTC))
        ensure_index(store, registry, settings)
        return done


def _scan_the_day_before(plan: DemoPlan, store: Store, registry: Registry, policy: Policy, settings: Settings) -> None:
    missed = next(each for each in plan.listings if each.name == plan.missed)
    photos: dict[ListedImage, Listing] = {
        _image(plan.day_before / plan.confirmed.name): plan.confirmed.listing,
        _image(plan.listing_photos / missed.name): missed.listing,
    }
    shown_from = min(policy.thresholds.logo, policy.thresholds.photo_suspected)
    scan_into(
        plan.day_before,
        tuple(photos),
        ImageListings("", photos),
        examine=partial(examine_images, store=store, settings=settings, workers=1),
        store=store,
        registry=registry,
        policy=policy,
        settings=settings,
        resume=False,
        shown_from=shown_from,
        min_confidence=shown_from,
        records=Records(registry.database, store),
        kept=_nothing,
        resumed=_nothing,
        done=_nothing,
    )


def _image(path: Path) -> FoundImage:
    return FoundImage(path, PurePath(path.name), named=True)


def _nothing(*_: object) -> None:
    """Says nothing: the demo's command says what it does."""
