"""The command models adapt: makes all that belongs to an embedder of the user's own, and measures it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from brand_index.errors import UsageError
from brand_index.store import Store
from scanner.commands.shell import (
    RegistryOption,
    StoreOption,
    chosen_settings,
    open_registry,
    plain_errors,
    progress_bar,
    say,
)

models = typer.Typer(name="models", help="The networks that describe images.", no_args_is_help=True)


@models.callback()
def models_group() -> None:
    """The networks that describe images."""


@models.command("adapt")
def models_adapt(
    *,
    embedder: Annotated[
        Path, typer.Option(metavar="FILE", help="Your network: an ONNX file (.onnx), or else TorchScript.")
    ],
    size: Annotated[int, typer.Option(min=16, max=1024, help="Side of the images that it takes, pixels.")],
    clean: Annotated[
        Path, typer.Option(metavar="DIR", help="Images that show no registered logo, 150 or more; 500 are better.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write: files, manifest.json and the report.")],
    material: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Images of text, tables and labels without a registered logo, 50 or more."),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV", help="Labelled images to measure on: columns image and brand_id, empty where none is shown."
        ),
    ] = None,
    mean: Annotated[
        str,
        typer.Option(
            metavar="R,G,B",
            help="Subtracted from colours of 0 to 1; for most networks of torchvision "
            "0.485,0.456,0.406. Default: 0,0,0, the file does it.",
        ),
    ] = "0,0,0",
    std: Annotated[
        str,
        typer.Option(metavar="R,G,B", help="Divides them then; for most of torchvision 0.229,0.224,0.225."),
    ] = "1,1,1",
    prints: Annotated[int, typer.Option(min=20, help="Prints of your logos that confidence is fitted on.")] = 300,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Make all that belongs to an embedder of your own: banks, confidence, a manifest; and measure it.

    Your network embeds crops of marks in place of the one that ships, whose patches the matcher still compares: both
    run. Needs 20 registered logos. The report says what your network finds and costs beside the one that ships. Use
    the result with SCANNER_MODEL_MANIFEST=DIR/manifest.json, or with --model.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from scanner.adapting.adapting import Material, adapt, opened_network
    from scanner.adapting.files import check_folder, write_report
    from scanner.adapting.material import (
        LEAST_CLEAN,
        LEAST_MATERIAL,
        read_images,
        read_labels,
        registered_logos,
    )
    from scanner.adapting.reporting import report_json, report_lines
    from scanner.verdicts.policy import read_policy

    with plain_errors():
        check_folder(out)
        settings = chosen_settings(registry_url=registry_url)
        with open_registry(store, registry_url) as registry:
            model = opened_network(embedder, size, _three("--mean", mean), _three("--std", std, positive=True))
            logos = registered_logos(registry, Store.locate(store))
        labelled = () if images is None else read_labels(images, logos)
        given = Material(
            logos,
            read_images(clean, LEAST_CLEAN, "--clean"),
            () if material is None else read_images(material, LEAST_MATERIAL, "--material"),
            labelled,
        )
        with progress_bar("adapting") as advance:
            outcome = adapt(
                model,
                given,
                out,
                settings,
                datetime.now(UTC),
                threshold=read_policy(settings.policy).thresholds.logo,
                prints=prints,
                advance=lambda _, done, total: advance(done, total),
            )
        lines = report_lines(outcome)
        write_report(out, lines, report_json(outcome))
        for line in lines:
            say(line)
        say(f"use it: SCANNER_MODEL_MANIFEST={outcome.manifest.absolute()}")


def _three(option: str, text: str, *, positive: bool = False) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        values = ()
    if len(values) != 3 or not all(abs(value) < 1e6 for value in values) or (positive and min(values) <= 0):
        above = " above 0" if positive else ""
        raise UsageError(f"{option} {text!r}: give three numbers{above} for red, green and blue, such as 0.5,0.5,0.5")
    return values
