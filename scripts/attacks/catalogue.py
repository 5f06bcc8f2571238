"""Every attack with its weight and bounds, and the run of them one after another."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

from attacks import batch, connections, forms, outages, records, sellers, side_processes, uploads
from attacks.findings import Finding, NotTried, Outcome, Result, Weight
from attacks.target import Target


@dataclass(frozen=True, slots=True)
class Attack:
    """An attack: a function whose docstring is the promise that it attacks."""

    number: int
    name: str
    weight: Weight
    run: Callable[[Target], Finding]
    seconds: int = 120  # it may take at most; an attack that takes longer counts as fallen
    long: bool = False  # left out of the short form

    @property
    def promise(self) -> str:
        """What is attacked, in one sentence."""
        return (self.run.__doc__ or "").strip().splitlines()[0]


class OutOfTime(Exception):
    """The attack took longer than it may."""


ATTACKS: Final = (
    Attack(1, "long logo", Weight.CRITICAL, uploads.long_logo, 200),
    Attack(1, "lost and broken media", Weight.CRITICAL, uploads.lost_media),
    Attack(2, "slow character set", Weight.CRITICAL, forms.slow_charset),
    Attack(2, "odd character sets", Weight.MEDIUM, forms.odd_charsets),
    Attack(3, "full disk", Weight.HIGH, outages.full_disk, 240, long=True),
    Attack(3, "stray folders", Weight.HIGH, outages.stray_folders, long=True),
    Attack(3, "damaged backlog", Weight.HIGH, outages.damaged_backlog, 150, long=True),
    Attack(3, "killed service", Weight.HIGH, outages.killed_service, 180, long=True),
    Attack(3, "killed processes", Weight.HIGH, outages.killed_processes, 240, long=True),
    Attack(3, "damaged index", Weight.HIGH, outages.damaged_index, 400, long=True),
    Attack(4, "log-ins starve scans", Weight.HIGH, forms.log_ins_starve),
    Attack(4, "guesses at one name", Weight.HIGH, forms.guesses_at_one_name),
    Attack(4, "guesses from one address", Weight.HIGH, forms.guesses_from_one_address, 240, long=True),
    Attack(5, "block by notice", Weight.HIGH, sellers.block_by_notice),
    Attack(6, "tampered rows", Weight.HIGH, records.tampered_rows, 240),
    Attack(6, "truncated end of the log", Weight.HIGH, records.truncated_end),
    Attack(6, "changed files", Weight.HIGH, records.changed_files, 180, long=True),
    Attack(6, "changed bundle", Weight.HIGH, records.changed_bundle, long=True),
    Attack(7, "refused appeals fill the disk", Weight.HIGH, sellers.appeals_fill_the_disk),
    Attack(7, "floods of appeals", Weight.HIGH, sellers.appeal_form_floods),
    Attack(8, "images of sellers", Weight.HIGH, sellers.images_of_sellers, 180, long=True),
    Attack(8, "drawings of a rival", Weight.HIGH, side_processes.drawings_of_a_rival, 240, long=True),
    Attack(8, "large registrations", Weight.HIGH, side_processes.large_registrations, 240, long=True),
    Attack(8, "killed side process", Weight.HIGH, side_processes.killed_side_process, long=True),
    Attack(9, "drawing outlives service", Weight.HIGH, side_processes.drawing_outlives_service),
    Attack(10, "half-sent heads", Weight.MEDIUM, connections.half_sent_heads),
    Attack(10, "endless headers", Weight.MEDIUM, connections.endless_headers),
    Attack(10, "stalled bodies", Weight.MEDIUM, connections.stalled_bodies),
    Attack(11, "thin PNG", Weight.MEDIUM, uploads.thin_png),
    Attack(11, "AVIF of two extents", Weight.MEDIUM, uploads.avif_of_two_extents),
    Attack(11, "AVIF of boxes", Weight.MEDIUM, uploads.avif_of_boxes),
    Attack(11, "JPEG of shared tags", Weight.MEDIUM, uploads.jpeg_of_tags),
    Attack(12, "dripping receiver", Weight.MEDIUM, sellers.dripping_receiver, 180, long=True),
    Attack(13, "empty secret", Weight.MEDIUM, outages.empty_secret, long=True),
    Attack(14, "long build", Weight.MEDIUM, outages.long_build, 400, long=True),
    Attack(15, "clock ahead", Weight.LOW, outages.clock_ahead, 180, long=True),
    Attack(15, "path pattern", Weight.LOW, batch.path_pattern, 150),
    Attack(15, "report's scripts", Weight.LOW, batch.report_scripts, long=True),
    Attack(15, "huge numbers", Weight.LOW, forms.huge_numbers),
    Attack(15, "other pipeline's notice", Weight.LOW, forms.other_pipelines_notice),
    Attack(15, "control characters", Weight.LOW, forms.control_characters),
    Attack(15, "redirect follows Host", Weight.LOW, forms.redirect_follows_host),
    Attack(15, "cut-off calls", Weight.LOW, forms.cut_off_calls),
)


def run_all(attacks: tuple[Attack, ...], target: Target, say: Callable[[str], None]) -> Iterator[Result]:
    """Run the attacks one after another; `say` gets each result as it ends."""
    for attack in attacks:
        result = run_one(attack, target)
        say(f"{result.outcome:9}  {attack.number:2} {attack.name} ({result.seconds:.0f} s): {result.measured}")
        yield result
        if target.own is not None:
            target.own.restart()


def run_one(attack: Attack, target: Target) -> Result:
    """Run one attack within its seconds. An error of the attack itself counts as fallen: nobody is to overlook it."""
    begun = time.monotonic()
    try:
        with _at_most(attack.seconds):
            finding = attack.run(target)
        outcome, measured = Outcome.FALLEN if finding.fell else Outcome.HELD, finding.measured
    except OutOfTime:
        outcome, measured = Outcome.FALLEN, f"no end within {attack.seconds} s"
    except NotTried as reason:
        outcome, measured = Outcome.NOT_TRIED, str(reason)
    except Exception as error:
        outcome, measured = Outcome.FALLEN, f"the attack failed: {type(error).__name__}: {error}"[:300]
    took = time.monotonic() - begun
    return Result(attack.number, attack.name, attack.weight, outcome, measured, attack.promise, took)


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """Raises OutOfTime in the block after so many seconds; for the main thread."""

    def end(_: int, __: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
