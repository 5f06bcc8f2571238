"""Attacks on scan-images: the names of files in a folder, and the report that a browser opens."""

import re
import subprocess
import sys
import time
from typing import Final

from attacks.findings import Finding, NotTried, judged
from attacks.target import Target

_NAME: Final = 250  # characters
_PATTERN: Final = "{seller_id}-{listing_id}-{market}-{category}-{name}.jpg"
_TIME: Final = """
import sys, time
from pathlib import Path, PurePath
from brand_index.images.listed import FoundImage
from scanner.bulk.path_pattern import read_path_pattern
name = sys.argv[2]
begun = time.perf_counter()
read_path_pattern(sys.argv[1])(FoundImage(Path("/" + name), PurePath(name)))
print(time.perf_counter() - begun)
"""


def path_pattern(_: Target) -> Finding:
    """A file's name costs no more than its length, whatever --path-pattern has."""
    honest, hostile = _seconds("a-b-DE-d-e" + "x" * (_NAME - 13) + ".jpg"), _seconds("-".join("a" * (_NAME // 2)) + "!")
    times = hostile / max(honest, 0.001)
    faults = [f"it took {times:,.0f} times as long"] if times > 200 else []
    return judged(faults, f"a name of {_NAME} characters: {times:,.0f} × an honest one")


def _seconds(name: str) -> float:
    """How long it takes to match a name, in a process of its own."""
    command = [sys.executable, "-c", _TIME, _PATTERN, name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except subprocess.TimeoutExpired:
        return 60.0
    except subprocess.CalledProcessError as error:
        raise NotTried(f"the pattern was refused: {error.stderr.strip()[-200:]}") from error
    return float(done.stdout)


def report_scripts(target: Target) -> Finding:
    """The report runs its own script and no other: its Content-Security-Policy names hashes."""
    own = target.needs_own()
    folder = own.store.root.parent / f"report-{time.monotonic_ns()}"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "copy.jpg").write_bytes((own.pristine.parent / "copy.jpg").read_bytes())
    code = "from scanner.commands.main import scan_images_main; scan_images_main()"
    options = ["--store", str(own.pristine), "--out", str(folder / "out"), "--format", "jsonl,html"]
    command = [sys.executable, "-c", code, str(folder / "images"), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    report = next(iter((folder / "out").glob("*.html")), None)
    if report is None:
        raise NotTried(f"no report was written: {done.stderr.strip()[-200:]}")
    policy = re.search(r'Content-Security-Policy"[^>]*content="([^"]*)"', report.read_text("utf-8"))
    words = "" if policy is None else policy[1]
    scripts = re.search(r"script-src ([^;]*)", words)
    inline = scripts is None or "unsafe-inline" in scripts[1]
    return judged(
        ["any inline script may run"] if inline else [], f"script-src {scripts[1] if scripts else 'is missing'}"
    )
