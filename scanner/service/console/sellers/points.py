"""The rules by which a seller's points count, in words for reviewers: of the ladder, and of each row."""

from scanner.moderation.enforcement import Contribution, Ladder


def rules_of(ladder: Ladder) -> tuple[str, ...]:
    """How points and serious violations count, one sentence for each rule of the ladder that applies to them."""
    rules = []
    if (most := ladder.most_points_a_day) is not None:
        rules.append(
            f"Of one day (UTC), at most {_count(most, 'point')} for violations that are not serious count, "
            "the earliest first. If points of that day are removed, those that the limit left out count instead."
        )
    if (window := ladder.serious_once_in_days) is not None:
        rules.append(f"Serious violations within {_count(window, 'day')} count once.")
    if (lasts := ladder.points_last_days) is not None:
        rules.append(f"Points and serious violations last {_count(lasts, 'day')}.")
    if not ladder.by_points:
        rules.append("This ladder requires measures by serious violations only, none by points.")
    elif not ladder.by_serious:
        rules.append("This ladder requires measures by points only, none by serious violations.")
    return tuple(rules)


def why_of(contribution: Contribution, ladder: Ladder) -> str:
    """Why points count less than they are, or a serious violation not by itself; empty: they count in full."""
    if contribution.taken_back:
        return "Removed: they do not count."
    if contribution.expired_at is not None:
        return f"Expired on {contribution.expired_at:%Y-%m-%d}: they no longer count."
    why = []
    if contribution.over_limit:
        limit = _count(ladder.most_points_a_day or 0, "point")
        why.append(f"{contribution.points} of {contribution.event.points} count: no more than {limit} of that day do.")
    if contribution.counted_with is not None:
        why.append(f"Counts as one serious violation with that of {contribution.counted_with:%Y-%m-%d %H:%M} UTC.")
    return " ".join(why)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
