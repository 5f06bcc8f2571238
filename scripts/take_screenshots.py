"""Takes the screenshots of docs/images from a demo; needs `pip install playwright`, Chromium and the extra service."""

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import httpx
import typer
from PIL import Image

IMAGES: Final = Path(__file__).parent.parent / "docs" / "images"
READY_SECONDS: Final = 120
_MAIN: Final = "import scanner.commands.main as main; main.{}_main()"


def take(page: Any, name: str, width: int, height: int) -> None:
    """Save a screenshot of `page` as `name` in docs/images."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_load_state("networkidle")
    shown = Image.open(BytesIO(page.screenshot())).convert("RGB")
    shown.quantize(256).save(IMAGES / name, optimize=True)  # under half of the bytes
    typer.echo(f"wrote {IMAGES / name}")


def markscan(program: str, *arguments: str) -> list[str]:
    """The command line that runs a Markscan program with this environment's Python."""
    return [sys.executable, "-c", _MAIN.format(program), *arguments]


@contextmanager
def serving(store: Path, address: str) -> Iterator[None]:
    """Run the service over a store; enters when it is ready."""
    port = address.rpartition(":")[2]
    service = subprocess.Popen(markscan("markscan", "serve", "--store", str(store), "--port", port, "--workers", "1"))
    try:
        for _ in range(READY_SECONDS):
            try:
                if httpx.get(f"{address}/readyz").is_success:
                    break
            except httpx.TransportError:
                pass
            time.sleep(1)
        yield
    finally:
        service.terminate()
        service.wait()


def main(
    chromium: Annotated[str, typer.Option(help="The browser.")] = shutil.which("chromium") or "chromium",
    case: Annotated[str, typer.Option(help="Part of the file name of the image whose case is shown.")] = "black-tee",
    port: Annotated[int, typer.Option(help="Port of the temporary service.")] = 8769,
) -> None:
    """Draw a demo, scan it, and take screenshots of its report, of the queue and of one case."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - no extra has it

    address, password = f"http://127.0.0.1:{port}", secrets.token_urlsafe(16)
    with TemporaryDirectory(prefix="markscan-screenshots-") as folder:
        demo, store = Path(folder, "demo"), Path(folder, "demo", "markscan-store")
        subprocess.run(markscan("scan_images", "--demo", "demo", "--record"), cwd=folder, check=True)
        adding = markscan("markscan", "users", "add", "ann", "--role", "reviewer", "--store", str(store))
        subprocess.run(adding, env=os.environ | {"MARKSCAN_PASSWORD": password}, check=True)
        with serving(store, address), sync_playwright() as started:
            browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto((demo / "report.html").as_uri())
            take(page, "report.png", 1265, 1330)
            page.set_viewport_size({"width": 1265, "height": 740})
            page.get_by_role("heading", name="Alike, and no copy").scroll_into_view_if_needed()
            page.evaluate("document.querySelector('section.alike').scrollIntoView()")
            take(page, "alike.png", 1265, 740)
            page.goto(f"{address}/console")
            page.get_by_label("Name").fill("ann")
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url("**/console/**")
            take(page, "queue.png", 1280, 760)
            for link in [each.get_attribute("href") for each in page.locator("a[href^='/console/cases/']").all()]:
                page.goto(f"{address}{link}")
                if page.get_by_text(case).count():
                    break
            take(page, "case.png", 1280, 960)
            browser.close()


if __name__ == "__main__":
    typer.run(main)
