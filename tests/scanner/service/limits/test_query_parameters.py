"""Query parameters that are unknown, misspelt, repeated or out of order: every route of the API refuses them."""

import re

from fastapi.routing import iter_route_contexts

from scanner.service.accounts.roles import Role
from scanner.service.limits.query_parameters import API
from tests.scanner.service.conftest import Running


def test_every_route_of_the_api_refuses_unknown_and_repeated_query_parameters(running: Running) -> None:
    admin, tried = running.as_role(Role.ADMIN), 0
    for route in iter_route_contexts(running.app.routes):
        template = str(route.path)
        for method in sorted(route.methods or ()):
            if not template.startswith(API):
                continue
            path = re.sub(r"\{(\w+)\}", "1", template)
            answer = running.http.request(method, f"{path}?sellr_id=S9", headers=admin)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field"), (method, template)
            assert "'sellr_id' is not known" in answer.json()["detail"]
            for name in re.findall(r"this call takes ([a-z_, ]+)", answer.json()["detail"])[0].split(", "):
                twice = running.http.request(method, f"{path}?{name}=1&{name}=2", headers=admin)
                expected = f"query parameter '{name}'" + (" is not known" if name == "none" else ": send it once")
                assert (twice.status_code, expected in twice.json()["detail"]) == (422, True), twice.text
            tried += 1
    assert tried > 25


def test_a_query_parameter_that_is_not_known_is_answered_with_what_was_probably_meant(running: Running) -> None:
    admin = running.as_role(Role.ADMIN)
    misspelt = running.http.post("/v1/scans?asyn=1", headers=admin).json()["detail"]
    assert misspelt == (
        "query parameter 'asyn' is not known: did you mean 'async'? this call takes async; fields are sent in the body"
    )
    assert "did you mean 'seller_id'?" in running.http.get("/v1/scans?sellerid=S1", headers=admin).json()["detail"]


def test_a_time_that_ends_before_it_begins_is_refused(running: Running) -> None:
    admin = running.as_role(Role.ADMIN)
    day = "2026-05-0"
    for path, first, last in (
        ("/v1/scans", "accepted_from", "accepted_to"),
        ("/v1/scans", "finished_from", "finished_to"),
        ("/v1/brands/acme/cases", "since", "until"),
        ("/v1/brands/acme/notices", "since", "until"),
    ):
        answer = running.http.get(path, params={first: f"{day}2T00:00Z", last: f"{day}1T00:00Z"}, headers=admin)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
        assert f"{first} 2026-05-02" in answer.json()["detail"]
        same = running.http.get(path, params={first: f"{day}1T00:00Z", last: f"{day}1T00:00Z"}, headers=admin)
        assert same.status_code == 200
