"""The text that people see: markup is gone, and what is shown from right to left stands as it is read."""

import pytest

from scanner.engine.words import plain_text

OVERRIDE, POP = "\u202e", "\u202c"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"new {OVERRIDE}KIVNRAT{POP} bag", "new TARNVIK bag"),
        (f"{OVERRIDE}KIVNRAT wen", "new TARNVIK"),
        (f"a {OVERRIDE}KIV\u202dTAR{POP}N{POP} b", "a NTARVIK b"),
        (f"{OVERRIDE}KIVN\u2066rat\u2069{POP}", "ratNVIK"),
        (f"{OVERRIDE}ab\ncd", "ba\ncd"),
        (f"x{POP}y", f"x{POP}y"),
        (f"{OVERRIDE}e\u0301a{POP}", "ae\u0301"),
        ('a <bdo dir="rtl">KIVNRAT</bdo> bag', "a TARNVIK bag"),
        ("Tarn<b>vik</b> &amp; more", "Tarnvik & more"),
        ("\u0628\u0629", "\u0628\u0629"),
    ],
)
def test_text_stands_as_it_is_shown(written: str, shown: str) -> None:
    assert plain_text(written) == shown


def test_thousands_of_runs_within_each_other_are_taken() -> None:
    assert plain_text(OVERRIDE * 5_000 + "ab").count("a") == 1
