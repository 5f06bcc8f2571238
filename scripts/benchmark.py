"""Measures Markscan and its peers on labelled images; a thin caller of the package benchmarks."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from benchmarks.alignment_run import run_alignment
from benchmarks.calibration import calibration_table, calibrations_of
from benchmarks.calibration_run import run_calibration
from benchmarks.cluster_run import run_cluster
from benchmarks.concealed_run import run_concealed
from benchmarks.console import run_console
from benchmarks.copies_run import run_copies
from benchmarks.coverage_run import run_coverage
from benchmarks.datasets import read_rows
from benchmarks.evasion_run import PARTS as EVASION_PARTS
from benchmarks.evasion_run import run_evasion
from benchmarks.first_verdict import run_first_verdict
from benchmarks.first_version import run_race
from benchmarks.forms_run import FormsTask, run_forms
from benchmarks.hosts_run import run_hosts
from benchmarks.learnt_forms import run_learnt_forms
from benchmarks.logos_run import MARKED, run_logos
from benchmarks.lookback_run import run_lookback
from benchmarks.material_run import run_material
from benchmarks.options import Options, deliver
from benchmarks.processor_time import run_stage_race
from benchmarks.proposals import run_proposals
from benchmarks.providers_run import run_providers
from benchmarks.records import read_predictions, read_truth
from benchmarks.register_run import run_register
from benchmarks.relief_run import run_relief
from benchmarks.scale_registered import run_registered
from benchmarks.scale_run import run_scale
from benchmarks.service import run_service
from benchmarks.speed import run_speed
from benchmarks.stages import run_stages
from benchmarks.strengths import run_strengths
from benchmarks.tables import show
from benchmarks.words_run import PARTS, run_words

from brand_index.store import Store

working_folder = partial(TemporaryDirectory, prefix="markscan-benchmark-")
app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

SCALES = [1_000, 10_000]
PROPOSED_AMONG = [500, 10_000]  # 100_000 takes hours to describe
Data = Annotated[
    Path, typer.Option("--data", exists=True, file_okay=False, help="Folder with logos_in_photos/, clothing/, …")
]
Json = Annotated[Path | None, typer.Option("--json", help="Write all measurements to this file.")]
Records = Annotated[Path | None, typer.Option(help="Write truth and predictions as CSV files into this folder.")]
Misses = Annotated[Path | None, typer.Option(help="Draw the worst misses and false alarms into this HTML file.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print GitHub tables.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that scan.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Use at most this many images of each list, for a quick run.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed that chooses images and edits.")]
Peers = Annotated[bool, typer.Option("--peers/--no-peers", help="Measure the peers too.")]
SiftQueries = Annotated[int, typer.Option(min=2, help="Queries for SIFT against every reference, which is slow.")]


@app.command()
def logos(
    data: Data,
    json: Json = None,
    records: Records = None,
    misses: Misses = None,
    markdown: Markdown = False,
    workers: Workers = 2,
    limit: Limit = None,
    clean: Annotated[int | None, typer.Option(min=1, help="Clean photos to scan; all if left out.")] = None,
    forms: Annotated[
        list[int] | None,
        typer.Option(
            min=0,
            help="Register so many crops of other photos of each brand beside its artwork, and compare with none; may "
            "be given again. Without --peers and --misses, which it has not.",
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="Of --forms: so many choices of the cropped photos.")] = 3,
    words: Annotated[bool, typer.Option("--words", help="Of --forms: register the brands' words, too.")] = False,
    seed: Seed = 0,
    peers: Peers = True,
    sift_queries: SiftQueries = 200,
) -> None:
    """Register clean logos, scan photos that show some of them and photos that show none.

    With --forms 5, say: three draws of five photos of each brand, whose marks are cropped and registered as further
    logos; a draw's photos are those that no form is cropped from. --words alone goes with --forms 0.
    """
    options = Options(data, json, records, misses, markdown, workers, limit, seed, peers, sift_queries)
    if forms is None and words:
        raise typer.BadParameter("--words goes with --forms, such as --forms 0 --words")
    if forms is not None and misses is not None:
        raise typer.BadParameter("--forms goes without --misses: it draws none")
    with working_folder() as folder:
        if forms is None:
            deliver(run_logos(options, clean, Path(folder)))
        else:
            task = FormsTask(tuple(sorted({0, *forms})), draws, words, clean)
            deliver(run_forms(options, task, Path(folder)))


@app.command()
def coverage(
    data: Data,
    json: Json = None,
    markdown: Markdown = False,
    limit: Limit = None,
    scenes: Annotated[int, typer.Option(min=0, help="Large scenes with small marks to draw.")] = 120,
    timed: Annotated[int, typer.Option(min=0, help="Clean photos whose scans are timed.")] = 100,
    seed: Seed = 0,
) -> None:
    """Measure which true boxes the regions cover, by size and number of regions, and what regions cost a scan."""
    options = Options(data, json, None, None, markdown, 1, limit, seed, False, 0)
    with working_folder() as folder:
        deliver(run_coverage(options, scenes, timed, Path(folder)))


@app.command()
def calibration(
    records: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="The folder that logos --records wrote, without --forms.")
    ],
    markdown: Markdown = False,
) -> None:
    """Measure how well confidence is calibrated from the predictions that a run of logos kept; nothing is scanned."""
    found = read_predictions(records / "predictions-markscan.csv")
    marked = {row["photo"] for row in read_rows(MARKED)}
    results = calibrations_of(found, read_truth(records / "truth.csv"), marked)
    show([calibration_table(results)], markdown=markdown)


@app.command()
def copies(
    data: Data,
    json: Json = None,
    records: Records = None,
    misses: Misses = None,
    markdown: Markdown = False,
    workers: Workers = 2,
    limit: Limit = None,
    edits_each: Annotated[int, typer.Option(min=1, help="Edits of each of 200 photos.")] = 7,
    edits: Annotated[
        list[str] | None,
        typer.Option(metavar="A,B", help="Edits by name, separated by commas or given again; all if left out."),
    ] = None,
    material: Annotated[
        bool, typer.Option("--material", help="Draw listing material instead: charts, labels, plain and drawn goods, …")
    ] = False,
    kinds: Annotated[
        list[str] | None,
        typer.Option(metavar="A,B", help="Kinds of material, separated by commas or given again; all if left out."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="Keep what is found of each kind of material in this folder, and don't measure again what is there. "
            "Take a new one once the code changes.",
        ),
    ] = None,
    seed: Seed = 0,
    peers: Peers = True,
    sift_queries: SiftQueries = 300,
) -> None:
    """Register photos, scan edits of them among photos that nobody copied, then the known edits of copies/.

    With --material: for each kind of listing material, register images, scan copies of them and innocent lookalikes.
    Then --sift-queries are of each kind, and SIFT takes longer than all else: --no-peers leaves it out.
    With --keep too, an interrupted run goes on where it was, and runs of some --kinds each into one folder add up.
    """
    options = Options(data, json, records, misses, markdown, workers, limit, seed, peers, sift_queries)
    if edits if material else kinds:
        raise typer.BadParameter("--kinds names kinds of --material, and --edits is for photos without it")
    if keep is not None and (not material or records is not None or misses is not None):
        raise typer.BadParameter("--keep goes with --material, and without --records and --misses, which it has not")
    with working_folder() as folder:
        if material:
            deliver(run_material(options, _names(kinds), Path(folder), keep))
        else:
            deliver(run_copies(options, edits_each, Path(folder), _names(edits)))


def _names(options: list[str] | None) -> list[str]:
    return [name.strip() for option in options or () for name in option.split(",") if name.strip()]


@app.command()
def lookback(
    data: Data,
    json: Json = None,
    markdown: Markdown = False,
    limit: Limit = None,
    past: Annotated[
        int, typer.Option(min=1, help="Past images: the real ones, then varied descriptions of those without a match.")
    ] = 10_000,
    references: Annotated[
        int | None, typer.Option(min=1, help="Look for so many references of each kind. Default: all.")
    ] = None,
    seed: Seed = 0,
) -> None:
    """Scan images, register photos and logos later, look back, and compare with a rescan of all images."""
    options = Options(data, json, None, None, markdown, 1, limit, seed, False, 0)
    with working_folder() as folder:
        deliver(run_lookback(options, past, Path(folder), references))


@app.command("learnt-forms")
def forms(data: Data, json: Json = None, markdown: Markdown = False, limit: Limit = None, seed: Seed = 0) -> None:
    """Measure what the bounds of learnt forms and of negatives rest on: how alike crops of one mark are."""
    deliver(run_learnt_forms(Options(data, json, None, None, markdown, 1, limit, seed, False, 0)))


@app.command()
def relief(
    data: Data,
    json: Json = None,
    records: Records = None,
    misses: Misses = None,
    markdown: Markdown = False,
    workers: Workers = 2,
    limit: Limit = None,
    marks: Annotated[int, typer.Option(min=3, help="Invented marks, beside those of logos_in_photos/.")] = 90,
    seed: Seed = 0,
    peers: Peers = True,
    sift_queries: SiftQueries = 200,
) -> None:
    """Register marks; find them in chrome, embossed, engraved, neon, outlined and in part, beside the same in ink."""
    options = Options(data, json, records, misses, markdown, workers, limit, seed, peers, sift_queries)
    with working_folder() as folder:
        deliver(run_relief(options, marks, Path(folder)))


@app.command()
def alignment(data: Data, json: Json = None, markdown: Markdown = False, limit: Limit = None, seed: Seed = 0) -> None:
    """Measure how exactly references are aligned with edited photos and printed logos of known geometry."""
    deliver(run_alignment(Options(data, json=json, markdown=markdown, limit=limit, seed=seed)))


@app.command()
def stages(
    data: Data,
    json: Json = None,
    markdown: Markdown = False,
    references: Annotated[int, typer.Option(min=1, help="Registered photos.")] = 10_000,
    photos: Annotated[int, typer.Option(min=1, help="Clean photos to scan.")] = 100,
) -> None:
    """Time each stage of the search for copied photos on clean photos, and count the photos that each passes on."""
    options = Options(data, json=json, markdown=markdown)
    with working_folder() as folder:
        deliver(run_stages(options, references, photos, Path(folder)))


@app.command()
def proposals(
    data: Data,
    json: Json = None,
    markdown: Markdown = False,
    limit: Limit = None,
    references: Annotated[list[int] | None, typer.Option(min=1, help="Registered photos; may be given again.")] = None,
    seed: Seed = 0,
) -> None:
    """Count how often hashes, keypoints and whole-photo features propose the copied photo as more are registered."""
    options = Options(data, json=json, markdown=markdown, limit=limit, seed=seed)
    with working_folder() as folder:
        deliver(run_proposals(options, references or PROPOSED_AMONG, Path(folder)))


@app.command()
def scale(
    data: Data,
    json: Json = None,
    markdown: Markdown = False,
    limit: Limit = None,
    references: Annotated[
        list[int] | None, typer.Option(min=100, help="References of a register; may be given again, up to a million.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(file_okay=False, help="Empty folder for the indexes; a temporary one if left out.")
    ] = None,
    store: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="A register to search whole and in parts, instead."),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Measure build, merge, disk, memory, search and recall of an index as its references grow, and when one is found.

    100,000 references take 14 GB of disk while they are merged.
    """
    options = Options(data, json=json, markdown=markdown, limit=limit, seed=seed)
    with working_folder() as temporary:
        place, sizes = folder or Path(temporary), references or SCALES
        if store is None:
            deliver(run_scale(options, sizes, place))
        else:
            deliver(run_registered(options, Store(store), sizes, place))


