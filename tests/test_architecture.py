"""The house rules that a machine can keep, so that no review has to."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import parsed

ROOT = Path(__file__).parent.parent
PRODUCT = sorted([*ROOT.glob("brand_index/**/*.py"), *ROOT.glob("scanner/**/*.py")])
EVERYTHING = sorted([*PRODUCT, *ROOT.glob("scripts/**/*.py"), *ROOT.glob("tests/**/*.py")])
HOMES = {
    "faiss": ("brand_index/index/",),
    "onnxruntime": ("brand_index/features/running/providers.py",),
    "babel": ("scanner/moderation/seller_notices/languages.py",),
    "cryptography": ("brand_index/registry/checkpoints.py",),
    "sqlalchemy": (
        "brand_index/registry/",
        "scanner/moderation/",
        "scanner/service/accounts/",
        "scanner/service/tasks/webhooks.py",
    ),
    "resvg_py": ("brand_index/images/vector.py", "scanner/demo/"),
    "pdqhash": ("brand_index/features/hashing.py",),
    "jinja2": ("scanner/bulk/report/", "scanner/service/console/"),
    "typer": ("scanner/commands/",),
    "argon2": ("scanner/service/accounts/users.py",),
    "zxcvbn": ("scanner/service/accounts/passwords.py",),
    "fastapi": ("scanner/service/",),
    "starlette": ("scanner/service/",),
    "uvicorn": ("scanner/service/serving.py", "scanner/service/limits/connections.py"),
    "httpx": ("scanner/service/", "scanner/client/"),
    "cachetools": (
        "scanner/service/accounts/guesses.py",
        "scanner/service/service.py",
        "scanner/service/workers/drawn_images.py",
    ),
    "standardwebhooks": ("scanner/service/tasks/webhooks.py", "scanner/client/messages.py"),
    "prometheus_client": ("scanner/service/metrics.py",),
    "opentelemetry": ("scanner/service/traces.py",),
    "torch": ("brand_index/features/photo_descriptor.py",),
    "torchvision": (),
    "av": ("brand_index/images/video.py",),
    "ray": ("scanner/bulk/cluster/",),
    "pyarrow": ("scanner/bulk/cluster/",),
    "fsspec": ("brand_index/object_stores.py",),
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_each_heavy_package_has_one_home() -> None:
    found = [(named(path), module) for path in PRODUCT for module in imports(path)]
    homes = {module: HOMES.get(module.partition(".")[0], ("",)) for _, module in found}
    assert not [(path, module) for path, module in found if not path.startswith(homes[module])], "not at home there"


def test_the_layers_hold() -> None:
    code = "import sys; from importlinter import cli; sys.exit(cli.lint_imports())"
    checked = subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_module_has_three_hundred_lines_at_most() -> None:
    lines = {named(path): len(path.read_text("utf-8").splitlines()) for path in PRODUCT}
    assert {path: count for path, count in lines.items() if count > 300} == {}


def test_a_folder_has_fifteen_modules_at_most() -> None:
    counts = Counter(path.parent for path in PRODUCT if path.name != "__init__.py")
    assert {named(folder): count for folder, count in counts.items() if count > 15} == {}


def test_a_module_opens_with_one_sentence() -> None:
    texts = {named(path): ast.get_docstring(parsed(path)) for path in EVERYTHING}
    assert [path for path, text in texts.items() if not text] == [], "without a docstring"
    first = {path: text.splitlines()[0].rstrip() for path, text in texts.items() if text}
    assert {path: line for path, line in first.items() if not line.endswith((".", ":"))} == {}, "no whole sentence"


def test_nothing_is_called_utils() -> None:
    words = ("util", "helper", "manager", "handler", "misc", "common")
    assert not [named(path) for path in PRODUCT if any(word in path.stem for word in words)]


@pytest.mark.parametrize("module", ["scanner", "scanner.walk", "scanner.commands.main", "brand_index.registry"])
def test_importing_loads_no_torch_and_opens_no_model(module: str) -> None:
    code = f"import sys, {module}; assert 'torch' not in sys.modules and 'augly' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


@pytest.mark.parametrize("module", ["scanner.walk", "scanner.demo", "scanner.commands.main", "scanner.moving.backups"])
def test_importing_what_a_scan_needs_loads_no_package_of_an_extra(module: str) -> None:
    extras = {"fastapi", "starlette", "anyio", "limits", "uvicorn", "fsspec", "ray", "pyarrow", "av", "psycopg"}
    code = f"import sys, {module}; found = {extras} & set(sys.modules); assert not found, found"
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_weights_that_ship_are_20_mb_at_most() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "brand_index" / "models").iterdir()) <= 50_000_000


def test_every_model_file_is_in_the_manifest_and_the_card() -> None:
    folder = ROOT / "brand_index" / "models"
    manifest, card = (folder / "manifest.json").read_text("utf-8"), (folder / "README.md").read_text("utf-8")
    for weights in [*folder.glob("*.onnx"), *folder.glob("*.npz")]:
        assert weights.name in manifest
        assert weights.name in card
        assert weights.name in (ROOT / "NOTICE").read_text("utf-8")


def test_rows_are_written_through_an_open_write_alone() -> None:
    within = tuple(f"brand_index/registry/{name}" for name in ("transaction.py", "database.py", "schema/"))
    past = [
        f"{named(path)}:{node.lineno}"
        for path in PRODUCT
        if not named(path).startswith(within)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args
        if node.func.attr in {"insert", "delete"} or (node.func.attr == "update" and not node.keywords)
    ]
    assert past == [], "a row written past Write has no seal: use its add, update, delete"
