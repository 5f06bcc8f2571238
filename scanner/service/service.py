"""The parts of a running service, opened and closed together."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import httpx
from cachetools import LRUCache
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool

from brand_index.errors import IndexUnusable
from brand_index.features.weights import ModelFile, read_manifest
from brand_index.index.published import published_index
from brand_index.registry import Registry
from brand_index.store import Store
from scanner.engine.examiner import open_models
from scanner.moderation.listing_words import ListingWords
from scanner.moderation.seller_notices.appeals import Appeals
from scanner.moderation.seller_notices.languages import read_texts
from scanner.moderation.seller_notices.links import Links, read_secret
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.store import Records
from scanner.service.accounts.guesses import GuessLimit
from scanner.service.accounts.logins import Logins
from scanner.service.accounts.registry import open_registry
from scanner.service.limits.bodies import BodyLimit
from scanner.service.metrics import Metrics
from scanner.service.scanning import ListingScanner
from scanner.service.tasks.backlog import Backlog
from scanner.service.tasks.form_keeper import FormKeeper
from scanner.service.tasks.housekeeping import Housekeeper
from scanner.service.tasks.index_keeper import IndexKeeper, build_beside
from scanner.service.tasks.looking_back import LookBackKeeper
from scanner.service.tasks.periodic_task import PeriodicTask
from scanner.service.tasks.webhooks import Messenger
from scanner.service.workers.accepting import FormAcceptor
from scanner.service.workers.drawing import SECONDS as DRAWING_SECONDS
from scanner.service.workers.drawing import Drawings, FullImages, draw, draw_full, thumbnail
from scanner.service.workers.drawn_images import DrawnImages
from scanner.service.workers.pool import WorkerPool
from scanner.service.workers.registering import ReferenceAudit, Registrar
from scanner.service.workers.searching import Searcher
from scanner.service.workers.side_process import SideProcess
from scanner.settings import Settings
from scanner.verdicts.policy import read_policy

LARGE_IMAGES: Final = 128  # kept in memory
SMALL_IMAGES: Final = 500  # likewise
FULL_IMAGES: Final = 8  # likewise; a pair has some megabytes
BUILDING: Final = "The first index is being built."


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that routes use."""

    store: Store
    settings: Settings
    registry: Registry
    records: Records
    pool: WorkerPool
    keeper: IndexKeeper
    scanner: ListingScanner
    backlog: Backlog
    seller_notices: SellerNotices
    appeals: Appeals
    bodies: BodyLimit  # of callers with a key and of users
    seller_bodies: BodyLimit  # of sellers, who need no account: they take no room from others
    registrar: Registrar
    acceptor: FormAcceptor
    forms: FormKeeper
    searcher: Searcher
    drawing: SideProcess  # apart, so that no drawing delays a registration
    tasks: tuple[PeriodicTask, ...]  # that run now and then
    # The caches belong to the event loop: no thread touches them.
    drawings: DrawnImages[Drawings]  # of cases, by case and position in the listing; of references, by id
    full_images: DrawnImages[FullImages]  # of cases, by case and position in the listing
    outlined_images: DrawnImages[FullImages]  # the same with outlines, for those who ask for them
    thumbnails: DrawnImages[bytes | None]  # of references, by reference id
    audits: LRUCache[str, ReferenceAudit]  # by reference id
    rate_limiter: MovingWindowRateLimiter  # of calls without a key: log-ins and appeals
    logins: Logins
    session_guesses: GuessLimit
    metrics: Metrics
    models: dict[str, str]  # SHA-256 by file name


