"""The parts of a running service, opened and closed together."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import httpx
from cachetools import LRUCache
from limits.aio.strategies import RateLimiter
from starlette.concurrency import run_in_threadpool

from brand_index.errors import IndexUnusable
from brand_index.features.weights import ModelFile, read_manifest
from brand_index.index.published import published_index
from brand_index.index.publishing import pointer_of, take_over
from brand_index.registry import Registry
from brand_index.store import Store
from scanner.engine.examiner import open_models
from scanner.moderation.listing_words import ListingWords
from scanner.moderation.seller_notices.appeals import Appeals
from scanner.moderation.seller_notices.languages import read_texts
from scanner.moderation.seller_notices.links import Links, read_secret
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.store import Records
from scanner.service.accounts.call_counters import counters_of, limiter_of
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
from scanner.service.tasks.leadership import Leadership
from scanner.service.tasks.looking_back import LookBackKeeper
from scanner.service.tasks.periodic_task import PeriodicTask
from scanner.service.tasks.watched import watch_parts, watch_tasks
from scanner.service.tasks.webhooks import Messenger
from scanner.service.workers.accepting import FormAcceptor
from scanner.service.workers.drawing import SECONDS as DRAWING_SECONDS
from scanner.service.workers.drawing import Drawings, FullImages, draw, draw_full, thumbnail
from scanner.service.workers.drawn_images import DrawnImages
from scanner.service.workers.fair_calls import FairCalls
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
    rate_limiter: RateLimiter  # of calls without a key: log-ins and appeals
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
        lease = timedelta(seconds=bounds.lease_seconds)
        leadership = Leadership(registry.database, lease)
        stack.push_async_callback(leadership.close)
        await leadership.begin()
        pool = await _open_pool(stack, store, settings, leadership, say)
        published = await run_in_threadpool(published_index, store)
        keeper = IndexKeeper(store, registry, settings, published, leads=leadership.leads)
        pool.suspect_index = keeper.suspect
        leadership.guard(keeper.merging)
        _start(stack, keeper.task, keeper.merging)
        messenger = Messenger(registry.database, bounds, transport)
        leadership.guard(messenger.task)
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
        backlog = Backlog(records, scanner, messenger, at_once=pool.workers, lease=lease)
        stack.push_async_callback(backlog.close)
        backlog.start()
        registering, drawing = SideProcess(settings.seconds_an_image), SideProcess(DRAWING_SECONDS)
        uploads = FairCalls()
        stack.push_async_callback(uploads.close)
        stack.push_async_callback(registering.close)
        stack.push_async_callback(drawing.close)
        rate_limiter = limiter_of(registry.database)
        acceptor = FormAcceptor(registering, store, settings)
        forms = FormKeeper(registry.database, acceptor, keeper, policy.forms)
        leadership.guard(forms.task)
        _start(stack, forms.task)
        look_backs = LookBackKeeper(store, registry, settings, keeper)
        leadership.guard(look_backs.task)
        _start(stack, look_backs.task)
        appeals = Appeals(seller_notices)
        housekeeper = Housekeeper(seller_notices, appeals)
        leadership.guard(*housekeeper.tasks)
        stack.push_async_callback(housekeeper.close)
        housekeeper.start()
        watch_parts(metrics, pool, records, uploads, registering, drawing, keeper)
        keepers = (keeper.task, keeper.merging, forms.task, look_backs.task, leadership.task)
        tasks = watch_tasks(metrics, *keepers, messenger.task, *backlog.tasks, *housekeeper.tasks)
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
            registrar=Registrar(uploads, registering, pool, registry, store, settings, keeper.task.wake),
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
            session_guesses=GuessLimit(counters_of(lambda: registry.database, shared=registry.database.is_shared)),
            logins=Logins(registry.database, rate_limiter, links.secret),
            metrics=metrics,
            models=models,
        )


def _start(stack: AsyncExitStack, *tasks: PeriodicTask) -> None:
    """Start tasks, which end with the stack."""
    for task in tasks:
        stack.push_async_callback(task.close)
        task.start()


async def _open_pool(
    stack: AsyncExitStack, store: Store, settings: Settings, leadership: Leadership, say: Callable[[str], None]
) -> WorkerPool:
    """Workers that are ready. The index is built first where there is none, or none that they can open.

    One that is only older than the registry serves until the keeper has built the next.
    """
    await run_in_threadpool(take_over, store)
    try:
        await run_in_threadpool(published_index, store)
    except IndexUnusable:
        say(BUILDING)
        await _have_built(store, settings, leadership)
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
            await _have_built(store, settings, leadership)
        else:
            break
    return pool


async def _have_built(store: Store, settings: Settings, leadership: Leadership) -> None:
    """Build the index, or wait until the service that leads has published another."""
    before = pointer_of(store)
    while not leadership.leads():
        await asyncio.sleep(1.0)
        await run_in_threadpool(take_over, store)
        if pointer_of(store) != before:
            return
    await build_beside(store, settings)


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
