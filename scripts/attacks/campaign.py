"""A whole run of attacks, on a service of our own or on one that runs already."""

import shutil
from collections.abc import Callable
from pathlib import Path

from attacks.catalogue import ATTACKS, Attack, run_all
from attacks.findings import Result
from attacks.measuring import quiet_scan
from attacks.own_service import OwnService, draw_material, jpeg, make_store
from attacks.target import Keys, Target
from brand_index.store import Store
from scanner.demo.photos import draw

Say = Callable[[str], None]


def chosen(short: bool, only: str) -> tuple[Attack, ...]:
    """The attacks of a run."""
    found = [each for each in ATTACKS if not (short and each.long)]
    return tuple(
        each for each in found if not only or only == str(each.number) or (not only.isdigit() and only in each.name)
    )


def attack_own(folder: Path, *, short: bool, only: str, say: Say) -> list[Result]:
    """Attack a service on a store in the empty `folder`."""
    material = draw_material()
    pristine, keys = make_store(folder / "pristine", material)
    (folder / "copy.jpg").write_bytes(material.copy)
    (folder / "registered.jpg").write_bytes(material.registered)
    service = OwnService(Store(Path(shutil.copytree(pristine.root, folder / "store"))), pristine.root)
    try:
        service.start()
        target = Target(service.address, Keys(**keys), short, material.clean, service)
        return _run(target, only, say)
    finally:
        service.end()


def attack_running(address: str, key: str, *, short: bool, only: str, say: Say) -> list[Result]:
    """Attack a service that runs, with its admin's key; `address` was checked."""
    target = Target(address, Keys(key, key, key, key, key), short, jpeg(draw("pottery")))
    try:
        return _run(target, only, say)
    finally:
        target.clean_up()


def _run(target: Target, only: str, say: Say) -> list[Result]:
    target.quiet_scan = quiet_scan(target)
    say(f"a quiet scan takes {1000 * target.quiet_scan:.0f} ms here")
    return list(run_all(chosen(target.short, only), target, say))
