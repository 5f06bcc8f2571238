"""Traces hold the seconds of each stage of an image, if tracing is on."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from brand_index.store import Store
from scanner.service.accounts.keys import create_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.roles import Role
from scanner.service.app import create_app
from scanner.service.traces import ENDPOINT, instrument
from scanner.settings import ServiceSettings, Settings
from tests.scanner.service.api.test_scans import CLEAN
from tests.scanner.service.conftest import copy_of, listening


def test_a_trace_of_a_scan_has_its_stages(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(ENDPOINT, raising=False)
    place, seen = copy_of(store, tmp_path), InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(seen))
    with open_registry(place) as registry:
        _, key = create_key(registry.database, role=Role.PIPELINE, name="eu", now=datetime.now(UTC))
    app = create_app(place, settings.model_copy(update={"service": ServiceSettings(workers=1)}))
    instrument(app, provider)
    with listening(app) as address:
        images, headers = {"images": ("clean.jpg", CLEAN)}, {"Authorization": f"Bearer {key}"}
        assert httpx.post(f"{address}/v1/scans", files=images, headers=headers, timeout=60).status_code == 200
    result = [event.attributes for span in seen.get_finished_spans() for event in span.events]
    assert len(result) == 1
    assert {"markscan.decode_seconds", "markscan.keypoints_seconds", "markscan.verify_seconds"} <= set(result[0] or {})
