"""The settings of the engine; scanner/settings.py reads them."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from brand_index.features.running import ON_CPU
from brand_index.features.weights import MANIFEST
from brand_index.limits import MOST_WIDTH, Limits

SETTINGS_FILE: Final = "scanner.toml"


class EngineSettings(BaseModel):
    """The settings that decode, describe, match and verify depend on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model_manifest: Path = MANIFEST  # names the weights
    # What runs the networks, in ONNX Runtime's names without ExecutionProvider: cpu, cuda, coreml, openvino; the first
    # is used, and what it cannot run the next.
    providers: tuple[str, ...] = ON_CPU
    max_bytes: int = Field(default=Limits().max_bytes, ge=1)  # of a file
    max_pixels: int = Field(default=Limits().max_pixels, ge=1)  # of one frame; a JPEG may have 4 times as many
    max_frames: int = Field(default=Limits().max_frames, ge=1)  # of an animation, or pages: how many are examined
    max_seconds: int = Field(default=Limits().max_seconds, ge=1)  # of a video
    max_parts: int = Field(default=128, ge=0)  # of a file: panels and bands that are examined beside its whole frames
    keypoint_side: int = Field(default=384, ge=64)  # pixels: long side at which keypoints are detected
    keypoint_count: int = Field(default=600, ge=16)
    first_keypoint_side: int = Field(default=224, ge=64)  # likewise, at first; as keypoint_side: there is one look
    first_photo_votes: float = Field(default=4.0, ge=0)  # at first, of a photo, from which all keypoints are detected
    first_logo_votes: float = Field(default=3.3, ge=0)  # likewise, of a logo
    first_match_logit: float = -4.0  # of a logo that a region resembles, likewise
    voting_keypoints: int = Field(default=300, ge=16)  # the strongest, which vote for photos
    least_votes: float = Field(default=1.5, ge=0)  # of a photo to be verified; one match of keypoints weighs 1 at most
    verified_photos: int = Field(default=8, ge=1)  # photos proposed by keypoints or a hash that are verified
    detailed_photos: int = Field(default=3, ge=1)  # of those, the likeliest, that are compared in detail
    verified_logos: int = Field(default=3, ge=1)  # likewise; the rescored logos are verified too
    words: bool = True  # images are read if words are registered
    concealed: bool = True  # marks that a patch conceals are looked for, if logos or words are registered
    descriptions: bool = (
        True  # a scan leaves a compact description of an image, in which later references are looked for
    )
    least_readable: float = -0.5  # logit of the region finder's surest cell, from which an image is read
    # Pixels of its lines of text, each scaled to a height of 48, that are read of an image, the highest lines first: a
    # core reads some 11,000 a second.
    reading_width: int = Field(default=MOST_WIDTH, ge=0)
    regions: int = Field(default=36, ge=1)  # of an image, examined for logos
    text_regions: int = Field(default=40, ge=0)  # lines of text of an image that is read, likewise; the largest
    # Objectness of the likeliest small region, from which small ones are looked for at twice the size; 1: never.
    least_small: float = Field(default=0.25, ge=0, le=1)
    least_objectness: float = Field(default=0.1, ge=0, le=1)  # that a region needs
    compared_logos: int = Field(default=24, ge=1)  # logos proposed by an embedding that are compared patch by patch
    least_photo_cosine: float = Field(
        default=0.5, ge=-1, le=1
    )  # of a whole image with a photo, where the manifest names a descriptor of photos
    least_cosine: float = Field(default=0.33, ge=-1, le=1)  # that a logo needs to be compared
    rescored_logos: int = Field(default=6, ge=1)  # the best of the compared logos; these and the nearest are rescored
    least_match_logit: float = -3.0  # that a compared logo needs to be rescored; the best always is
    region_keypoints_cosine: float = Field(
        default=0.35, ge=-1, le=1
    )  # from which a region's own keypoints are described
    seconds_an_image: float = Field(default=60.0, gt=0)  # a worker that takes longer is replaced

    @property
    def limits(self) -> Limits:
        """The limits of one file."""
        return Limits(
            max_bytes=self.max_bytes,
            max_pixels=self.max_pixels,
            max_frames=self.max_frames,
            max_seconds=self.max_seconds,
            raised_in=SETTINGS_FILE,
        )
