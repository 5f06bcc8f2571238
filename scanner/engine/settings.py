"""How an image is examined: the settings that the engine needs; where they come from is said elsewhere."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from brand_index.features.weights import MANIFEST
from brand_index.images import Limits


class EngineSettings(BaseModel):
    """What the first four verbs of the walk depend on, beside the index and the weights."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model_manifest: Path = MANIFEST  # names the weights
    max_bytes: int = Field(default=Limits().max_bytes, ge=1)  # of a file
    max_pixels: int = Field(default=Limits().max_pixels, ge=1)  # of one frame
    max_frames: int = Field(default=Limits().max_frames, ge=1)  # of an animation: how many are looked at
    keypoint_side: int = Field(default=384, ge=64)  # pixels: long side at which keypoints are looked for
    keypoint_count: int = Field(default=600, ge=16)
    voting_keypoints: int = Field(default=300, ge=16)  # the strongest, that vote for photos
    least_votes: float = Field(default=1.5, ge=0)  # of a photo, to be proved: one true pair of keypoints is up to 1
    verified_photos: int = Field(default=8, ge=1)  # how many that keypoints, or a hash, propose are proved
    verified_logos: int = Field(default=3, ge=1)  # likewise; besides, each that is weighed for its looks is
    regions: int = Field(default=30, ge=1)  # of an image that may be a mark: how many are looked at
    least_objectness: float = Field(default=0.1, ge=0, le=1)  # of a region: one less likely to be a mark is left out
    compared_logos: int = Field(default=24, ge=1)  # how many logos that an embedding proposes are compared by place
    least_photo_cosine: float = Field(
        default=0.5, ge=-1, le=1
    )  # of a photo that an image as a whole is like, where the manifest names a descriptor of photos
    least_cosine: float = Field(default=0.33, ge=-1, le=1)  # of a logo that a region looks like, to be compared
    rescored_logos: int = Field(default=6, ge=1)  # how many of them, the likeliest, are weighed
    least_match_logit: float = -3.0  # of a logo that was compared, to be weighed; the likeliest always is
    region_keypoints_cosine: float = Field(
        default=0.35, ge=-1, le=1
    )  # cosine from which a region is searched for keypoints of its own
    seconds_an_image: float = Field(default=60.0, gt=0)  # in a batch: a worker that takes longer is replaced

    @property
    def limits(self) -> Limits:
        """What a file may be at most."""
        return Limits(max_bytes=self.max_bytes, max_pixels=self.max_pixels, max_frames=self.max_frames)
