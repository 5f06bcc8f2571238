"""What an authorization covers: each limit by itself, and the days at both ends."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brand_index.types import Authorization, AuthorizationField, ReferenceKind

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
OPEN = Authorization(
    authorization_id=1,
    brand_id="acme",
    seller_id="S123",
    kinds=frozenset(ReferenceKind),
    markets=None,
    nice=None,
    first_day=date(2026, 1, 1),
    last_day=None,
    grantors=(),
    document_sha256=None,
    granted_at=datetime(2026, 1, 1, tzinfo=UTC),
    revoked_at=None,
)

sellers = st.text(min_size=1, max_size=12)
markets = st.sampled_from(["DE", "FR", "US", "JP", "BR"])
classes = st.integers(1, 45)
sets_of_classes = st.frozensets(classes, max_size=4)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
kinds = st.sampled_from(ReferenceKind)


def unmet(
    authorization: Authorization,
    *,
    seller_id: str | None = "S123",
    kind: ReferenceKind = ReferenceKind.LOGO,
    market: str | None = "DE",
    nice: frozenset[int] = frozenset({25}),
    now: datetime = NOON,
) -> AuthorizationField | None:
    return authorization.unmet(seller_id=seller_id, kind=kind, market=market, nice=nice, now=now)


@given(kinds, st.none() | markets, sets_of_classes, moments.filter(lambda now: now.date() >= OPEN.first_day))
def test_an_authorization_without_limits_covers_its_seller_everywhere(
    kind: ReferenceKind, market: str | None, nice: frozenset[int], now: datetime
) -> None:
    assert unmet(OPEN, kind=kind, market=market, nice=nice, now=now) is None


@given(sellers, sellers)
def test_only_the_seller_named_is_covered(named: str, shown: str) -> None:
    covered = unmet(replace(OPEN, seller_id=named), seller_id=shown) is None
    assert covered == (named == shown)


def test_an_unknown_seller_is_never_covered() -> None:
    assert unmet(OPEN, seller_id=None) is AuthorizationField.SELLER


@given(st.frozensets(kinds, min_size=1), kinds)
def test_only_the_kinds_named_are_covered_and_words_with_logos(
    named: frozenset[ReferenceKind], shown: ReferenceKind
) -> None:
    also = ReferenceKind.LOGO if shown is ReferenceKind.WORD else shown
    expected = None if {shown, also} & named else AuthorizationField.KIND
    assert unmet(replace(OPEN, kinds=named), kind=shown) is expected


@given(st.timedeltas(timedelta(days=-30), timedelta(days=30)))
def test_a_revocation_acts_from_its_moment_on(after: timedelta) -> None:
    expected = AuthorizationField.REVOKED if after >= timedelta(0) else None
    assert unmet(replace(OPEN, revoked_at=NOON), now=NOON + after) is expected


@given(days, st.times())
def test_the_first_day_is_covered_from_its_first_moment(first_day: date, at: time) -> None:
    permit = replace(OPEN, first_day=first_day)
    assert unmet(permit, now=datetime.combine(first_day, at, UTC)) is None


@given(days, st.times())
def test_the_day_before_the_first_is_not_covered(first_day: date, at: time) -> None:
    permit = replace(OPEN, first_day=first_day)
    now = datetime.combine(first_day - timedelta(days=1), at, UTC)
    assert unmet(permit, now=now) is AuthorizationField.NOT_YET


@given(days, st.times())
def test_the_last_day_is_covered_to_its_last_moment(last_day: date, at: time) -> None:
    permit = replace(OPEN, first_day=last_day, last_day=last_day)
    assert unmet(permit, now=datetime.combine(last_day, at, UTC)) is None


@given(days, st.times())
def test_the_day_after_the_last_is_not_covered(last_day: date, at: time) -> None:
    permit = replace(OPEN, first_day=date(2020, 1, 1), last_day=last_day)
    now = datetime.combine(last_day + timedelta(days=1), at, UTC)
    assert unmet(permit, now=now) is AuthorizationField.EXPIRED


@given(st.frozensets(markets, min_size=1), markets, st.booleans())
def test_only_the_markets_named_are_covered_in_either_case(named: frozenset[str], shown: str, lower: bool) -> None:
    expected = None if shown in named else AuthorizationField.MARKET
    assert unmet(replace(OPEN, markets=named), market=shown.lower() if lower else shown) is expected


def test_an_unknown_market_never_meets_a_limit_on_markets() -> None:
    assert unmet(replace(OPEN, markets=frozenset({"DE"})), market=None) is AuthorizationField.MARKET


@given(st.frozensets(classes, min_size=1, max_size=6), st.frozensets(classes, min_size=1, max_size=3))
def test_goods_of_several_classes_are_covered_only_when_all_are(named: frozenset[int], shown: frozenset[int]) -> None:
    expected = None if shown <= named else AuthorizationField.NICE
    assert unmet(replace(OPEN, nice=named), nice=shown) is expected


def test_goods_of_an_unknown_class_never_meet_a_limit_on_classes() -> None:
    assert unmet(replace(OPEN, nice=frozenset({25})), nice=frozenset()) is AuthorizationField.NICE


BROKEN = {
    AuthorizationField.SELLER: {"seller_id": "S999"},
    AuthorizationField.KIND: {"kinds": frozenset[ReferenceKind]()},
    AuthorizationField.REVOKED: {"revoked_at": NOON},
    AuthorizationField.NOT_YET: {"first_day": date(2030, 1, 1)},
    AuthorizationField.EXPIRED: {"last_day": date(2026, 1, 2)},
    AuthorizationField.MARKET: {"markets": frozenset({"US"})},
    AuthorizationField.NICE: {"nice": frozenset({9})},
}


@given(st.sets(st.sampled_from([field for field in AuthorizationField if field is not AuthorizationField.NOT_YET])))
def test_of_several_unmet_limits_the_first_in_order_is_named(broken: set[AuthorizationField]) -> None:
    permit = OPEN
    for field in broken:
        permit = replace(permit, **BROKEN[field])  # type: ignore[arg-type]
    assert unmet(permit) is next((field for field in AuthorizationField if field in broken), None)


@pytest.mark.parametrize("field", AuthorizationField)
def test_each_limit_alone_keeps_an_authorization_from_covering(field: AuthorizationField) -> None:
    permit = replace(OPEN, **BROKEN[field])  # type: ignore[arg-type]
    assert unmet(permit) is field
    assert not permit.covers(seller_id="S123", kind=ReferenceKind.LOGO, market="DE", nice=frozenset({25}), now=NOON)


def test_permission_for_logos_covers_words_and_not_the_other_way_round() -> None:
    logos, words, photos = (
        replace(OPEN, kinds=frozenset({kind})) for kind in (ReferenceKind.LOGO, ReferenceKind.WORD, ReferenceKind.PHOTO)
    )
    assert unmet(logos, kind=ReferenceKind.WORD) is None
    assert unmet(words, kind=ReferenceKind.WORD) is None
    assert unmet(words, kind=ReferenceKind.LOGO) is AuthorizationField.KIND
    assert unmet(photos, kind=ReferenceKind.WORD) is AuthorizationField.KIND