@app.command()
def providers(
    data: Data,
    provider: Annotated[
        str, typer.Option(help="What runs the networks beside the CPU, as `providers` names it.")
    ] = "cuda",
    photos: Annotated[int, typer.Option(min=64, help="Photos to scan.")] = 400,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds in turns.")] = 1,
    json: Json = None,
    markdown: Markdown = False,
    limit: Limit = None,
) -> None:
    """Time the networks and scan-images with a GPU, say, beside the CPU alone, and compare what they decide."""
    with working_folder() as folder:
        options = Options(data, json=json, markdown=markdown, limit=limit)
        deliver(run_providers(options, provider, photos, rounds, Path(folder)))


@app.command()
def strengths(
    data: Data,
    figure: Annotated[Path | None, typer.Option(help="Draw the curves into this PNG file.")] = None,
    json: Json = None,
    records: Records = None,
    markdown: Markdown = False,
    workers: Workers = 2,
    limit: Limit = None,
    seed: Seed = 0,
    peers: Peers = True,
) -> None:
    """Register photos and scan crops, pastes, rotations and blurs of some of them, from mild to severe."""
    options = Options(
        data, json=json, records=records, markdown=markdown, workers=workers, limit=limit, seed=seed, peers=peers
    )
    with working_folder() as folder:
        deliver(run_strengths(options, figure, Path(folder)))


