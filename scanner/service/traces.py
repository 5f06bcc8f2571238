"""OpenTelemetry, where the extra `traces` is installed and an exporter is named by OTEL_EXPORTER_OTLP_ENDPOINT."""

import os
from typing import Any, Final

from fastapi import FastAPI

from scanner.engine.examiner import Examination

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"


def trace(app: FastAPI) -> None:
    """Have each call of `app` traced, if somebody wants it: OTEL_* variables say where to and as what."""
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
    """Have each call of `app` traced by an OpenTelemetry tracer provider."""
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415 - an extra

    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls="healthz,readyz,metrics")


def tell_stages(examination: Examination) -> None:
    """Add how long each stage of an image took to the call's trace, if it has one."""
    try:
        from opentelemetry import trace as api  # noqa: PLC0415 - an extra
    except ImportError:
        return
    span = api.get_current_span()
    if span.is_recording():
        spent = {f"markscan.{stage.value}_seconds": seconds for stage, seconds in examination.seconds}
        span.add_event("image examined", spent)
