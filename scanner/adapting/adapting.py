"""Adapts a network of the user's: projection, banks and confidence, measured beside the embedder that ships."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brand_index.errors import ModelUnusable
from brand_index.features.audit import USUAL_PRINT
from brand_index.features.background import Background
from brand_index.features.description import describe_reference
from brand_index.features.embedding import OnnxEmbedder
from brand_index.features.vectors import OwnNetwork, Projection, fitted_projection
from brand_index.features.weights import ModelFile, read_manifest
from brand_index.images import RGBImage
from brand_index.types import ReferenceKind
from scanner.adapting.files import Adapted, check_folder, write_model
from scanner.adapting.fitting import Fit, fitted
from scanner.adapting.material import Labelled, Logo
from scanner.adapting.measuring import (
    Figures,
    count,
    encoded,
    examine_all,
    figures,
    look_at,
    samples_of,
    store_of,
)
from scanner.adapting.prints import draw_prints
from scanner.engine.confidence import Calibration, calibrated, shipped_calibrations
from scanner.engine.examiner import Examination
from scanner.engine.regions import OnnxRegionFinder, crop
from scanner.settings import Settings

PRINTS: Final = 300
SEED: Final = 2026
HELD: Final = 3  # every third clean image is kept for prints and as an innocent; the others are the bank
SHIPPED, OWN = "shipped", "own"
Advance = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What a network is adapted on."""

    logos: Sequence[Logo]
    clean: Sequence[RGBImage]
    material: Sequence[RGBImage]  # of text, tables and labels; empty: no bank of them is made
    labelled: Sequence[Labelled]  # empty: nothing is measured on images of the user's


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    manifest: Path
    dimensions: int  # of the network's own vectors
    projected: int  # of those that are searched
    usual_print: float  # cosine of the median print
    banked: int  # clean images
    banked_material: int
    fit: Fit
    on_prints: tuple[Figures, ...]  # shipped and own, on prints of the registered logos
    on_labelled: tuple[Figures, ...]  # likewise, on the user's images; empty: none are labelled


def opened_network(file: Path, side: int, mean: Sequence[float], deviation: Sequence[float]) -> ModelFile:
    """The user's file as an entry of a manifest, tried. Raises ModelUnusable."""
    if not file.is_file():
        wrong = "it is no file" if file.exists() else "there is no such file"
        raise ModelUnusable(f"{file}: {wrong}. Name the file of your network, ONNX or TorchScript.")
    model = ModelFile(file.stem, file, "", side)
    data = model.path.read_bytes()
    red, green, blue = mean
    one, two, three = deviation
    model = replace(
        model,
        sha256=hashlib.sha256(data).hexdigest(),
        mean=(red, green, blue),
        deviation=(one, two, three),
    )
    OwnNetwork(model)
    return model