@app.command()
def evasion(
    data: Data,
    json: Json = None,
    records: Records = None,
    markdown: Markdown = False,
    workers: Workers = 2,
    limit: Limit = None,
    seed: Seed = 0,
    peers: Peers = True,
    part: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(EVASION_PARTS)}; may be given again. All if left out.")
    ] = None,
    sscd: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="TorchScript file of SSCD, a peer then.")
    ] = None,
) -> None:
    """Hide marks in photos, and alter copied photos, from mild to severe, as sellers do to slip through."""
    if unknown := sorted(set(part or ()) - set(EVASION_PARTS)):
        raise typer.BadParameter(f"--part {unknown[0]}: the parts are {', '.join(EVASION_PARTS)}")
    options = Options(data, json, records, None, markdown, workers, limit, seed, peers, 0)
    with working_folder() as folder:
        deliver(run_evasion(options, part or (), sscd, Path(folder)))


@app.command()
def words(
    data: Data,
    json: Json = None,
    records: Records = None,
    misses: Misses = None,
    markdown: Markdown = False,
    workers: Workers = 2,
    limit: Limit = None,
    seed: Seed = 0,
    peers: Peers = True,
    part: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(PARTS)}; may be given again. All if left out.")
    ] = None,
    names: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            help="Real brand names to register: the unpacked npm package name-suggestion-index, or its nsi.json. "
            "Made of syllables if left out.",
        ),
    ] = None,
    registered: Annotated[
        int, typer.Option(min=1, help="Words registered where titles and clean photos alarm.")
    ] = 10_000,
    fonts: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder with fonts; those of the system if left out."),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print examples of false alarms, too.")] = False,
) -> None:
    """Register words, and find them on marks, packs and clean photos, spelled or drawn otherwise, and in titles.

    Parts that scan thousands of images take minutes, and each can be run alone: give each its own --records folder,
    since two runs into one overwrite each other's truth.csv.
    """
    options = Options(
        data,
        json=json,
        records=records,
        misses=misses,
        markdown=markdown,
        workers=workers,
        limit=limit,
        seed=seed,
        peers=peers,
    )
    with working_folder() as folder:
        deliver(
            run_words(
                options, Path(folder), part or (), names=names, registered=registered, verbose=verbose, fonts=fonts
            )
        )


