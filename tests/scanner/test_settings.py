"""Settings come from a file and from variables; what is unknown or wrong is an error that names it."""

from pathlib import Path

import pytest

from brand_index.fields import EEA
from scanner.settings import Settings, SettingsUnusable, read_settings


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_anything_the_defaults_hold() -> None:
    assert read_settings() == Settings()


def test_a_variable_beats_the_file_and_the_file_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("scanner.toml").write_text("keypoint_side = 300\nkeypoint_count = 200\n")
    monkeypatch.setenv("SCANNER_KEYPOINT_SIDE", "400")
    settings = read_settings()
    assert (settings.keypoint_side, settings.keypoint_count) == (400, 200)


def test_limits_reach_the_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANNER_MAX_PIXELS", "1000")
    assert read_settings().limits.max_pixels == 1000


@pytest.mark.parametrize("content", ["keypoint_sied = 300", "keypoint_side = 'long'", "keypoint_side = 3", "= 3"])
def test_a_wrong_file_is_an_error(content: str) -> None:
    Path("scanner.toml").write_text(content)
    with pytest.raises(SettingsUnusable):
        read_settings()


def test_an_unknown_variable_is_an_error_that_lists_the_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANNER_KEYPOINTS", "3")
    with pytest.raises(SettingsUnusable, match=r"SCANNER_KEYPOINTS.*SCANNER_KEYPOINT_COUNT"):
        read_settings()


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().keypoint_side = 7


def test_decisions_apply_in_states_of_the_eea_and_all_of_them_unless_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read_settings().service.countries == EEA
    monkeypatch.setenv("SCANNER_SERVICE__COUNTRIES", '["DE", "NO"]')
    assert read_settings().service.countries == {"DE", "NO"}


@pytest.mark.parametrize(
    ("name", "value"), [("countries", '["GB"]'), ("countries", "[]"), ("clause", " "), ("clause", "x" * 501)]
)
def test_what_no_statement_could_say_is_refused_before_one_is_made(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SCANNER_SERVICE__{name}".upper(), value)
    with pytest.raises(SettingsUnusable, match=f"service.{name}"):
        read_settings()


def test_markets_of_the_settings_are_checked_as_those_of_listings_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCANNER_SERVICE__HOME_MARKET", "de")
    monkeypatch.setenv("SCANNER_SERVICE__COUNTER_NOTICE_MARKETS", '["us"]')
    service = read_settings().service
    assert (service.home_market, service.counter_notice_markets) == ("DE", frozenset({"US"}))
    for name, value in (("HOME_MARKET", "UK"), ("COUNTER_NOTICE_MARKETS", '["United Kingdom"]')):
        monkeypatch.setenv(f"SCANNER_SERVICE__{name}", value)
        with pytest.raises(SettingsUnusable, match="United Kingdom is GB"):
            read_settings()
        monkeypatch.undo()
