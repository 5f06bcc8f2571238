"""Attacks on records: rows, kept files and evidence bundles that are changed behind the program's back."""

import hashlib
import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from typer.testing import CliRunner, Result

from attacks.findings import Finding, NotTried, judged
from attacks.forms import blocked_notice, log_in
from attacks.own_service import ADMIN, BRAND, OWNER, REVIEWER, RIVAL, OwnService, register
from attacks.tampering import TAMPERINGS, tamper
from attacks.target import Target
from brand_index.registration import Document, authorize, revoke, withdraw
from brand_index.types import ReferenceKind
from scanner.commands.main import markscan
from scanner.moderation.enforcement.ledger import Ledger
from scanner.moderation.seller_notices.appeals import Appeals
from scanner.moderation.seller_notices.documents import SubmittedDocument
from scanner.moderation.seller_notices.links import Links
from scanner.moderation.seller_notices.store import SellerNotices
from scanner.moderation.seller_notices.submission import AppealSubmission, submit_appeal
from scanner.moderation.seller_notices.types import AppealOutcome, Form
from scanner.service.accounts.keys import list_keys, revoke_key
from scanner.service.accounts.registry import open_registry
from scanner.service.accounts.users import disable_user
from scanner.settings import ServiceSettings
from scanner.verdicts.case_states import CaseState, Ground, Scope

_FLIPS: Final = 400  # changed bytes of a bundle
_ALTERED: Final = 3  # exit code of verify


@dataclass(frozen=True, slots=True)
class Filled:
    """A stopped service with a record of every kind."""

    service: OwnService
    appealed: str  # case with an appeal and a document

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.service.store.root / "registry.db"

    def verify(self, *words: str) -> Result:
        """What `markscan audit verify` says."""
        return run("audit", "verify", *words, "--store", str(self.service.store.root))


def run(*words: str) -> Result:
    """The command `markscan` with these words, in this process."""
    return CliRunner().invoke(markscan, words)


@contextmanager
def filled(target: Target) -> Iterator[Filled]:
    """A service of ours with records of every kind, stopped; NotTried if it can't be filled or is not intact."""
    kept = target.needs_own().pristine.with_name("filled")
    if not kept.exists():
        _fill(target, kept)
    with target.needs_own().fresh(start=False, of=kept) as service:
        done = Filled(service, (kept / "appealed").read_text("utf-8"))
        intact = done.verify()
        if intact.exit_code != 0:
            raise NotTried(f"an untouched store is not intact: {intact.output.strip()[:200]}")
        yield done


def _fill(target: Target, kept: Path) -> None:
    """Keep a copy of a store with records of every kind."""
    with target.needs_own().fresh() as service:
        attacked = target.of(service)
        notices = [blocked_notice(attacked, seller) for seller in ("alpha", "beta", "gamma", "delta")]
        cases = [
            str(service.rows("SELECT case_id FROM seller_notices WHERE seller_notice_id = ?", each)[0][0])
            for each in notices
        ]
        with attacked.calling(target.keys.pipeline) as http:
            attacked.scan(http, seller_id="honest").raise_for_status()
        with attacked.calling(target.keys.owner) as http:
            image = {"images": ("photo.jpg", (service.pristine.parent / "copy.jpg").read_bytes())}
            fields = {"kind": "photo", "statement": "Our photo.", "seller_id": "epsilon"}
            http.post(f"/v1/brands/{BRAND}/notices", files=image, data=fields).raise_for_status()
        service.stop()
        _act(service, cases)
        (service.store.root / "appealed").write_text(cases[0], encoding="utf-8")
        shutil.copytree(service.store.root, kept)


def _act(service: OwnService, cases: list[str]) -> None:
    """Decide, authorize, appeal and revoke, so that there is a row of every kind."""
    now, store = datetime.now(UTC), service.store
    with open_registry(store, create=False) as registry:
        database, links = registry.database, Links(store.secret.read_bytes(), None)
        sellers = SellerNotices(registry, store, ServiceSettings(), links).acting("user ann")
        contract = Document("contract.pdf", b"%PDF-1.7 contract")
        given = authorize(registry, store, brand=BRAND, seller_id="honest", document=contract, now=now)
        revoke(registry, given.authorization_id, now)
        authorize(registry, store, brand=BRAND, seller_id="other", document=contract, now=now)
        sellers.decide([cases[0]], REVIEWER, CaseState.CONFIRMED, note="a copy", now=now)
        sellers.decide(
            [cases[1]],
            REVIEWER,
            CaseState.DISMISSED,
            ground=Ground.OWN_PHOTO,
            suppress=Scope.SELLER,
            now=now,
        )
        for case_id, seller in ((cases[0], "alpha"), (cases[2], "gamma")):
            notice = sellers.of_case(case_id)[-1]
            documents = [SubmittedDocument("proof.pdf", b"%PDF-1.4 proof " + seller.encode())]
            appeal = submit_appeal(
                sellers, notice.seller_notice_id, AppealSubmission(Form.COMPLAINT, "Mine.", documents=documents), now
            )
            if seller == "gamma":
                Appeals(sellers).decide(appeal.appeal_id, AppealOutcome.UPHELD, OWNER, now, note="no")
        Ledger(database).give("alpha", 6, serious=False, cause="attack", author=REVIEWER, now=now)
        withdrawn = next(each for each in registry.references() if each.brand_id == RIVAL)
        withdraw(registry, withdrawn.reference_id, now)
        copied = (service.pristine.parent / "registered.jpg").read_bytes()
        register(registry, store, [(registry.brand(RIVAL), ReferenceKind.PHOTO, copied, "x.jpg")])
        spare = next(each for each in list_keys(database) if each.name == "rival")
        revoke_key(database, spare.key_id, now)
        disable_user(database, ADMIN, now)


