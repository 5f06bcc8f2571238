"""Whether the service is ready, what hinders it, and what fails beside; it changes nothing."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from brand_index.errors import RegistryError
from scanner.service.answers import Ready, TaskState
from scanner.service.service import Service
from scanner.service.tasks.periodic_task import PeriodicTask
from scanner.verdicts.words import code_in_words

LATE: Final = timedelta(minutes=2)  # that a task may fail, or be in one run, before anybody is warned
LEAST_ROOM: Final = 16 * 2**20  # bytes: with less on the disk a scan may not be recorded
LITTLE_ROOM: Final = 512 * 2**20  # bytes from which nobody is warned


def free_bytes(folder: Path) -> int:
    """What may still be written on the disk of a folder; nothing where the folder is gone."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def readiness(service: Service, now: datetime, room: Callable[[Path], int] = free_bytes) -> Ready:
    """How the service fares. Only what endangers verdicts makes it not ready: workers, their index, and a full disk."""
    most = timedelta(seconds=service.settings.service.max_index_lag_seconds)
    published, index = service.keeper.published, service.keeper.task
    problems, lag = [], None
    try:
        lag = service.keeper.lag(now)
    except RegistryError:
        problems.append("The registry cannot be read. The log says why.")
    if lag is not None and lag > most:
        problems.append(
            f"The index is out of date: references that changed {lag.total_seconds():.0f} s ago are not in it "
            f"(max_index_lag_seconds is {most.total_seconds():g}). The log says why no index was published."
        )
    if index.without_success(now) > most:
        problems.append(f"{_late(index, now)} (max_index_lag_seconds is {most.total_seconds():g}). The log says why.")
    if (why := service.pool.why_down) is not None:
        problems.append(f"No worker can be started: {code_in_words(why).lower()}. The log has the details.")
    free = room(service.store.root)
    where = f"{free >> 20} MiB are free on the disk of the store"
    if free < LEAST_ROOM:
        problems.append(f"Only {where}, and no scan can be recorded without room: make some.")
    warnings = [f"{_late(each, now)}. The log says why." for each in service.tasks if each.without_success(now) > LATE]
    if LEAST_ROOM <= free < LITTLE_ROOM:
        warnings.append(f"Only {where}: make room, or no scan can be recorded.")
    if not published.references:
        warnings.append("No reference is searched: none is registered and in force, so that no image can match.")
    if service.keeper.damaged is not None:
        warnings.append(service.keeper.damaged.sentence("A file of the index was damaged"))
    if published.set_aside:  # without names: anybody may ask
        number = len(published.set_aside)
        which = "1 reference is" if number == 1 else f"{number} references are"
        warnings.append(f"{which} not searched, for want of a description: `markscan brands` says which, and why.")
    if service.keeper.lost:
        number = len(service.keeper.lost)
        which = "The file of 1 reference is" if number == 1 else f"The files of {number} references are"
        warnings.append(f"{which} gone: `markscan brands` says which, and what to do.")
    return Ready(
        ready=not problems,
        problems=problems,
        warnings=warnings,
        index_revision=published.revision,
        index_age_seconds=(now - published.published_at).total_seconds(),
        references=published.references,
        index_lag_seconds=None if lag is None else lag.total_seconds(),
        models=service.models,
        tasks={each.name: TaskState(last_success=each.last_success, failures=each.failures) for each in service.tasks},
    )


def _late(task: PeriodicTask, now: datetime) -> str:
    seconds = task.without_success(now).total_seconds()
    return f"The task {task.name!r} has not succeeded for {seconds:.0f} s, and failed {task.failures} times"
