"""The words of docs/glossary.md hold everywhere: a search finds none of those that they replaced."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

REPLACED = {
    "picture": r"pictures?",
    "told, taught": r"told|taught|Told|Taught",
    "silenced": r"silenced|SILENCED",
    "laid": r"laid|laid_flat|straightened|looked_again|cut_out|with_air",
    "paper": r"papers?",
    "leave (a noun)": r"(?:has|have|had|no|with|by|of|without|any|own|brand's|gives?|this|that|whose|lacks?) leave",
    "pointed out": r"pointed out|point_out|points? out listings",
    "door, gate": r"Door|Gate",
    "measurements by their earlier names": r"steadiness|log_odds|window_agreeing",
    "drawn, brought (nouns)": r"Drawn|Brought",
}
# What reads files of earlier versions names their words; so do the renamings themselves.
EXEMPT = (
    *("CHANGELOG.md", "scanner/verdicts/legacy_rows.py", "scanner/moderation/registry.py"),
    *("scanner/service/accounts/registry.py", "brand_index/registry/schema/migrations.py", "tests/test_words.py"),
    *("brand_index/store.py", "tests/scanner/service/accounts/test_registry.py"),
    *("tests/data/", "tests/scanner/verdicts/test_rows.py", "LICENSE"),
)


def texts() -> list[Path]:
    """The files of the project that people read or write; not images, weights or data."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=False, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("this is no git checkout, so there is no list of the project's files")
    kinds = {".py", ".md", ".j2", ".js", ".css", ".toml", ".yml", ".conf", ".service", ".sh", ""}
    paths = [Path(name) for name in listed.stdout.splitlines() if not name.startswith(EXEMPT)]
    return [path for path in paths if path.suffix in kinds and (ROOT / path).is_file()]


@pytest.mark.parametrize("word", REPLACED)
def test_a_word_that_the_glossary_replaced_is_nowhere(word: str) -> None:
    pattern = re.compile(rf"(?<![\w-])(?:{REPLACED[word]})(?![\w-])")
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path in texts()
        for number, line in enumerate((ROOT / path).read_text("utf-8", "replace").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert found == []
