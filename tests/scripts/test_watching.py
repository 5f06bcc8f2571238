"""The memory of a service is that of each of its processes, and what they share counts once."""

import subprocess
import sys

import psutil
from benchmarks.load import Load
from benchmarks.service import Phase, memory_table
from benchmarks.watching import ProcessMemory, Watched, memory_of


def test_each_process_is_named_by_when_it_started_and_what_it_shares_is_divided() -> None:
    code = "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'input()']); print(1); child.wait()"
    with subprocess.Popen(
        [sys.executable, "-uc", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        first, second = memory_of(psutil.Process(process.pid))
        process.communicate("\n")
    assert (first.name, second.name.partition(" after")[0]) == ("the service", "started")
    assert first.own <= first.shared <= first.resident


def test_the_moment_with_the_most_is_shown_and_summed_up() -> None:
    little, much = ProcessMemory("the service", 3_000_000, 2_000_000, 1_000_000), ProcessMemory("b", 5_000_000, 1, 1)
    quiet = Phase("quiet", Load((), 1.0), Watched(megabytes=[2.0], most=[little]))
    busy = Phase("busy", Load((), 1.0), Watched(megabytes=[3.0], most=[little, much]))
    table = memory_table([quiet, busy])
    assert table.title.endswith("busy")
    assert [row[:2] for row in table.rows] == [("the service", "3"), ("b", "5"), ("all", "8")]
