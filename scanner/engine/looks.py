"""The keypoints of an image in two looks: at a small size first, and at the full size once something asks for them.

OpenCV enlarges an image twice before it looks for keypoints, so that less than two thirds of the side cost a quarter of
the time. What is found there is enough to see that a clean photo resembles nothing that is registered.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from brand_index.features.keypoints import NONE, Keypoints, describe_keypoints
from brand_index.images import RGBImage
from scanner.engine.settings import EngineSettings
from scanner.engine.stages import Stage, StageClock

WORTH_TWO: Final = 1.5  # times the first look's side, from which the full look sees more


class KeypointLooks:
    """The keypoints of one image, in its pixels."""

    def __init__(self, first: Keypoints, look_closely: Callable[[], Keypoints] | None = None) -> None:
        """`look_closely` finds all of them, and is called once at most; None: `first` are all."""
        self.first = first
        self._look_closely = look_closely
        self._all = first if look_closely is None else None

    @property
    def known(self) -> Keypoints:
        """All of them if somebody has asked for them, else those of the first look."""
        return self.first if self._all is None else self._all

    def all(self) -> Keypoints:
        """All of them."""
        if self._all is None:
            assert self._look_closely is not None, "else they are known"
            self._all = self._look_closely()
        return self._all


def look_at(
    image: RGBImage, settings: EngineSettings, clock: StageClock, enlarge: float, *, closely: bool = False
) -> KeypointLooks:
    """The first look at a (H, W, 3) image; a small one is enlarged `enlarge` times at most. None is seen in no time.

    `closely`: all keypoints are going to be asked for, and are looked for at once.
    """
    side, limit = settings.keypoint_side, settings.keypoint_count
    look_closely = partial(
        clock.run, Stage.KEYPOINTS, partial(describe_keypoints, image, side=side, limit=limit, enlarge=enlarge), NONE
    )
    first = settings.first_keypoint_side
    if closely or min(side, enlarge * max(image.shape[:2])) < WORTH_TWO * first:
        return KeypointLooks(look_closely())
    quickly = partial(describe_keypoints, image, side=first, limit=settings.voting_keypoints, enlarge=enlarge)
    return KeypointLooks(clock.run(Stage.KEYPOINTS, quickly, NONE), look_closely)