@asynccontextmanager
async def open_service(
    store: Store,
    settings: Settings,
    metrics: Metrics,
    transport: httpx.AsyncBaseTransport | None = None,
    *,
    say: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[Service]:
    """A service that is ready, until the block ends. `transport` of messages; None: the network.

    `say` gets the reason why it takes time. Raises RegistryError, IndexUnusable, ModelUnusable, PolicyUnusable.
    """
    bounds = settings.service
    async with AsyncExitStack() as stack:
        registry = stack.enter_context(open_registry(store, settings.registry_url, create=False))
        policy, records = read_policy(settings.policy), Records(registry.database, store)
        read_texts(bounds.wordings)  # so that a text that does not fit is named now, and not to the first seller
        pool = await _open_pool(stack, store, registry, settings, say)
        keeper = IndexKeeper(store, registry, settings, await run_in_threadpool(published_index, store))
        pool.suspect_index = keeper.suspect
        _start(stack, keeper.task, keeper.merging)
        messenger = Messenger(registry.database, bounds, transport)
        stack.push_async_callback(messenger.close)
        messenger.start()
        site = None if bounds.site is None else str(bounds.site)
        links = Links(await run_in_threadpool(read_secret, store, registry.database), site)
        seller_notices = SellerNotices(registry, store, bounds, links)
        scanner = ListingScanner(
            pool,
            lambda: keeper.published,
            registry,
            records,
            seller_notices,
            policy,
            settings,
            metrics,
            ListingWords(store, searches=settings.words),
        )
        lease = timedelta(seconds=bounds.lease_seconds)
        backlog = Backlog(records, scanner, messenger, at_once=pool.workers, lease=lease)
        stack.push_async_callback(backlog.close)
        backlog.start()
        registering, drawing = SideProcess(settings.seconds_an_image), SideProcess(DRAWING_SECONDS)
        stack.push_async_callback(registering.close)
        stack.push_async_callback(drawing.close)
        rate_limiter = MovingWindowRateLimiter(MemoryStorage())
        acceptor = FormAcceptor(registering, store, settings)
        forms = FormKeeper(registry.database, acceptor, keeper, policy.forms)
        _start(stack, forms.task)
        look_backs = LookBackKeeper(store, registry, settings, keeper)
        _start(stack, look_backs.task)
        appeals = Appeals(seller_notices)
        housekeeper = Housekeeper(seller_notices, appeals)
        stack.push_async_callback(housekeeper.close)
        housekeeper.start()
        metrics.watch("markscan_queue_images", "Images that wait for a worker.", lambda: pool.waiting)
        metrics.watch("markscan_queued_scans", "Accepted scans that are not done.", records.queued)
        metrics.watch("markscan_worker_deaths", "Workers that died.", lambda: pool.deaths)
        metrics.watch(
            "markscan_waiting_registrations",
            "Registrations, audits and searches that wait.",
            lambda: registering.waiting,
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
        keepers = (keeper.task, keeper.merging, forms.task, look_backs.task)
        tasks = _watched(metrics, *keepers, messenger.task, *backlog.tasks, *housekeeper.tasks)
        models = _models(settings.model_manifest)
        yield Service(
            store=store,
            settings=settings,
            registry=registry,
            records=records,
            pool=pool,
            keeper=keeper,
            scanner=scanner,
            backlog=backlog,
            seller_notices=seller_notices,
            appeals=appeals,
            bodies=BodyLimit(bounds.max_body_bytes),
            seller_bodies=BodyLimit(bounds.max_body_bytes),
            registrar=Registrar(registering, store, settings),
            acceptor=acceptor,
            forms=forms,
            searcher=Searcher(registering, store, settings),
            drawing=drawing,
            tasks=tasks,
            drawings=DrawnImages(drawing, partial(draw, settings=settings), LARGE_IMAGES),
            full_images=DrawnImages(drawing, partial(draw_full, settings=settings), FULL_IMAGES),
            outlined_images=DrawnImages(drawing, partial(draw_full, settings=settings, outlined=True), FULL_IMAGES),
            thumbnails=DrawnImages(drawing, partial(thumbnail, settings=settings), SMALL_IMAGES),
            audits=LRUCache(SMALL_IMAGES),
            rate_limiter=rate_limiter,
            session_guesses=GuessLimit(),
            logins=Logins(registry.database, rate_limiter, links.secret),
            metrics=metrics,
            models=models,
        )


def _start(stack: AsyncExitStack, *tasks: PeriodicTask) -> None:
    """Start tasks, which end with the stack."""
    for task in tasks:
        stack.push_async_callback(task.close)
        task.start()


def _watched(metrics: Metrics, *tasks: PeriodicTask) -> tuple[PeriodicTask, ...]:
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


async def _open_pool(
    stack: AsyncExitStack, store: Store, registry: Registry, settings: Settings, say: Callable[[str], None]
) -> WorkerPool:
    """Workers that are ready. The index is built first where there is none, or none that they can open.

    One that is only older than the registry serves until the keeper has built the next.
    """
    try:
        await run_in_threadpool(published_index, store)
    except IndexUnusable:
        say(BUILDING)
        await build_beside(store, settings)
    say("The workers start.")
    for rebuilt in (False, True):
        pool = WorkerPool(store, settings)
        stack.push_async_callback(pool.close)
        try:
            await pool.start()
        except IndexUnusable:
            if rebuilt:
                raise
            await pool.close()
            say(BUILDING)
            await build_beside(store, settings)
        else:
            break
    return pool


def check_usable(store: Store, settings: Settings) -> None:
    """Raises MarkscanError where store, policy, wordings or models cannot be used, and no waiting helps."""
    with open_registry(store, settings.registry_url, create=False) as registry:
        registry.database.refuse_read_only()
        read_secret(store, registry.database)
    read_policy(settings.policy)
    read_texts(settings.service.wordings)
    open_models(settings)


def _models(manifest: Path) -> dict[str, str]:
    named = read_manifest(manifest)
    files: list[ModelFile | None] = [named.embedder, named.matcher, named.finder, named.background, named.photos]
    files += [named.vectors, named.projection, named.calibration]
    return {file.path.name: file.sha256 for file in files if file is not None}
