"""OpenTelemetry traces, if OTEL_EXPORTER_OTLP_ENDPOINT names an exporter; needs the extra `traces`."""

import os
from typing import Any, Final

from fastapi import FastAPI

from scanner.engine.examiner import Examination

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"


def trace(app: FastAPI) -> None:
    """Trace each call of `app` if an exporter is named; the OTEL_* variables configure it."""
    if not os.environ.get(ENDPOINT):
        return
    from opentelemetry import trace as api  # noqa: PLC0415 - an extra
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    name = os.environ.get("OTEL_SERVICE_NAME", "markscan")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    api.set_tracer_provider(provider)
    instrument(app, provider)


def instrument(app: FastAPI, provider: Any) -> None:
    """Trace each call of `app` with a tracer provider."""
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415 - an extra

    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls="healthz,readyz,metrics")


def trace_stages(examination: Examination) -> None:
    """Add the seconds of each stage of an image to the call's trace, if there is one."""
    try:
        from opentelemetry import trace as api  # noqa: PLC0415 - an extra
    except ImportError:
        return
    span = api.get_current_span()
    if span.is_recording():
        spent = {f"markscan.{stage.value}_seconds": seconds for stage, seconds in examination.seconds}
        span.add_event("image examined", spent)
