"""Prometheus metrics of the service; each application has its own registry."""

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from scanner.engine.examiner import Examination
from scanner.engine.stages import Stage
from scanner.engine.types import FailedImage
from scanner.verdicts.rows import Row
from scanner.verdicts.types import FOUND_NOTHING, Reason

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_log = logging.getLogger(__name__)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._gauges: dict[str, Gauge] = {}
        self.calls = Counter("markscan_calls", "Calls answered.", ("method", "route", "status"), registry=self.registry)
        self.call_seconds = Histogram(
            "markscan_call_seconds",
            "Seconds to answer a call.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.stage_seconds = Histogram(
            "markscan_stage_seconds",
            "Seconds of a stage for one image.",
            ("stage",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._stages = {stage: self.stage_seconds.labels(stage.value) for stage in Stage}
        self.verdicts = Counter("markscan_verdicts", "Images judged.", ("decision", "reason"), registry=self.registry)
        self.matches = Counter(
            "markscan_matches", "Images that match a brand.", ("brand", "kind"), registry=self.registry
        )
        self.failures = Counter("markscan_failures", "Images without a verdict.", ("code",), registry=self.registry)
        self.repeated = Counter(
            "markscan_images_seen_before", "Images whose bytes were scanned before.", registry=self.registry
        )

    def watch(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """A gauge whose value is computed when it is read; it replaces an earlier one of that name."""
        self._gauge(name, help_text).set_function(_safe(value))

    def watch_each(self, name: str, help_text: str, label: str, values: Mapping[str, Callable[[], float]]) -> None:
        """A gauge like that of `watch` for each value of a label."""
        gauge = self._gauge(name, help_text, label)
        for value, computed in values.items():
            gauge.labels(value).set_function(_safe(computed))

    def _gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        if name in self._gauges:  # the service was opened once more
            self.registry.unregister(self._gauges[name])
        self._gauges[name] = Gauge(name, help_text, labels, registry=self.registry)
        return self._gauges[name]

    def watch_age(self, moment: Callable[[], datetime]) -> None:
        """A gauge of the age of the published index."""

        def age() -> float:
            return (datetime.now(UTC) - moment()).total_seconds()

        self.watch("markscan_index_age_seconds", "Seconds since the index was published.", age)

    def examined(self, examination: Examination) -> None:
        """Record the seconds of an image's stages."""
        for stage, seconds in examination.seconds:
            self._stages[stage].observe(seconds)

    def judged(self, rows: Iterable[Row], matched_from: float) -> None:
        """Count verdicts and failures; a brand counts as matched from this confidence on."""
        for row in rows:
            if isinstance(row, FailedImage):
                self.failures.labels(row.code).inc()
                continue
            verdict = row.verdict
            self.verdicts.labels(verdict.decision.value, verdict.reason.value).inc()
            if verdict.reason in FOUND_NOTHING | {Reason.INCOMPLETE, Reason.MARK_CONCEALED}:
                continue
            for brand, kind in {
                (each.brand_id, each.kind) for each in verdict.evidence if each.confidence >= matched_from
            }:
                self.matches.labels(brand, kind.value).inc()

    def text(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        return generate_latest(self.registry)


def _safe(value: Callable[[], float]) -> Callable[[], float]:
    """The same value; not a number where it cannot be computed, so that the others can still be read."""

    def computed() -> float:
        try:
            return value()
        except Exception:
            _log.exception("a metric cannot be computed")
            return math.nan

    return computed
