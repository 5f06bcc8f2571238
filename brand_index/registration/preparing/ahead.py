"""Prepares several new images at once, each in a process of its own, and hands them on in order; it records nothing."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

from brand_index.errors import MarkscanError
from brand_index.features.describing import Describer
from brand_index.registration.preparing.new_image import NewImage, OpenedImage, PreparedImage, open_image, prepare
from brand_index.registration.suggesting import Reading

IN_HAND: Final = 4  # images for each describer that are opened and not yet handed on: bounds memory


@dataclass(frozen=True, slots=True)
class ReadyImage:
    """An image that can be recorded; or why it cannot."""

    new: NewImage
    opened: OpenedImage | None  # None: `error` says why
    prepared: PreparedImage | None  # None: as `opened`, or it is known
    error: MarkscanError | None = None


def prepared_ahead(
    images: Iterable[NewImage],
    describers: Sequence[Describer],
    is_known: Callable[[NewImage, OpenedImage], bool],
    *,
    reading: Reading | None,
    find_parts: bool,
) -> Iterator[list[ReadyImage]]:
    """The images, in order, each opened and prepared by one of the describers while others are recorded.

    What is ready together comes in one list.

    `is_known` is asked on the caller's thread whether an image need not be prepared, unless a region of it is to be cut
    out. Raises nothing but what `images` and `is_known` raise: errors come with the images.
    """
    idle = SimpleQueue[Describer]()
    for each in describers:
        idle.put(each)

    def work(new: NewImage, opened: OpenedImage | None) -> ReadyImage:
        describer = idle.get()
        try:
            opened = opened or open_image(new, describer)
            done = prepare(opened, new.kind, describer, with_description=True, reading=reading, find_parts=find_parts)
            return ReadyImage(new, opened, done)
        except MarkscanError as error:
            return ReadyImage(new, opened, None, error)
        finally:
            idle.put(describer)

    waiting = deque[Future[ReadyImage] | ReadyImage]()
    coming = iter(images)
    threads = ThreadPoolExecutor(len(describers))
    try:
        while True:
            while len(waiting) < IN_HAND * len(describers) and (new := next(coming, None)) is not None:
                waiting.append(_known_or_none(new, describers[0], is_known) or threads.submit(work, new, None))
            if not waiting:
                return
            ready = [_ready(waiting.popleft())]
            while waiting and (isinstance(waiting[0], ReadyImage) or waiting[0].done()):
                ready.append(_ready(waiting.popleft()))
            yield ready
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _ready(coming: Future[ReadyImage] | ReadyImage) -> ReadyImage:
    return coming if isinstance(coming, ReadyImage) else coming.result()


def _known_or_none(
    new: NewImage, describer: Describer, is_known: Callable[[NewImage, OpenedImage], bool]
) -> ReadyImage | None:
    """A known image, or one that cannot be opened, is ready at once; None: it must be prepared."""
    if new.region is not None:
        return None
    try:
        opened = open_image(new, describer)  # without a region that does not need the describer
    except MarkscanError as error:
        return ReadyImage(new, None, None, error)
    return ReadyImage(new, opened, None) if is_known(new, opened) else None
