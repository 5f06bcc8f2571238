"""The edits that AugLy makes, for a benchmark that others can repeat; the only home of augly, which may be absent."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.edits import Edit
from benchmarks.materials import Materials
from brand_index.images import RGBImage

Arguments = Callable[[Materials], dict[str, Any]]


def augly_edits() -> tuple[Edit, ...]:
    """AugLy's edits as ours are; none where augly is not installed.

    Its meme_format and perspective_transform fail under today's Pillow and NumPy; `overlays.meme` and
    `edits.perspective` are written after them.
    """
    if find_spec("augly") is None:
        return ()
    return tuple(Edit(f"AugLy {name.replace('_', ' ')}", partial(_apply, name, draw)) for name, draw in _ARGUMENTS)


def _apply(name: str, draw: Arguments, image: RGBImage, given: Materials) -> RGBImage:
    import augly.image  # noqa: PLC0415 - of the extra benchmark, and absence is met above

    arguments = draw(given)
    edited = getattr(augly.image, name)(Image.fromarray(image), **arguments)
    return np.asarray(edited.convert("RGB"))


_ARGUMENTS: tuple[tuple[str, Arguments], ...] = (
    ("overlay_text", lambda given: {"opacity": 1.0, "font_size": 0.12, "color": given.colour()}),
    (
        "overlay_emoji",
        lambda given: {"x_pos": given.between(0, 0.6), "y_pos": given.between(0, 0.6), "emoji_size": 0.35},
    ),
    ("overlay_onto_screenshot", lambda given: {}),
    (
        "overlay_onto_background_image",
        lambda given: {"background_image": Image.fromarray(given.other()), "overlay_size": given.between(0.4, 0.7)},
    ),
    ("overlay_stripes", lambda given: {"line_color": given.colour(), "line_angle": given.between(0, 180)}),
    (
        "color_jitter",
        lambda given: {
            "brightness_factor": given.between(0.6, 1.5),
            "contrast_factor": given.between(0.6, 1.6),
            "saturation_factor": given.between(0.3, 2.0),
        },
    ),
    ("pixelization", lambda given: {"ratio": given.between(0.2, 0.4)}),
    ("change_aspect_ratio", lambda given: {"ratio": given.between(0.5, 1.6)}),
    ("skew", lambda given: {"skew_factor": given.between(-0.5, 0.5)}),
    ("random_noise", lambda given: {"var": 0.02, "seed": int(given.chance.integers(2**31))}),
    ("sharpen", lambda given: {"factor": given.between(4, 12)}),
    ("pad_square", lambda given: {"color": given.colour()}),
)
