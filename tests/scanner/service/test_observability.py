"""Readiness, metrics and JSON logs of the service."""

import json
import logging
import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from logging.handlers import QueueHandler
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families
from skimage import data as photographs

from brand_index.errors import FileAltered, InvalidField, RegistryError
from scanner.engine.stages import Stage
from scanner.service.accounts.keys import list_keys
from scanner.service.accounts.roles import Role
from scanner.service.accounts.users import add_user, log_in
from scanner.service.logs import REQUEST_ID, log_as_json
from scanner.service.problems import problem_of
from tests.conftest import jpeg
from tests.scanner.service.conftest import Running

COPY = jpeg(np.asarray(photographs.astronaut(), np.uint8)[20:480, 30:500])


def counters(running: Running) -> dict[tuple[str, ...], float]:
    """Samples by name and label values."""
    text = running.http.get("/metrics", headers=running.as_role(Role.ADMIN)).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scan(running: Running, ending: bytes = b"") -> None:
    """Scan a copied photo; another `ending` of its bytes makes it a new image."""
    files = {"images": ("copy.jpg", COPY + ending)}
    running.http.post("/v1/scans", files=files, headers=running.as_role(Role.PIPELINE)).raise_for_status()


def test_a_service_says_that_it_is_ready_with_which_index_and_which_models(running: Running) -> None:
    result = running.http.get("/readyz").json()
    assert result["ready"] is True
    assert result["index_revision"] == running.registry.references_revision()
    assert result["index_age_seconds"] >= 0
    assert {len(sha256) for sha256 in result["models"].values()} == {64}
    assert running.http.get("/healthz").json() == {"status": "ok"}


def test_a_scan_is_counted_by_route_reason_brand_and_stage(running: Running) -> None:
    before = counters(running)
    scan(running)
    after = counters(running)

    def grew_by(*name: str) -> float:
        return after[name] - before.get(name, 0.0)

    assert grew_by("markscan_calls_total", "POST", "/v1/scans", "200") == 1
    assert grew_by("markscan_call_seconds_count", "POST", "/v1/scans") == 1
    assert grew_by("markscan_verdicts_total", "block", "photo_copied") == 1
    assert grew_by("markscan_matches_total", "acme", "photo") == 1
    run = dict.fromkeys(Stage, 1) | {Stage.READ: 0}  # no word is registered
    assert {stage: grew_by("markscan_stage_seconds_count", stage.value) for stage in Stage} == run


def test_what_was_seen_before_is_counted_apart(running: Running) -> None:
    scan(running)
    before = counters(running)
    scan(running)
    after = counters(running)
    assert after["markscan_images_seen_before_total",] - before["markscan_images_seen_before_total",] == 1


def test_queue_and_index_are_gauges(running: Running) -> None:
    result = counters(running)
    assert result["markscan_queue_images",] == result["markscan_queued_scans",] == 0
    assert result["markscan_index_revision",] == running.registry.references_revision()
    assert result["markscan_index_age_seconds",] >= 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_worker_that_died_is_counted_and_the_next_scan_is_done(running: Running) -> None:
    (process,) = running.app.state.service.pool._processes.values()
    os.kill(process.pid, signal.SIGKILL)
    scan(running, ending=b"another image")
    assert counters(running)["markscan_worker_deaths",] == 1


def test_a_line_of_the_log_is_json_and_names_its_call(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    log_as_json(logging.INFO)
    token = REQUEST_ID.set("order-4711-a")
    try:
        logging.getLogger("scanner.test").warning("it said “no”\nand more", extra={"status": 503})
    finally:
        REQUEST_ID.reset(token)
    (line,) = capsys.readouterr().err.splitlines()
    result = json.loads(line)
    assert (result["level"], result["logger"], result["request_id"]) == ("WARNING", "scanner.test", "order-4711-a")
    assert (result["message"], result["status"]) == ("it said “no”\nand more", 503)
    moment = datetime.fromisoformat(result["at"])
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


@pytest.fixture
def calls() -> Iterator[Callable[[], dict[str, Any]]]:
    """The fields of the next line about a call; the service writes it once the answer is sent."""
    lines: SimpleQueue[logging.LogRecord] = SimpleQueue()
    logger, handler = logging.getLogger("scanner.service.calls"), QueueHandler(lines)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: vars(lines.get(timeout=60))
    logger.removeHandler(handler)
    logger.setLevel(before)


@pytest.mark.parametrize(
    ("path", "role", "expected"),
    [
        ("/v1/brands", Role.REVIEWER, (200, "reviewer", None)),
        ("/v1/scans/none", Role.BRAND_OWNER, (403, "brand-owner", "wrong_role")),
        ("/v1/scans/none", Role.PIPELINE, (404, "pipeline", "unknown_scan")),
        ("/v1/scans/none", None, (401, None, "no_key")),
        ("/v1/scans?limit=many", Role.PIPELINE, (422, "pipeline", "invalid_field")),
    ],
)
def test_the_line_of_a_call_says_who_called_and_which_check_refused_it(
    running: Running,
    calls: Callable[[], dict[str, Any]],
    path: str,
    role: Role | None,
    expected: tuple[int, str | None, str | None],
) -> None:
    headers = {"X-Forwarded-For": "203.0.113.20"} | ({} if role is None else running.as_role(role))
    running.http.get(path, headers=headers)
    line = calls()
    keys = {key.key_id: key.name for key in list_keys(running.registry.database)}
    assert (line["status"], keys.get(line["key_id"]), line["problem"]) == expected
    assert (line["caller"], line["user_id"]) == ("203.0.113.20", None)


def test_the_line_of_a_page_names_its_user(running: Running, calls: Callable[[], dict[str, Any]]) -> None:
    now, password = datetime.now(UTC), "correct horse battery"
    add_user(running.registry.database, "ann", password, Role.BRAND_OWNER, now, brands=frozenset({"acme"}))
    token = log_in(running.registry.database, "ann", password, now)
    running.http.get("/console/queue", headers={"Cookie": f"__Host-markscan={token}"})
    line = calls()
    assert (line["user_id"], line["status"], line["problem"]) == ("ann", 403, "wrong_role")


def test_what_is_wrong_with_the_store_is_in_the_log_and_not_in_the_answer(caplog: pytest.LogCaptureFixture) -> None:
    problem = problem_of(RegistryError("the registry sqlite:///secret/place.db cannot be used: disk is full"))
    assert (problem.status, "place.db" in problem.detail) == (503, False)
    altered = FileAltered(Path("media/ab/abcd.png"), "0" * 64, f"its SHA-256 is {'1' * 64}")
    assert "abcd.png" not in problem_of(altered).detail
    assert [record.getMessage() for record in caplog.records if record.name == "scanner.service.problems"] == [
        "call failed: registry_error: the registry sqlite:///secret/place.db cannot be used: disk is full",
        f"call failed: file_altered: {altered}",
    ]


def test_what_is_wrong_with_a_call_is_no_error_of_the_service(caplog: pytest.LogCaptureFixture) -> None:
    assert problem_of(InvalidField("brand is empty: give it")).status == 422
    assert [record for record in caplog.records if record.name == "scanner.service.problems"] == []