def adapt(
    model: ModelFile,
    material: Material,
    out: Path,
    settings: Settings,
    now: datetime,
    *,
    threshold: float,
    prints: int = PRINTS,
    advance: Advance = lambda what, done, total: None,
) -> Outcome:
    """Make the files of an adapted network in `out`, and measure it. `threshold`: the policy's, of logos.

    Raises ModelUnusable and FolderTaken.
    """
    check_folder(out)
    network, finder = OwnNetwork(model), OnnxRegionFinder(read_manifest().finder)
    held = [image for number, image in enumerate(material.clean) if number % HELD == 0]
    banked = [image for number, image in enumerate(material.clean) if number % HELD]
    raw, raw_material = (
        _regions(images, network, finder, settings, what, advance)
        for images, what in ((banked, "clean images"), (material.material, "material"))
    )
    drawn = draw_prints([each.image for each in material.logos], held, prints, SEED)
    with tempfile.TemporaryDirectory() as folder:
        views = _raw_views(Path(folder) / "raw", model, network, raw, material.logos)
    crops = network.describe([crop(each.image, each.box) for each in drawn])
    projection, reached = fitted_projection(
        raw.vectors, crops, [views[each.logo] for each in drawn], wanted=USUAL_PRINT
    )
    adapted = Adapted(
        network=model,
        projection=projection,
        background=_projected(raw, projection),
        material_background=_projected(raw_material, projection) if material.material else None,
        calibrations=None,
    )
    manifest = write_model(out, adapted)
    own = settings.model_copy(update={"model_manifest": manifest})
    shipped = settings.model_copy(update={"model_manifest": Settings.model_fields["model_manifest"].default})
    with tempfile.TemporaryDirectory() as folder:
        of_own = store_of(Path(folder) / OWN, material.logos, own, now)
        of_shipped = store_of(Path(folder) / SHIPPED, material.logos, shipped, now)
        brands = [material.logos[each.logo].brand.brand_id for each in drawn]
        truths: list[str | None] = [*brands, *([None] * len(held))]
        images = [*(each.image for each in drawn), *held]
        samples = []
        done = 0

        def one_more(what: str, total: int) -> Callable[[], None]:
            nonlocal done
            done = 0

            def step() -> None:
                nonlocal done
                done += 1
                advance(what, done, total)

            return step

        examined = list(examine_all(of_own, own, map(encoded, images), one_more("fitting confidence", len(images))))
        for number, (brand, (examination, _)) in enumerate(zip(truths, examined, strict=True)):
            if examination is not None:
                samples += list(samples_of(number, examination, brand))
        fit = fitted(samples, shipped_calibrations()[ReferenceKind.LOGO])
        calibrations = {**shipped_calibrations(), ReferenceKind.LOGO: fit.calibration}
        if fit.is_refitted:
            write_model(out, replace(adapted, calibrations=calibrations))
        beside = list(
            examine_all(of_shipped, shipped, map(encoded, images), one_more("measuring on prints", len(images)))
        )
        on_prints = (
            _on_prints(SHIPPED, beside, truths, shipped_calibrations(), threshold),
            _on_prints(OWN, examined, truths, calibrations, threshold),
        )
        both = ((SHIPPED, of_shipped, shipped), (OWN, of_own, own))
        on_labelled = [
            figures(
                name,
                store,
                chosen,
                material.labelled,
                threshold,
                one_more(f"measuring on your images, {name}", len(material.labelled)),
            )
            for name, store, chosen in (both if material.labelled else ())
        ]
    return Outcome(
        manifest=manifest,
        dimensions=network.dimensions,
        projected=projection.dimensions,
        usual_print=reached,
        banked=len(banked),
        banked_material=len(material.material),
        fit=fit,
        on_prints=on_prints,
        on_labelled=tuple(on_labelled),
    )


def _regions(
    images: Sequence[RGBImage],
    network: OwnNetwork,
    finder: OnnxRegionFinder,
    settings: Settings,
    what: str,
    advance: Advance,
) -> Background:
    """The network's own vectors of the likely regions of images without a registered logo."""
    vectors, starts, rows = [np.zeros((0, network.dimensions), np.float32)], [], 0
    for number, image in enumerate(images, start=1):
        regions = finder.find(image, settings.regions, settings.least_objectness).regions
        starts.append(rows)
        vectors.append(network.describe([crop(image, region.box) for region in regions]))
        rows += len(regions)
        advance(f"embedding {what}", number, len(images))
    return Background(np.concatenate(vectors), np.array(starts, np.int64))


def _on_prints(
    name: str,
    examined: Sequence[tuple[Examination | None, float]],
    truths: Sequence[str | None],
    calibrations: Mapping[ReferenceKind, Calibration],
    threshold: float,
) -> Figures:
    """The figures of prints and clean images with this confidence, without examining them again."""
    looked = []
    for brand, (examination, seconds) in zip(truths, examined, strict=True):
        if examination is not None:
            rated = replace(examination, evidence=calibrated(examination.evidence, calibrations))
            looked.append(look_at(rated, frozenset({brand} if brand else ()), seconds))
    return count(name, looked, threshold)


def _raw_views(
    folder: Path, model: ModelFile, network: OwnNetwork, raw: Background, logos: Sequence[Logo]
) -> list[NDArray[np.float32]]:
    """The network's own vectors, (V, D), of the registered views of each logo."""
    untouched = Projection(np.zeros(network.dimensions, np.float32), np.eye(network.dimensions, dtype=np.float32))
    manifest = write_model(folder, Adapted(model, untouched, raw, None, None))
    embedder = OnnxEmbedder(read_manifest(manifest))
    return [describe_reference(each.image, ReferenceKind.LOGO, embedder).views.vectors for each in logos]


def _projected(raw: Background, projection: Projection) -> Background:
    return Background(projection.apply(raw.vectors), raw.starts)
