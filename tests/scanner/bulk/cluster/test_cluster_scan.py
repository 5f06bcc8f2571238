"""A scan on a Ray cluster, from and to an S3 server, gives the rows of a scan of files here, whatever is killed."""

import io
import json
import signal
from pathlib import Path
from typing import Any

import pytest

from brand_index.store import Store
from tests.scanner.bulk.cluster.conftest import IMAGES, PATTERN, Commands, Nodes, rows
from tests.servers import wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("ignore")]
Rows = list[tuple[str, dict[str, Any]]]


def parts(s3: Any, place: str) -> list[str]:
    s3.invalidate_cache()
    return [path for path in s3.find(f"shop/{place}/rows") if path.endswith(".parquet")]


def options(nodes: Nodes, store: Store, out: object, *more: object) -> tuple[object, ...]:
    return ("--cluster", nodes.address, "--store", store.root, "--out", out, "--format", "jsonl,csv", *more)


def test_objects_get_the_rows_that_files_get_as_json_lines_and_as_parquet_by_decision(
    s3: Any, nodes: Nodes, store: Store, commands: Commands, expected: Rows
) -> None:
    from pyarrow import parquet  # noqa: PLC0415 - where it is installed

    scan = options(nodes, store, "s3://shop/verdicts", "--path-pattern", PATTERN)
    code, printed = commands.run("s3://shop/listings", *scan)
    assert code == 3, printed
    lines = s3.cat_file("shop/verdicts/verdicts.jsonl").decode()
    assert rows(lines, "shop/listings/") == expected
    assert "rows: s3://shop/verdicts/verdicts.jsonl" in printed
    table = parquet.read_table("shop/verdicts/rows", filesystem=s3, partitioning="hive").sort_by("position")
    assert [f"{line}\n" for line in table["row"].to_pylist()] == lines.splitlines(keepends=True)
    said = [json.loads(line).get("decision", "failed") for line in lines.splitlines()]
    assert table["decision"].to_pylist() == said
    assert {"S1", "S2", "S3"} <= set(table["seller_id"].to_pylist())


def test_a_node_that_is_killed_costs_no_row(
    nodes: Nodes, store: Store, commands: Commands, folder: Path, expected: Rows, tmp_path: Path
) -> None:
    lost = nodes.add()
    out = tmp_path / "out"
    process = commands.start(folder, *options(nodes, store, out, "--path-pattern", PATTERN, "--workers", 3))
    wait_for(lambda: (out / "verdicts.jsonl").exists() and (out / "verdicts.jsonl").read_text().count("\n") > 0)
    nodes.cluster.remove_node(lost, allow_graceful=False)
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 3, printed
    assert rows((out / "verdicts.jsonl").read_text(), "listings/") == expected


def test_a_killed_scan_goes_on_with_the_rows_that_were_kept(
    s3: Any, nodes: Nodes, store: Store, commands: Commands, expected: Rows
) -> None:
    readable = [(name, row) for name, row in expected if "error" not in row]  # others are not kept, but scanned again
    for name, _ in readable:
        s3.pipe_file(f"shop/readable/{name}", IMAGES[name])
    scan = ("s3://shop/readable", *options(nodes, store, "s3://shop/killed", "--path-pattern", PATTERN))
    process = commands.start(*scan)
    wait_for(lambda: parts(s3, "killed"), pause=0.02)  # the first row is kept at once
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not s3.exists("shop/killed/verdicts.jsonl")
    code, printed = commands.run(*scan)
    assert code == 0, printed
    assert "rows kept: " in printed
    assert "rows kept: 0" not in printed
    assert rows(s3.cat_file("shop/killed/verdicts.jsonl").decode(), "shop/readable/") == readable


def test_a_table_in_parquet_names_images_and_their_listings(
    s3: Any, nodes: Nodes, store: Store, commands: Commands
) -> None:
    import pyarrow as pa  # noqa: PLC0415 - where it is installed
    from pyarrow import parquet  # noqa: PLC0415 - likewise

    names = ["S1/L1/sticker.jpg", "S1/L2/copy.jpg", "gone.jpg"]
    file = io.BytesIO()
    columns = {"uri": [f"s3://shop/listings/{name}" for name in names], "seller_id": ["one", "two", None]}
    parquet.write_table(pa.table({**columns, "title": ["A mug, blue", "ACME shirt", "none"]}), file)
    s3.pipe_file("shop/day.parquet", file.getvalue())
    code, printed = commands.run("s3://shop/day.parquet", *options(nodes, store, "s3://shop/day"))
    assert code == 3, printed
    found = dict(rows(s3.cat_file("shop/day/verdicts.jsonl").decode(), "shop/listings/"))
    assert [found[name].get("seller_id") for name in names] == ["one", "two", None]
    assert found["S1/L2/copy.jpg"]["title"] == "ACME shirt"
    assert found["gone.jpg"]["error"]["code"] == "unreadable_file"


def test_an_image_that_has_changed_since_is_scanned_again_and_no_other(
    s3: Any, nodes: Nodes, store: Store, commands: Commands
) -> None:
    for name in ("S1/L1/sticker.jpg", "S2/L3/moon.png"):
        s3.pipe_file(f"shop/few/{name}", IMAGES[name])
    scan = ("s3://shop/few", *options(nodes, store, "s3://shop/again"))
    assert commands.run(*scan)[0] == 0
    s3.pipe_file("shop/few/S2/L3/moon.png", IMAGES["S1/L2/copy.jpg"])
    code, printed = commands.run(*scan)
    assert code == 0, printed
    assert "images scanned again: 1: 1 because the file changed" in printed


def test_rays_client_gives_the_same_rows(
    nodes: Nodes, store: Store, commands: Commands, folder: Path, expected: Rows, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    scan = ("--cluster", nodes.client, "--store", store.root, "--out", out, "--format", "jsonl")
    code, printed = commands.run(folder, "--path-pattern", PATTERN, *scan)
    assert code == 3, printed
    assert rows((out / "verdicts.jsonl").read_text(), "listings/") == expected


def test_a_cluster_that_is_not_there_is_named_with_what_to_do(
    s3: Any, store: Store, commands: Commands, folder: Path
) -> None:
    assert s3 is not None
    code, printed = commands.run(folder, "--cluster", "127.0.0.1:1", "--store", store.root)
    assert code == 2, printed
    assert "--cluster 127.0.0.1:1: no Ray cluster answers" in printed
    assert "ray start --head" in printed


def test_a_bucket_that_is_not_there_is_named_before_anything_is_scanned(
    s3: Any, nodes: Nodes, store: Store, commands: Commands
) -> None:
    assert s3 is not None
    code, printed = commands.run("s3://shop/listings", *options(nodes, store, "s3://nobody/verdicts"))
    assert code == 2, printed
    assert "s3://nobody/verdicts: results cannot be kept there" in printed
