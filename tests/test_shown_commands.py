"""A command of the documentation that takes too long is ended, and says what it waited for."""

from pathlib import Path

import psutil
import pytest

from tests.shown_commands import shell


def test_a_command_that_hangs_fails_with_what_it_waited_for(tmp_path: Path) -> None:
    (tmp_path / "hangs.py").write_text(
        "import time\n\ndef waits_for_the_cluster():\n    time.sleep(60)\n\n"
        "print('begun', flush=True)\nwaits_for_the_cluster()\n"
    )
    with shell(tmp_path) as commands, pytest.raises(pytest.fail.Exception) as failed:
        commands.run("python hangs.py", seconds=2)
    assert "begun" in str(failed.value)
    assert "in waits_for_the_cluster" in str(failed.value)


def test_what_a_command_leaves_running_does_not_delay_it_and_ends_with_the_shell(tmp_path: Path) -> None:
    with shell(tmp_path) as commands:
        code, printed = commands.run("sleep 60 & echo $!", seconds=10)
        assert code == 0
        left = psutil.Process(int(printed))
    assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE
