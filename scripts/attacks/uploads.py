"""Attacks with images: costly files that are scanned, and references that cannot be described later."""

import itertools
import shutil
import time

from attacks import images
from attacks.findings import Finding, judged
from attacks.measuring import watching
from attacks.own_service import BRAND, RIVAL, OwnService, png
from attacks.target import Target
from scanner.demo import logos

_COSTLY = 30.0  # quiet scans that one image may take; the faults took hundreds
_MEGABYTES = 600.0  # that one image may add
_SETTLED = 60.0  # seconds within which a service is whole again
_BOXES = 48 * 2**20  # bytes
_SIZES = itertools.count()


def thin_png(target: Target) -> Finding:
    """An image of few bytes costs little, whatever its shape: a PNG of 1 × 51,000,000 px."""
    return _costly(target, images.thin_png(51_000_000))


def avif_of_two_extents(target: Target) -> Finding:
    """The size of an AVIF's frame is known before it is decoded, also when its header lies over two extents."""
    return _costly(target, images.avif_of_two_extents(6_000), refused=True)


def avif_of_boxes(target: Target) -> Finding:
    """The parts of a file are counted before they cost time: an AVIF of millions of empty boxes."""
    return _costly(target, images.avif_of_boxes(target.photo, _BOXES // 2 if target.short else _BOXES))


def jpeg_of_tags(target: Target) -> Finding:
    """Tags of a JPEG that share their bytes cost no more than these bytes."""
    return _costly(target, images.jpeg_of_tags(target.photo))


def _costly(target: Target, image: bytes, *, refused: bool = False) -> Finding:
    """Have the image scanned. `refused`: it has to be unreadable."""
    with watching(target, scans=False) as watched, target.calling(target.keys.pipeline, 90) as http:
        begun = time.monotonic()
        answer = target.scan(http, image)
        times = (time.monotonic() - begun) / target.quiet_scan
    read = answer.status_code == 200 and answer.json().get("reason") != "unreadable"
    faults = [f"it took {times:.0f} quiet scans"] if times > _COSTLY else []
    faults += [f"it took {watched.added:,.0f} MB"] if watched.added > _MEGABYTES else []
    faults += ["it was decoded"] if refused and read else []
    faults += [f"it was answered {answer.status_code}"] if answer.status_code >= 500 else []
    words = "was decoded" if read else "was refused"
    size = f"{len(image) / 1000:,.1f} kB {words}"
    return judged(faults, f"{size}: {times:.0f} × a quiet scan, +{watched.added:,.0f} MB")


def long_logo(target: Target) -> Finding:
    """Whatever registration accepts can be described: a very long logo stops no index."""
    if target.own is None:
        return _long_logos(target, (20_000,))
    with target.own.fresh() as service:
        return _long_logos(target.of(service), (20_000, 60_000) if target.short else (20_000, 60_000, 200_000))


def _long_logos(target: Target, lengths: tuple[int, ...]) -> Finding:
    logos_made = [images.long_logo(length) for length in lengths]
    quiet_registration(target)  # so that the memory of the process for it is not the attack's
    with watching(target) as watched:
        statuses = [target.register(target.keys.owner, logo, "long.png").status_code for logo in logos_made]
        honest = target.register(target.keys.rival, another_logo(), "honest.png", brand=RIVAL).status_code
        waited = settled(target, _SETTLED)
    faults = [*watched.faults()]
    faults += [f"an honest logo was answered {honest}"] if honest != 201 else []
    faults += ["no index with the next reference was published"] if waited is None else []
    return judged(faults, f"64 × {', '.join(map(str, lengths))} px were answered {statuses}; +{watched.added:,.0f} MB")


def lost_media(target: Target) -> Finding:
    """A reference whose file is lost or broken is set aside and named, and the index is built without it."""
    with target.needs_own().fresh(start=False) as service:
        forget_descriptions(service)
        lost, broken = service.files_of(BRAND, "photo")[0], service.files_of(BRAND, "logo")[0]
        lost.unlink()
        broken.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
        try:
            service.start()
        except RuntimeError as error:
            return judged(["the service does not start"], str(error)[-160:].replace("\n", " "))
        rows = service.rows("SELECT reference_id FROM reference_images WHERE brand_id = ?", BRAND)
        unnamed, until = {str(row[0]) for row in rows}, time.monotonic() + _SETTLED / 2
        while unnamed and time.monotonic() < until:
            log = service.log.read_text("utf-8", "replace")
            unnamed = {each for each in unnamed if each not in log}
            time.sleep(0.2)
    return judged(
        [f"not named: {', '.join(sorted(unnamed))}"] if unnamed else [], "one file was deleted, one overwritten"
    )


def settled(target: Target, seconds: float) -> float | None:
    """Seconds until the published index has every reference; None: it does not within so many."""
    begun = time.monotonic()
    with target.calling(None, 30) as http:
        while time.monotonic() < begun + seconds:
            ready = http.get("/readyz")
            if ready.is_success and ready.json()["index_lag_seconds"] == 0:
                return time.monotonic() - begun
            time.sleep(0.1)
    return None


def quiet_registration(target: Target) -> float:
    """Seconds that the registration of a logo takes with nothing else going on, once the process for it runs."""
    seconds = []
    for _ in range(2):
        logo, begun = another_logo(), time.monotonic()
        target.register(target.keys.owner, logo, "quiet.png").raise_for_status()
        seconds.append(time.monotonic() - begun)
    return seconds[-1]


def another_logo() -> bytes:
    """A logo that no store of ours has yet; another at each call."""
    return png(logos.brackmoor().pixels(500 + next(_SIZES)))


def forget_descriptions(service: OwnService) -> None:
    """Delete the index and what it is built from faster, of a service that does not run."""
    service.change("DELETE FROM descriptors")
    shutil.rmtree(service.store.index)
