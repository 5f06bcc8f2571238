"""The evidence in an image, with its geometry and measurements; verdicts are elsewhere."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self, cast

from brand_index.types import ReferenceKind, Spelling
from scanner.engine.boxes import Box, Place, Polygon, Quad, place_of

SURELY_READ: Final = 0.9  # from which a letter that differs is taken to be there, and not misread
PLAIN: Final = 0.1  # texture of a photo below which its goods are known by their colour


class Shared(StrEnum):
    """What an image has in common with a photo of which it is no copy."""

    BACKGROUND = "shared_background"  # the ground that other goods lie on
    TEMPLATE = "shared_template"  # a layout, frame, watermark or shape with other content


@dataclass(frozen=True, slots=True)
class Alteration:
    """How a registered photo differs where a listing image shows it, apart from mirroring."""

    part: tuple[tuple[float, float], ...]  # visible part of the photo: (x, y) corners in its own pixels; empty: none
    visible: float  # 0..1: that part's share of its area; less than 1: it was cropped
    occupied: float  # 0..1: share of the image that it takes; less than 1: it was pasted, framed or put beside others
    turned: float  # degrees clockwise, -180..180, after any mirroring left for right
    overlaid: float | None  # 0..1: share of what is visible and has texture that shows something else; None: too flat
    colour: float | None  # -1..1 between tints cell by cell: 1 as registered, 0 grey or other hues; None: it is grey
    light: float | None  # octaves by which it is lighter, or, under 0, darker; None: nothing of it is visible


@dataclass(frozen=True, slots=True)
class LogoMeasurements:
    """What is measured on a logo alone. All but `hue_intersection` are None where no region was compared with it."""

    cosine: float | None  # -1..1 between embeddings, of the best crop
    neg_log10_far: float | None  # -log10 of the share of other photos that are as similar (the false-accept rate)
    margin: float | None  # of that cosine over the most similar other brand's, in the same region
    mean_cosine: float | None  # over several crops of that region
    match_logit: float | None  # of the matcher, uncalibrated: that the best crop and the reference show one mark
    hue_intersection: float | None  # 0..1: share of hue in common; None: one of the two is colourless
    objectness: float | None  # 0..1: how much its region looks like any mark, uncalibrated; None: it has no region
    text_around: float | None = None  # 0..1: how far it looks like a word of the text around; None: not looked at
    embedding: str | None = None  # of the most similar crop, by crop_embedding; None: as cosine, or too unlikely
    dismissed: float | None = None  # its cosine with what was dismissed as another mark; None: a form is as near
    part_alone: bool = False  # a part such as the sign matched, the rest was not found; False: the whole, or not known


@dataclass(frozen=True, slots=True)
class Content:
    """How a listing image shows a photo's own content, its corners and texture, where the photo is visible.

    Shares are of what can be decided: where little is left of the content, by compression say, nothing can. "Solid" is
    what covers an area in other colours, as a sticker, another print and other goods do, and text does not.
    """

    agreement: float  # 0..1: share of the content that agrees
    replaced: float  # 0..1: share in whose place the listing shows something else
    rest_agreement: float  # 0..1: as agreement, beyond solid changes
    rest_windows: float  # rich windows that agree there, beside each other, without those on the outline of the goods
    goods_agreement: float  # 0..1: as agreement, on the goods without their outline; of all: there are none
    ground_agreement: float | None  # 0..1: likewise, on the ground; None: the ground has none
    covered_content: float  # 0..1: share of the content under solid changes
    covered_area: float  # 0..1: share of the area there
    covered_goods: float  # 0..1: share of the goods there
    outline_followed: float  # 0..1: how far the outline of solid changes follows the photo's own edges
    added_area: float  # 0..1: share of the area that is plain in the photo and not in the listing
    colour: float | None  # 0..1: share of the goods in the photo's colours; None: the listing alone is grey
    rest_colour: float | None  # 0..1: likewise, beyond solid changes; None: as colour, or hardly any are left
    ground_colour: float | None  # 0..1: likewise, of the ground
    turned: float | None  # 0..1: share of the area whose colours one map explains, if it turns them as no light does
    visible: float  # 0..1: share of the goods that lies within the image and was not cut off
    occupied: float  # 0..1: share of the image that it takes
    texture: float  # 0..1: how much of the area has rich content, without folds too faint to be seen as they are
    known: float  # 0..1: share of the content that can be decided
    detail: float  # 0..1: resolution at which both were compared, a share of what they have
    laid_bare: float = 0.0  # 0..1: share of solid changes where a print is away and the goods show without it
    other_surface: float = 0.0  # 0..1: share of the area where nothing differs but the finest grain
    covered_surface: float | None = None  # 0..1: how far solid changes have the grain of the photo; None: it has none
    beside_band: float | None = None  # 0..1: as agreement, beside one band across all of the photo; None: there is none
    simple_outline: float = 1.0  # 0..1: how near solid changes are to ellipses and rectangles, as stickers are
    drawn: float = 1.0  # 0..1: share of solid changes that is as even as only drawings are


@dataclass(frozen=True, slots=True)
class PhotoMeasurements:
    """What is measured on a photo alone."""

    cosine: float | None  # -1..1 between embeddings of whole photos; None: no descriptor of photos, or not similar
    window_agreement: float | None  # 0..1: share of small windows that show the same, where nothing is drawn over
    blurred_ncc: float | None  # -1..1: as ncc, of both blurred; None, as window_agreement: no geometry, or too flat
    alteration: Alteration | None  # None: it is not sure enough where the photo lies
    content: Content | None = None  # None: they were not compared in detail
    region: tuple[Polygon, ...] = ()  # outlines of where the two agree; empty: nowhere, or not measured
    differing: tuple[Polygon, ...] = ()  # of a shared template: the parts whose content differs
    shared: Shared | None = None  # None: a copy, or nothing in common


class Where(StrEnum):
    """Where a listing has a word."""

    IMAGE = "image"
    TITLE = "title"
    DESCRIPTION = "description"


@dataclass(frozen=True, slots=True)
class WordPlace:
    """A text in which a registered word was found."""

    where: Where
    text: str  # the whole line as it was read, or of a title what stands around
    begin: int  # of the word in that text, in characters
    end: int  # exclusive
    spelling: Spelling
    similarity: float  # 0..1: of the spelling
    sureness: float  # 0..1: of the reader, that these are the letters; 1 of a title

    @property
    def is_lookalike(self) -> bool:
        """Whether somebody spelled it otherwise on purpose: with letters of its own, and they were read surely."""
        return self.spelling in {Spelling.LOOKALIKE_LETTERS, Spelling.EDITED} and self.sureness >= SURELY_READ

    @property
    def spelled(self) -> str:
        """The word as it stands there."""
        return self.text[self.begin : self.end]


@dataclass(frozen=True, slots=True)
class WordMeasurements:
    """What is measured on a word alone."""

    word: str  # as registered
    zipf: float  # log10 of how often ordinary texts have it in a billion words; 0: never
    places: tuple[WordPlace, ...]  # the surest first

    @property
    def best(self) -> WordPlace:
        """The surest place."""
        return self.places[0]


@dataclass(frozen=True, slots=True)
class ConcealedPatch:
    """A mosaic, smear, sticker or blurred patch on the goods, where a mark usually is. Which mark, nobody knows."""

    box: Box  # in the listing image
    frame: int  # of an animation, or page, from 0
    confidence: float  # 0..1, calibrated: of patches like this, the share that concealed a mark
    reference_id: str | None = None  # of a match that it lies on: what can be read is not concealed; None: on none
    seconds: float | None = None  # as of Evidence
    size: tuple[int, int] | None = None  # width and height of the image that `box` is in; None: older than this field
    suppressed: bool = False  # a reviewer dismissed it, in this image or one like it

    @property
    def counts(self) -> bool:
        """Whether it may conceal a mark: it lies on no match, and nobody dismissed it."""
        return self.reference_id is None and not self.suppressed

    @property
    def place(self) -> Place | None:
        """Where in its image it lies, the same in a copy of another size; None: older than `size`."""
        return None if self.size is None else place_of(self.box, self.size)

    @property
    def quad(self) -> Quad:
        """The corners of the box."""
        left, top, right, bottom = (float(side) for side in self.box)
        return (left, top), (right, top), (right, bottom), (left, bottom)

    def scaled(self, across: float, down: float) -> Self:
        """The same in an image that is larger by these factors."""
        scaled = (round(side * scale) for side, scale in zip(self.box, (across, down) * 2, strict=True))
        size = None if self.size is None else (round(self.size[0] * across), round(self.size[1] * down))
        return replace(self, box=Box(*scaled), size=size)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a file was examined, apart from stages for which there was no time."""

    frames_examined: int = 1  # of an animation, or pages: those examined, and those that equal one of them
    frame_count: int = 1  # of the file
    truncated: bool = False  # it is cut off or damaged, and only what could be read of it was examined
    parts_examined: int = 0  # panels and bands of its frames that were examined at a size of their own
    part_count: int = 0  # that need it; 0: none, as in a photograph of common proportions
    lines_unread: int = 0  # legible lines of text beyond what is read of one image

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the file was left out."""
        counts = (self.frames_examined, self.frame_count), (self.parts_examined, self.part_count)
        return not self.truncated and not self.lines_unread and all(examined >= count for examined, count in counts)


WHOLE: Final = Coverage()
NO_LOGO: Final = LogoMeasurements(None, None, None, None, None, None, None)
NO_PHOTO: Final = PhotoMeasurements(None, None, None, None)
NO_CONTENT: Final = Content(*(0.0,) * 5, None, *(0.0,) * 5, *(None,) * 4, *(0.0,) * 4, 1.0)


@dataclass(frozen=True, slots=True)
class MarkCalibration:
    """What a confidence was before it was refitted on the decided cases of the mark."""

    shipped_confidence: float  # 0..1
    decided_cases: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reference found, or suspected, in one image. Boxes and quads are pixels of the upright image."""

    reference_id: str
    brand_id: str
    kind: ReferenceKind
    box: Box  # in the listing image, as the quad
    quad: Quad | None  # of the reference, of a logo of its visible part, or its part alone; None: no geometry found
    reference_box: Box | None  # the part of the reference that was matched, in its own pixels; None: as quad
    hash_distance: int | None  # bits of 256 between the PDQ hashes; None: too far apart to be a candidate
    inliers: int | None  # keypoint pairs that one geometry explains; None: no geometry was found
    inlier_coverage: float | None  # 0..1: share of the reference that the inliers span; None: as inliers
    ncc: float | None  # -1..1: normalized cross-correlation of the pixels; None: no geometry, or too flat to tell
    review_only: bool  # the reference is too plain to be acted upon without a person
    mirrored: bool  # the listing shows the reference as in a mirror
    frame: int  # of an animation or a video, or page, from 0
    confidence: float  # 0..1, calibrated: of evidence like this, the share that was right, for this mark where known
    logo: LogoMeasurements | None = None  # None: it is no logo
    photo: PhotoMeasurements | None = None  # None: it is no photo
    refined: bool | None = None  # the quad coincides with the pixels to the eye; False: perhaps not; None: older
    alone: float | None = None  # the confidence without what else the listing shows of the brand; None: as confidence
    word: WordMeasurements | None = None  # None: it is no word
    calibration: MarkCalibration | None = None  # None: the confidence is as the program ships it
    seconds: float | None = None  # of a video, from its beginning, when the frame is shown; None: it is none
    unverified: bool = False  # only likely: found in the description that an earlier scan left; nobody compared images
    elsewhere: tuple["Evidence", ...] = ()  # other places of a logo, of which one counts should this be dismissed

    @property
    def cosine(self) -> float | None:
        """-1..1 between the embeddings; None: neither was embedded."""
        measured = self.logo or self.photo
        return None if measured is None else measured.cosine

    @property
    def is_held_down(self) -> bool:
        """Whether its region is nearer to what reviewers dismissed as another mark than to any form of this one."""
        return self.logo is not None and self.logo.dismissed is not None

    @property
    def shared(self) -> Shared | None:
        """What the image has in common with a photo of which it is no copy; None: it is no such evidence."""
        return None if self.photo is None else self.photo.shared

    def scaled(self, across: float, down: float) -> Self:
        """The same in an image that is larger by these factors."""
        return self if across == down == 1.0 else self._mapped(across, down, 0, 0)

    def moved(self, right: int, down: int) -> Self:
        """The same in an image of which the present one is the part that begins at these pixels."""
        return self if right == down == 0 else self._mapped(1.0, 1.0, right, down)

    def _mapped(self, across: float, down: float, left: int, top: int) -> Self:
        def place(outline: Polygon) -> Polygon:
            return tuple((x * across + left, y * down + top) for x, y in outline)

        (one, two), (three, four) = place((self.box[:2], self.box[2:]))
        photo, quad = self.photo, None if self.quad is None else cast("Quad", place(self.quad))
        if photo is not None:
            region, differing = (tuple(map(place, outlines)) for outlines in (photo.region, photo.differing))
            photo = replace(photo, region=region, differing=differing)
        others = tuple(each._mapped(across, down, left, top) for each in self.elsewhere)
        return replace(self, box=Box(*map(round, (one, two, three, four))), quad=quad, photo=photo, elsewhere=others)

    @property
    def alteration(self) -> Alteration | None:
        """How a photo was altered; None: a logo, or it is not sure enough where the photo lies."""
        return None if self.photo is None else self.photo.alteration


@dataclass(frozen=True, slots=True)
class LeftDescription:
    """The compact description that a scan leaves of an image, so that later references can be looked for in it."""

    recipe: str  # that made it; descriptions of different recipes are never compared
    data: bytes  # as CompactDescription.to_bytes


@dataclass(frozen=True, slots=True)
class FailedImage:
    """An image that could not be examined, and why."""

    image: str  # its path or file name as it was given
    code: str  # of the error, a stable snake_case word
    message: str
    image_sha256: str | None = None  # None: its bytes could not be read