@app.command()
def concealed(
    data: Data,
    json: Json = None,
    markdown: Markdown = False,
    limit: Limit = None,
    seed: Seed = 0,
    peers: Peers = True,
    packages: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder with the package @iconify-json/twemoji, for emoji."),
    ] = None,
) -> None:
    """Cover marks on photos that nobody trained on, and count what is found and what is flagged without reason."""
    deliver(run_concealed(Options(data, json, None, None, markdown, 1, limit, seed, peers, 0), packages))


@app.command()
def speed(
    data: Data,
    json: Json = None,
    markdown: Markdown = False,
    limit: Limit = None,
    photos: Annotated[int, typer.Option(min=2, help="Images to scan.")] = 200,
    against: Annotated[
        str | None, typer.Option(metavar="REVISION", help="Compare with this revision of the repository instead.")
    ] = None,
    processor: Annotated[
        bool, typer.Option("--processor", help="With --against: compare processor time, stage by stage.")
    ] = False,
    first_verdict: Annotated[
        bool,
        typer.Option("--first-verdict", help="Measure the time to the first verdict over --store, with --against too."),
    ] = False,
    rounds: Annotated[int, typer.Option(min=1, help="With --first-verdict: how often each is started.")] = 6,
    stores: Annotated[
        list[Path] | None,
        typer.Option(
            "--store",
            exists=True,
            file_okay=False,
            help="With --processor and --first-verdict: over this store, whose index both revisions can read, instead "
            "of registering images; may be given again.",
        ),
    ] = None,
) -> None:
    """Measure images a second and memory with 1 and 2 workers, the share of models and decoder, and each step."""
    options = Options(data, json=json, markdown=markdown, workers=2, limit=limit)
    places = [each.resolve() for each in stores or ()]
    if processor and against is None:
        raise typer.BadParameter("--processor compares with a revision: name it with --against")
    if first_verdict and not places:
        raise typer.BadParameter("--first-verdict needs a store with an index: name it with --store")
    with working_folder() as folder:
        if first_verdict:
            deliver(run_first_verdict(options, photos, against, places, rounds, Path(folder)))
        elif against is None:
            deliver(run_speed(options, photos, Path(folder)))
        elif processor:
            deliver(run_stage_race(options, photos, against, places, Path(folder)))
        else:
            deliver(run_race(options, photos, against, Path(folder)))


