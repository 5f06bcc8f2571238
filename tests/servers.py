"""An S3 server for tests, and ways to wait; benchmarks/servers.py starts the servers."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from benchmarks import servers


def wait_for(
    condition: Callable[[], object], seconds: float = 240.0, *, pause: float = 0.5, what: str = "what was waited for"
) -> None:
    """Wait until a condition, of which `what` is said, holds; it is looked at after every pause of so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(pause)


@contextmanager
def s3_server() -> Iterator[None]:
    """An S3 server; variables name it to all processes."""
    with servers.s3_server() as variables, pytest.MonkeyPatch.context() as patched:
        for name, value in variables.items():
            patched.setenv(name, value)
        _forget_connections()
        try:
            yield
        finally:
            _forget_connections()


def _forget_connections() -> None:
    """Have this process connect anew, to the server that the variables name now."""
    import fsspec  # noqa: PLC0415 - where it is installed

    fsspec.get_filesystem_class("s3").clear_instance_cache()
