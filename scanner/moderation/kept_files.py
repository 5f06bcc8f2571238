"""Finds kept files that are gone or altered: of listings, appeals, references and authorizations."""

from collections.abc import Iterator

from sqlalchemy import select

from brand_index.errors import FileAltered
from brand_index.files import read_recorded
from brand_index.registry.database import Database, fetch
from brand_index.registry.kept_files import media_faults
from brand_index.store import Store
from scanner.moderation.records.tables import scanned_images
from scanner.moderation.seller_notices.queries import read_document
from scanner.moderation.seller_notices.tables import appeal_documents
from scanner.moderation.seller_notices.types import AppealDocument

STREAMED = 1_000  # rows in memory at a time


def file_faults(database: Database, store: Store) -> Iterator[str]:
    """Every kept file that is not the one that was recorded, or that is gone, in words."""
    with database.read() as connection:
        yield from media_faults(connection, store)
        table = scanned_images
        kept = select(table.c.scan_id, table.c.position, table.c.image_sha256).where(table.c.kept)
        with connection.execute(kept.execution_options(yield_per=STREAMED)) as rows:
            for scan_id, position, sha256 in rows:
                yield from _faults_of_image(store, scan_id, position, sha256)
        for document in fetch(connection, AppealDocument, select(appeal_documents)):
            yield from _faults_of_document(store, document)


def _faults_of_image(store: Store, scan_id: str, position: int, sha256: str) -> Iterator[str]:
    try:
        if read_recorded(store.upload_path(scan_id, position), sha256) is None:
            yield f"image {position + 1} of scan {scan_id} is gone"
    except FileAltered as error:
        yield f"image {position + 1} of scan {scan_id}: {error}"


def _faults_of_document(store: Store, document: AppealDocument) -> Iterator[str]:
    try:
        if read_document(store, document) is None:
            yield f"document {document.position + 1} of appeal {document.appeal_id} is gone"
    except FileAltered as error:
        yield f"document {document.position + 1} of appeal {document.appeal_id}: {error}"
