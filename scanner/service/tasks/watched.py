"""What the metrics say of the parts of a running service, and of its tasks."""

from datetime import UTC, datetime
from functools import partial

from scanner.moderation.store import Records
from scanner.service.metrics import Metrics
from scanner.service.tasks.index_keeper import IndexKeeper
from scanner.service.tasks.periodic_task import PeriodicTask
from scanner.service.workers.fair_calls import FairCalls
from scanner.service.workers.pool import WorkerPool
from scanner.service.workers.side_process import SideProcess


def watch_parts(
    metrics: Metrics,
    pool: WorkerPool,
    records: Records,
    uploads: FairCalls,
    registering: SideProcess,
    drawing: SideProcess,
    keeper: IndexKeeper,
) -> None:
    """Have the metrics ask the parts for how they fare."""
    metrics.watch("markscan_queue_images", "Images that wait for a worker.", lambda: pool.waiting)
    metrics.watch("markscan_queued_scans", "Accepted scans that are not done.", records.queued)
    metrics.watch("markscan_worker_deaths", "Workers that died.", lambda: pool.deaths)
    metrics.watch(
        "markscan_waiting_registrations",
        "Registrations, audits and searches that wait.",
        lambda: uploads.waiting + registering.waiting,
    )
    metrics.watch("markscan_waiting_drawings", "Images that wait to be drawn.", lambda: drawing.waiting)
    metrics.watch(
        "markscan_side_process_deaths",
        "Side processes that died, for registrations and for drawings.",
        lambda: registering.deaths + drawing.deaths,
    )
    metrics.watch("markscan_index_revision", "Revision of the published index.", lambda: keeper.published.revision)
    metrics.watch_age(lambda: keeper.published.published_at)
    metrics.watch(
        "markscan_references",
        "References that scans search; 0: they find nothing.",
        lambda: keeper.published.references,
    )
    metrics.watch(
        "markscan_references_set_aside",
        "References that cannot be described, so that scans do not find them.",
        lambda: len(keeper.published.set_aside),
    )
    metrics.watch(
        "markscan_references_without_file",
        "References in force whose file is lost; those that are set aside are not among them.",
        lambda: len(keeper.lost),
    )
    metrics.watch(
        "markscan_index_lag_seconds",
        "Seconds that changed references have waited for an index; 0 if it is current.",
        lambda: keeper.lag(datetime.now(UTC)).total_seconds(),
    )


def watch_tasks(metrics: Metrics, *tasks: PeriodicTask) -> tuple[PeriodicTask, ...]:
    """The tasks, of which the metrics say when they last succeeded and how often they failed since."""

    def last_success(task: PeriodicTask) -> float:
        return 0.0 if task.last_success is None else task.last_success.timestamp()

    metrics.watch_each(
        "markscan_task_last_success_seconds",
        "Unix time of a background task's last success; 0: none yet.",
        "task",
        {each.name: partial(last_success, each) for each in tasks},
    )
    metrics.watch_each(
        "markscan_task_failures",
        "Failures of a background task since its last success.",
        "task",
        {each.name: partial(getattr, each, "failures") for each in tasks},
    )
    return tasks
