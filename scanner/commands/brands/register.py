"""The command register: which images and words are a brand's references."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from brand_index.errors import UsageError
from brand_index.store import Store
from brand_index.types import Form, ReferenceKind, SourceRegion
from scanner.commands.brands.audits import audit_new, say_other_kind, say_without_room
from scanner.commands.brands.registering import NewReference, describing, register_each
from scanner.commands.interruption import stoppable
from scanner.commands.new_store import registry_to_fill
from scanner.commands.reference_warnings import say_not_searched
from scanner.commands.shell import (
    ExitCode,
    ModelOption,
    RegistryOption,
    StoreOption,
    chosen_settings,
    given_path,
    plain_errors,
    say,
    text_option,
)


@stoppable(lambda: "What is registered stays; the same command registers the rest")
def register(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(parser=given_path, metavar="PATH…", help="Images or folders.", show_default=False),
    ] = None,
    *,
    brand: Annotated[str, text_option(help="The brand's identifier, such as acme.")] = "",
    name: Annotated[str, text_option(help="The brand's name. Required for a new brand.")] = "",
    owner: Annotated[str, text_option(help="The brand's owner. Required for a new brand.")] = "",
    contact: Annotated[str, text_option(help="Contact of the brand. Required for a new brand.")] = "",
    kind: Annotated[
        ReferenceKind,
        typer.Option(
            help="Kind of the images. logo: scans find it anywhere in an image. photo: scans find its copies. A word "
            "is given with --word instead."
        ),
    ] = ReferenceKind.LOGO,
    word: Annotated[
        list[str] | None,
        text_option(
            help="Word mark that scans find in what is written in images, titles and descriptions. Repeat the option "
            "for more, such as its name in other scripts."
        ),
    ] = None,
    with_words: Annotated[
        bool,
        typer.Option("--with-words", help="Register the words that can be read in the logos, too, with the same mark."),
    ] = False,
    mark_name: Annotated[
        str,
        text_option(
            "--mark",
            help="Name of the mark that these references are forms of, such as sign. It is recorded if it is new.",
        ),
    ] = "",
    form: Annotated[
        str,
        text_option(
            help="What the images show of the mark: artwork, part, or in-use (photographs of it). Default: artwork; "
            "in-use with --region or --find."
        ),
    ] = "",
    region: Annotated[
        str,
        text_option(
            metavar="L,T,R,B",
            help="Register this region of one image, in pixels from its left and top: a mark on a photo of a product. "
            "An SVG is measured in pixels of its drawing, whose long side has 1024.",
        ),
    ] = "",
    find: Annotated[
        bool,
        typer.Option("--find", help="Show the regions of one photo that may be the mark, and ask which to register."),
    ] = False,
    annotated: Annotated[
        Path | None,
        typer.Option(
            parser=given_path,
            metavar="FILE",
            help="Where --find writes the photo with the regions drawn on it, as PNG. Default: a temporary file.",
        ),
    ] = None,
    with_parts: Annotated[
        bool,
        typer.Option(
            "--with-parts",
            help="Register the parts of artwork that can stand alone, such as a sign and the word beside it, as "
            "further forms of the same mark.",
        ),
    ] = False,
    office: Annotated[str, text_option(help="Trade-mark office of the mark (WIPO ST.3), such as EM.")] = "",
    registration_number: Annotated[str, text_option(help="Registration number of the mark at that office.")] = "",
    nice: Annotated[str, text_option(help="Classes of goods of the mark (Nice), such as 25,35.")] = "",
    vienna: Annotated[str, text_option(help="Codes of the mark's figurative elements (Vienna), such as 26.4.5.")] = "",
    csv: Annotated[
        Path | None,
        typer.Option(
            parser=given_path,
            metavar="FILE",
            help="CSV file of images and words of many brands. Columns: brand, name, owner, contact, kind, and path "
            "or word; optional: mark, form, region, office, registration_number, nice, vienna.",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        text_option(
            metavar="ADDRESS",
            help="Describe the images of --csv on this Ray cluster, whose machines see their paths: auto, HOST:PORT or "
            "ray://HOST:PORT.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what was refused, and the summary.")] = False,
    audited: Annotated[
        bool,
        typer.Option(
            "--audit/--no-audit",
            help="Estimate the false alarms of each new logo and photo, and name the references it resembles. Say how "
            "common each new word is.",
        ),
    ] = True,
    model: ModelOption = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """Register logos, product photos or words of a brand, as references for scans.

    It changes nothing that is registered: where a brand's name, owner or contact, or a mark, is given otherwise, it
    says what differs. `markscan brand edit` and `markscan marks edit` change that.

    Exit codes: 0 done, 1 internal error, 2 usage, 3 some refused.
    """
    from brand_index import fields
    from brand_index.csv_files import BadRow
    from brand_index.images.finding import find_images
    from brand_index.registration import MarkFields, check_mark_of
    from brand_index.registration.importing import agreeing, complete_brand, read_rows

    with plain_errors():
        words = word or []
        if kind is ReferenceKind.WORD and (paths or not words):
            raise UsageError("--kind word: a word is no file, so give it with --word instead of a PATH")
        if csv is None and not paths and not words:
            raise UsageError(
                "PATH is missing: name images or folders to register, a word with --word, or a table of them with "
                "--csv FILE"
            )
        if with_words and csv is None and (kind is not ReferenceKind.LOGO or not paths):
            raise UsageError("--with-words: only logos are read, and none is named: name their PATH, or leave it out")
        is_artwork = not (region or find) and (not form or fields.form(form) is Form.ARTWORK)
        if with_parts and csv is None and (kind is not ReferenceKind.LOGO or not paths or not is_artwork):
            raise UsageError("--with-parts: only artwork has parts, and none is named: name its PATH, or leave it out")
        if csv is None and cluster is not None:
            raise UsageError("--cluster describes the images of a table: name it with --csv, or leave --cluster out")
        if csv is None and not brand:
            raise UsageError("--brand is missing: name the brand of these references")
        excluded: dict[str, str | list[str] | list[Path] | None] = {
            "PATH": paths,
            "--word": words,
            "--brand": brand,
            "--name": name,
            "--owner": owner,
            "--contact": contact,
        }
        excluded |= {"--office": office, "--registration-number": registration_number, "--nice": nice}
        excluded |= {"--vienna": vienna, "--mark": mark_name, "--form": form, "--region": region}
        excluded |= {"--find": ["--find"] if find else []}
        if csv is not None and (given := [option for option, value in excluded.items() if value]):
            raise UsageError(f"--csv {csv} names images, words, brands and marks itself: leave out {', '.join(given)}")
        mark = check_mark_of(
            kind if paths else ReferenceKind.WORD,
            MarkFields(
                name=mark_name or None,
                office=office or None,
                registration_number=registration_number or None,
                nice=fields.nice_classes(fields.split(nice)),
                vienna=fields.split(vienna),
            ),
        )
        place, found = Store.locate(store), find_images(paths or [], vector=True)
        found.refuse_empty()  # before there is a store: a mistyped path makes none
        manifest = chosen_settings(model_manifest=model).model_manifest
        files = tuple(each.path for each in found.images)
        shown, part_of_it = _form(kind, files, form, region, manifest, find=find, annotated=annotated)
        with registry_to_fill(store, registry_url) as registry:
            if csv is None:
                owning = complete_brand(brand, name, owner, contact, registry.brands())
                wanted: list[NewReference | BadRow] = [
                    *(NewReference(each, owning, ReferenceKind.WORD, mark, word=each) for each in words),
                    *(
                        NewReference(
                            str(each.path),
                            owning,
                            kind,
                            mark,
                            each.path,
                            fault=each.fault,
                            form=shown,
                            region=part_of_it,
                        )
                        for each in found.images
                    ),
                ]
            else:
                wanted = [
                    row
                    if isinstance(row, BadRow)
                    else NewReference(
                        row.label, row.brand, row.kind, row.mark, row.path, row.word, form=row.form, region=row.region
                    )
                    for row in agreeing(csv, read_rows(csv, registry.brands()))
                ]
            with describing(cluster, wanted, manifest) as describers:
                tally, new = register_each(
                    registry,
                    place,
                    wanted,
                    describers,
                    with_words=with_words,
                    with_parts=with_parts,
                    manifest=manifest,
                    quiet=quiet,
                )
                say_other_kind(new)
                say_without_room(registry, new)
                if audited:
                    audit_new(registry, place, new, describers[0], quiet=quiet)
            say_not_searched(place)
            for sentence in found.passed_over.sentences():
                say(sentence)
            say(f"{_summary(tally)}; the registry is at revision {registry.revision()}")
        if tally["refused"]:
            raise typer.Exit(ExitCode.SOME_FAILED)


def _form(
    kind: ReferenceKind,
    files: Sequence[Path],
    form: str,
    region: str,
    manifest: Path,
    *,
    find: bool,
    annotated: Path | None,
) -> tuple[Form | None, SourceRegion | None]:
    """The form and the region that the options name, or that is chosen now; None: as is usual, and all of it."""
    from brand_index import fields
    from brand_index.registration import check_form

    if annotated is not None and not find:
        raise UsageError("--annotated is given without --find: give both, or leave it out")
    if (region or find) and len(files) != 1:
        raise UsageError(f"{'--region' if region else '--find'}: name one image, not {len(files)}")
    if region and find:
        raise UsageError("--region and --find are both given: choose one")
    shown = fields.form(form) if form else None
    part = fields.region(region) if region else None
    if shown is not None and not files:
        raise UsageError("--form: only images are forms of a mark, and none is named")
    if files:
        check_form(kind, shown, part or ((0, 0, 1, 1) if find else None))
    if find:
        from scanner.commands.brands.finding import choose_region

        part = choose_region(files[0], manifest, annotated)
    return shown, part


def _summary(tally: Counter[str]) -> str:
    from brand_index.registry import RegistrationOutcome

    order = [*(outcome.value for outcome in RegistrationOutcome), "refused"]
    return ", ".join(f"{tally[word]} {word}" for word in order if tally[word])