@app.command()
def cluster(
    data: Data,
    json: Json = None,
    markdown: Markdown = False,
    limit: Limit = None,
    photos: Annotated[int, typer.Option(min=8, help="Images to scan.")] = 256,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is scanned.")] = 3,
) -> None:
    """Measure scan-images on a Ray cluster of this machine, with 1 and 2 actors, beside scan-images alone."""
    options = Options(data, json=json, markdown=markdown, workers=2, limit=limit)
    with working_folder() as folder:
        deliver(run_cluster(options, photos, rounds, Path(folder)))


@app.command()
def service(
    data: Data,
    json: Json = None,
    markdown: Markdown = False,
    workers: Workers = 2,
    limit: Limit = None,
    seed: Seed = 0,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="Duration of each load: 60 if left out, with --hosts 30.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0, help="Duration of double load; 0: there is none.")] = 20,
    rounds: Annotated[
        int | None,
        typer.Option(min=1, help="Rounds in which service and batch, or the hosts, scan in turns: 60, with --hosts 6."),
    ] = None,
    parts: Annotated[
        int, typer.Option(min=0, help="Register so many parts of photos besides, as `stages` does, in a table.")
    ] = 0,
    store: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Store to fill, or to use as it is if an earlier run filled it."),
    ] = None,
    hosts: Annotated[
        int, typer.Option(min=1, max=2, help="2: two services share a store in PostgreSQL and an S3 server, instead.")
    ] = 1,
) -> None:
    """Measure throughput against the batch, and latency at half, full and double load while workers change.

    With --hosts 2: two services on one store beside one on it and one with a store in a folder, and kill one of the
    two under load. Needs markscan[test-cluster] and PostgreSQL.
    """
    options = Options(data, json=json, markdown=markdown, workers=workers, limit=limit, seed=seed)
    if hosts == 2 and (parts or store):
        raise typer.BadParameter("--hosts 2 fills a store of its own, without --store and --parts")
    with working_folder() as folder:
        if hosts == 2:
            deliver(run_hosts(options, Path(folder), seconds=seconds or 30, rounds=rounds or 6))
            return
        place = Store(store or Path(folder) / "store")
        deliver(
            run_service(
                options,
                Path(folder),
                place,
                seconds=seconds or 60,
                minutes=minutes,
                rounds=rounds or 60,
                parts=parts,
            )
        )


@app.command()
def register(
    data: Data,
    json: Json = None,
    markdown: Markdown = False,
    limit: Limit = None,
    against: Annotated[str, typer.Option(metavar="REVISION", help="Earlier revision of the repository.")] = "HEAD",
    rounds: Annotated[int, typer.Option(min=1, help="How often each registers them, in turns.")] = 2,
) -> None:
    """Compare the processor time and wall time of registering photos and logos by a table with an earlier revision."""
    options = Options(data, json=json, markdown=markdown, limit=limit)
    with working_folder() as folder:
        deliver(run_register(options, against, rounds, Path(folder)))


@app.command()
def console(data: Data, json: Json = None, markdown: Markdown = False, workers: Workers = 1) -> None:
    """Measure how soon the first page of the queue shows its images."""
    options = Options(data, json=json, markdown=markdown, workers=workers)
    with working_folder() as folder:
        deliver(run_console(options, Path(folder)))


@app.command()
def mark_calibration(
    marks: Annotated[int, typer.Option(min=1, help="Simulated marks of each kind.")] = 100,
    seed: Seed = 0,
    markdown: Markdown = False,
) -> None:
    """Measure what refitting confidence by mark gains, on simulated marks whose true confidence is known."""
    show([run_calibration(marks, seed)], markdown=markdown)


if __name__ == "__main__":
    app()
