"""Authorizations as a CSV file: what each row would do, all or none of it, and the way back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest

from brand_index.csv_files import read_csv
from brand_index.errors import FileUnusable
from brand_index.registration import authorize, revoke
from brand_index.registration.authorization_table import COLUMNS, Plan, RowState, export_rows, import_rows, plan_import
from brand_index.registry import Registry
from brand_index.store import Store
from brand_index.types import Brand, ReferenceKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(Store(tmp_path / "store")) as opened:
        for brand in ("acme", "beta"):
            opened.save_brand(Brand(brand, brand.title(), brand, brand), NOW)
        yield opened


def planned(registry: Registry, folder: Path, text: str) -> Plan:
    (folder / "in.csv").write_text(text, "utf-8", newline="")
    return plan_import(registry, read_csv(folder / "in.csv", COLUMNS), NOW, may_change=lambda brand: brand == "acme")


def test_each_row_is_reported_and_a_wrong_one_keeps_all_from_being_recorded(registry: Registry, tmp_path: Path) -> None:
    authorize(registry, Store(tmp_path), brand="acme", seller_id="S1", now=NOW)
    rows = [
        "acme,S1,",
        "acme,S2,DE",
        "acme,S2,DE",
        "acme,S2,",
        "acne,S3,",
        "beta,S3,",
        "acme,S3,UK",
        "acme,S4",
        "ACME,S5,",
        ",S6,",
    ]
    plan = planned(registry, tmp_path, "\n".join(["brand,seller,markets", *rows]))
    states = [(row.line, row.state) for row in plan.rows]
    known, new, wrong = RowState.KNOWN, RowState.NEW, RowState.WRONG
    assert states[:4] == [(2, known), (3, new), (4, known), (5, new)]
    assert states[4:] == [(line, wrong) for line in range(6, 12)]
    sentences = [row.sentence for row in plan.rows]
    for place, said in enumerate(("authorization 1 (", "S2", "line 3 (", "covers all of line 3", "acme", "not yours")):
        assert said in sentences[place]
    assert "GB" in sentences[6]
    assert "2 cells under 3 columns" in sentences[7]
    assert [sentence.partition(": wrong: ")[2] for sentence in sentences[8:]] == [
        "no brand 'ACME': did you mean acme?",
        "brand is empty: name one",
    ]
    with pytest.raises(FileUnusable, match="6 rows are wrong, the first in line 6"):
        import_rows(registry, plan, NOW)
    assert len(registry.authorizations()) == 1
    assert len(import_rows(registry, plan, NOW, partial=True)) == 2
    assert len(registry.authorizations()) == 3


def test_what_is_exported_is_known_when_it_is_imported_and_new_elsewhere(registry: Registry, tmp_path: Path) -> None:
    both, chain = frozenset(ReferenceKind), ("Acme Ltd", "Acme, Europe")
    give = partial(authorize, registry, Store(tmp_path), brand="acme", now=NOW)
    give(seller_id="=S1", kinds=both, markets=["FR", "DE"], grantors=chain)
    give(seller_id="'-S 2", nice=[25, 9], last_day=date(2026, 12, 31))
    revoke(registry, give(seller_id="S3").authorization_id, NOW)
    text = export_rows(registry.authorizations(), NOW)
    assert ("S3" in text, "\r\nacme,'=S1," in text) == (False, True)
    again = planned(registry, tmp_path, text)
    assert [row.state for row in again.rows] == [RowState.KNOWN, RowState.KNOWN]
    with Registry.open(Store(tmp_path / "other")) as other:
        other.save_brand(registry.brand("acme"), NOW)
        made = import_rows(other, planned(other, tmp_path, text), NOW)
        assert made == registry.authorizations()[:2]
        assert (other.history_faults(), other.row_faults()) == ((), ())


def test_a_file_without_a_row_is_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(FileUnusable, match="no row"):
        planned(registry, tmp_path, "brand,seller\n")
