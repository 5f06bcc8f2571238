"""The page of statements without a browser: access, counts and downloads."""

import json
import re
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest

from scanner.moderation.seller_notices.types import AppealOutcome
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user
from scanner.settings import ServiceSettings
from tests.scanner.moderation.test_reporting import appealed, sent
from tests.scanner.service.conftest import Running
from tests.scanner.service.console.test_console import Written
from tests.scanner.service.people import PASSWORD, Browsers

PAGE, FILE = "/console/statements", "/console/statements/file"


@pytest.fixture(scope="module")
def bounds() -> ServiceSettings:
    """Cookies over plain HTTP, which these tests use; years that are long past are not purged."""
    return ServiceSettings(workers=1, calls_a_minute=100_000, secure_cookies=False, keep_verdict_days=36_500)


@pytest.fixture(scope="module", autouse=True)
def users(running: Running) -> None:
    now = datetime.now(UTC)
    for name, role in (("ann", Role.REVIEWER), ("root", Role.ADMIN)):
        add_user(running.registry.database, name, PASSWORD, role, now)
    add_user(running.registry.database, "owner", PASSWORD, Role.BRAND_OWNER, now, brands=frozenset({"acme"}))


@pytest.fixture(scope="module", autouse=True)
def result(running: Running) -> None:
    """101 notices in 2021, one reversed on appeal in 2022, and some without a statement in 2023."""
    for number in range(101):
        at = datetime(2021, 3, 1, 12, number % 60, tzinfo=UTC)
        sent(running.registry, number, market="DE", posted_at=at, sent_at=at, automated=number == 0)
    at = datetime(2022, 5, 1, tzinfo=UTC)
    one = sent(running.registry, 200, posted_at=at, sent_at=at)
    appealed(running.registry, one, at, outcome=AppealOutcome.REVERSED, at=datetime(2022, 5, 8, tzinfo=UTC))
    at = datetime(2023, 5, 1, tzinfo=UTC)
    sent(running.registry, 300, market="<b>Germany</b>", posted_at=at, sent_at=at)
    sent(running.registry, 301, market="US", posted_at=at, sent_at=at)


def year(number: int) -> dict[str, str]:
    return {"first_day": f"{number}-01-01", "last_day": f"{number}-12-31"}


def rows(text: str) -> dict[str, str]:
    """The numbers in the page's tables, by row heading."""
    return dict(re.findall(r'<th scope="row">([^<]+)</th><td class="r num">([^<]+)</td>', text))


@pytest.mark.parametrize("path", [PAGE, FILE])
def test_only_reviewers_and_admins_see_statements(running: Running, as_person: Browsers, path: str) -> None:
    assert [as_person(name).get(path, params=year(2021)).status_code for name in ("ann", "root")] == [200, 200]
    assert as_person("owner").get(path, params=year(2021)).status_code == 403
    assert running.http.get(path, params=year(2021)).status_code == 303


def test_the_counts_of_a_period_are_shown_in_plain_words(as_person: Browsers) -> None:
    ann = as_person("ann")
    result = rows(ann.get(PAGE, params=year(2021)).text)
    assert (result["Removed"], result["Trade mark"], result["The law"]) == ("101", "101", "101")
    assert (result["Automatically"], result["A person, after automatic detection"]) == ("1", "100")
    result = rows(ann.get(PAGE, params=year(2022)).text)
    assert (result["Removed"], result["Received"], result["Reversed, of these"]) == ("1", "1", "1")
    assert result["Median days to decide"] == "7"


def test_without_a_period_it_is_the_year_so_far(running: Running, as_person: Browsers) -> None:
    now = datetime.now(UTC)
    text = as_person("ann").get(PAGE).text
    assert f'name="first_day" value="{now.year}-01-01"' in text
    assert f'name="last_day" value="{now.date()}"' in text


def test_more_than_a_hundred_are_one_zip_of_batches(as_person: Browsers) -> None:
    answer = as_person("ann").get(FILE, params=year(2021))
    assert answer.headers["content-type"] == "application/zip"
    assert 'filename="statements-2021-01-01-2021-12-31.zip"' in answer.headers["content-disposition"]
    with ZipFile(BytesIO(answer.content)) as file:
        sizes = {name: len(json.loads(file.read(name))["statements"]) for name in file.namelist()}
    assert sizes == {"statements-001.json": 100, "statements-002.json": 1}


def test_up_to_a_hundred_are_one_file_of_json(as_person: Browsers) -> None:
    answer = as_person("root").get(FILE, params=year(2022))
    assert answer.headers["content-type"] == "application/json"
    assert "statements-2022-01-01-2022-12-31.json" in answer.headers["content-disposition"]
    (made,) = answer.json()["statements"]
    assert made["application_date"] == "2022-05-01"


def test_what_the_page_offers_is_what_it_counts(as_person: Browsers) -> None:
    ann = as_person("ann")
    form = re.search(r'action="(/console/statements/file)">\s*(.*)', ann.get(PAGE, params=year(2022)).text)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([\d-]+)"', form[2]))
    assert len(ann.get(form[1], params=fields).json()["statements"]) == 1


def test_a_period_without_a_statement_offers_no_file(as_person: Browsers) -> None:
    ann = as_person("ann")
    assert "There are no statements" in ann.get(PAGE, params=year(2020)).text
    assert "Download" not in ann.get(PAGE, params=year(2020)).text
    assert ann.get(FILE, params=year(2020)).status_code == 404


def test_notices_of_which_there_can_be_no_statement_are_named(as_person: Browsers) -> None:
    text = as_person("ann").get(PAGE, params=year(2023)).text
    assert "1 notice cannot become a statement" in text
    assert 'href="/console/cases/case-300"' in text
    assert "&lt;b&gt;Germany" in text
    assert "<b>Germany" not in text
    assert "1 notice was for a market outside the EEA" in text


@pytest.mark.parametrize("period", [("2022-01-01", "2021-01-01"), ("soon", "2021-01-01"), ("2021-02-30", "")])
def test_an_invalid_period_is_refused(as_person: Browsers, period: tuple[str, str]) -> None:
    ann, asked = as_person("ann"), dict(zip(("first_day", "last_day"), period, strict=True))
    answer = ann.get(PAGE, params=asked)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'name="first_day"' in answer.text
    assert ann.get(FILE, params=asked).status_code == 422


def test_the_page_has_a_strict_policy_and_nothing_inline(as_person: Browsers) -> None:
    answer = as_person("ann").get(PAGE, params=year(2021))
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    written = Written()
    written.feed(answer.text)
    assert written.inline == []


def test_the_overview_leads_to_it(as_person: Browsers) -> None:
    assert f'href="{PAGE}"' in as_person("ann").get("/console/overview").text
