"""Starts an S3 server and PostgreSQL on this machine, for measurements and tests; it measures nothing."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine, text

STARTING: Final = 60.0  # seconds that the S3 server may take


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something listens at a port of this machine."""
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """The variables that name an S3 server to a process; it is moto's, ends with the block, and keeps nothing.

    Raises RuntimeError where it does not start.
    """
    port = free_port()
    code = "from moto.server import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + STARTING
        while not answers(port):
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the S3 server does not start: is moto[server] installed?")
            time.sleep(0.2)
        yield {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        }
    finally:
        server.kill()
        server.wait()


@dataclass(frozen=True)
class PostgreSQL:
    """A server, which listens at a socket in its folder."""

    folder: Path
    programs: Path

    @property
    def url(self) -> str:
        """As --registry-url takes it."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def make_database(self, name: str) -> str:
        """Make an empty database; returns its URL."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        return self.url.replace("/postgres?", f"/{name}?")

    def control(self, *words: str) -> None:
        """Run pg_ctl. PostgreSQL does not run as root."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", str(self.folder / "log"), *words)

    def run(self, program: str, *words: str) -> None:
        """Run one of its programs."""
        user = "postgres" if os.geteuid() == 0 else None
        command = [str(self.programs / program), *words]
        subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def postgresql_programs() -> Path | None:
    """The folder of PostgreSQL's programs; None: it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    return found[-1].parent if found else None if named is None else Path(named).parent


@contextmanager
def postgresql_server() -> Iterator[PostgreSQL]:
    """A server with an empty database. Raises RuntimeError where PostgreSQL is not installed."""
    programs = postgresql_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="mk-", dir="/tmp"))  # names of sockets are short
    server = PostgreSQL(folder, programs)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        server.run("initdb", "-D", str(folder / "data"), "-E", "UTF8", "-A", "trust", "-U", "postgres")
        server.control("-o", f"-c listen_addresses= -k {folder}", "start")
        yield server
    finally:
        subprocess.run(
            [programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"],
            check=False,
            user="postgres" if os.geteuid() == 0 else None,
            cwd="/",
            stdout=subprocess.DEVNULL,
        )
        shutil.rmtree(folder, ignore_errors=True)
