"""Runs the application under uvicorn until it is stopped."""

import contextlib
import gc
import logging
import os
import socket
import sys
from functools import partial
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from brand_index.errors import UsageError
from brand_index.store import Store
from scanner.service.app import create_app
from scanner.service.limits.connections import BoundedProtocol, Waiting
from scanner.service.logs import log_as_json
from scanner.settings import Settings

CONNECTIONS = 1_000  # at once; more are answered 503. Half may wait for a call, and 400 calls may run
OPEN_FILES = 16_384  # that the service may have open: connections, and files of their uploads
STARTUP_FAILURE = 3  # exit code, as uvicorn has it
GRACE = 30  # seconds that running calls get to finish when the service stops


class AddressUnusable(UsageError):
    """The service cannot listen at an address."""

    code = "address_unusable"


def check_address(host: str, port: int) -> None:
    """Raise AddressUnusable where the service could not listen, before it opens its parts."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as probe:
                if os.name == "posix":  # elsewhere it would let two programs listen
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise AddressUnusable(
            f"--host {host} --port {port}: the service cannot listen there ({reason}). Stop what listens there, or "
            "choose another port or address"
        ) from error


def serve_for_ever(store: Store, settings: Settings, host: str, port: int) -> None:
    """Answer until SIGTERM or SIGINT."""
    log_as_json(logging.INFO)
    allow_open_files()
    app = create_app(store, settings)
    gc.freeze()  # imported objects live as long as the process, so the collector can skip them
    server = uvicorn.Server(config_of(app, settings, host, port))
    with contextlib.suppress(KeyboardInterrupt):  # which uvicorn raises again once it has stopped
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def allow_open_files() -> None:
    """Raise the soft limit of open files, which is often 1,024: fewer than connections and their uploads may need."""
    try:
        import resource  # noqa: PLC0415 - not on Windows, which has no such limit
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def config_of(app: ASGIApp, settings: Settings, host: str, port: int) -> uvicorn.Config:
    """How uvicorn runs an application."""
    waiting = Waiting(CONNECTIONS // 2)
    return uvicorn.Config(
        app,
        http=cast("type[BoundedProtocol]", partial(BoundedProtocol, waiting=waiting)),
        ws="none",
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE,
        forwarded_allow_ips=[str(proxy) for proxy in settings.service.trusted_proxies],
    )