def tampered_rows(target: Target) -> Finding:
    """Every row that a decision rests on is sealed: `audit verify` names each that was changed, added or deleted."""
    missed, tried = [], 0
    with filled(target) as store:
        whole = store.database.read_bytes()
        for tampering in TAMPERINGS:
            _replace(store.database, whole)
            key = tamper(store.database, tampering)
            if key is None:
                raise NotTried(f"no row for: {tampering.what}")
            tried += 1
            verified = store.verify()
            if verified.exit_code != _ALTERED or not (key in verified.output or tampering.table in verified.output):
                missed.append(tampering.what)
    faults = [f"{len(missed)} were not named ({', '.join(missed)})"] if missed else []
    return judged(faults, f"{tried - len(missed)} of {tried} kinds of tampering were named")


def truncated_end(target: Target) -> Finding:
    """A database that is set back to an earlier moment does not match a checkpoint that was signed since."""
    missed = []
    with filled(target) as store:
        root = store.service.store.root
        earlier = store.database.read_bytes()
        run("keys", "create", "--role", "pipeline", "--name", "later", "--store", str(root))
        signed = run("audit", "checkpoint", "--store", str(root))
        if signed.exit_code != 0:
            return judged(["no checkpoint can be made"], "markscan audit checkpoint")
        elsewhere = root.parent / "elsewhere.jsonl"
        elsewhere.write_text(signed.stdout, encoding="utf-8")
        _replace(store.database, earlier)
        if store.verify().exit_code != _ALTERED:
            missed.append("by the file in the store")
        for file in root.glob("*checkpoint*.jsonl"):
            file.unlink()
        if store.verify("--checkpoints", str(elsewhere)).exit_code != _ALTERED:
            missed.append("by a checkpoint that was kept elsewhere")
    faults = [f"it was not found {', '.join(missed)}"] if missed else []
    return judged(faults, "the newest key, its event and the checkpoint's were cut off")


def _replace(database: Path, content: bytes) -> None:
    """Put another SQLite database in the place of one that nobody has open."""
    for side in ("-wal", "-shm"):
        database.with_name(database.name + side).unlink(missing_ok=True)
    database.write_bytes(content)


def changed_files(target: Target) -> Finding:
    """A listing image, reference or document that was changed on the disk is said to be so by the evidence bundle."""
    missed = []
    with filled(target) as store:
        service = store.service
        folder = service.store.root
        files = {
            "listing image": service.store.upload_path(store.appealed, 0),
            "reference": service.files_of(BRAND, "photo")[0],
            "document": next(iter(sorted((folder / "appeals").glob("**/*.document")))),
        }
        appeal = service.rows(
            "SELECT appeal_id FROM appeals JOIN seller_notices USING (seller_notice_id) WHERE case_id = ?",
            store.appealed,
        )[0][0]
        files["document"] = service.store.appeal_path(str(appeal), 0)
        service.start()
        browser, _ = log_in(target.of(service), REVIEWER)
        with closing(browser):
            for what, file in files.items():
                whole = file.read_bytes()
                changed = bytearray(whole)
                changed[len(changed) - 3] ^= 1
                file.write_bytes(changed)
                answer = browser.get(f"/console/cases/{store.appealed}/evidence.zip")
                file.write_bytes(whole)
                if answer.status_code == 200:
                    bundle = folder.parent / f"{secrets.token_hex(4)}.zip"
                    bundle.write_bytes(answer.content)
                    verified = run("evidence", "verify", str(bundle))
                    if verified.exit_code != _ALTERED:
                        missed.append(what)
    faults = [f"the bundle says nothing of a changed {', '.join(missed)}"] if missed else []
    return judged(faults, f"one byte each of {', '.join(files)} was changed")


def changed_bundle(target: Target) -> Finding:
    """No byte of an evidence bundle can be changed unnoticed."""
    with filled(target) as store:
        store.service.start()
        browser, _ = log_in(target.of(store.service), REVIEWER)
        with closing(browser):
            answer = browser.get(f"/console/cases/{store.appealed}/evidence.zip")
    if answer.status_code != 200:
        raise NotTried(f"the bundle was answered {answer.status_code}")
    whole, rng = answer.content, np.random.default_rng(int.from_bytes(hashlib.sha256(b"bundle").digest()[:4], "big"))
    file = target.needs_own().store.root.parent / "changed.zip"
    digest, unnoticed = answer.headers["X-Manifest-SHA256"], 0
    for place in rng.integers(0, len(whole), 60 if target.short else _FLIPS).tolist():
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 8)
        file.write_bytes(changed)
        unnoticed += run("evidence", "verify", str(file), "--digest", digest).exit_code != _ALTERED
    faults = [f"{unnoticed} changed bytes were not noticed"] if unnoticed else []
    return judged(faults, f"a bundle of {len(whole) / 1e6:.1f} MB, {60 if target.short else _FLIPS} changed bytes")
