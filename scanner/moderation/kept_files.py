"""Lists the files that rows name, of listings, appeals, references and authorizations, and what is wrong with them."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from brand_index.registry.database import Database, fetch
from brand_index.registry.kept_files import KeptFile, faults_of, media_files
from brand_index.store import Store
from scanner.moderation.records.tables import scanned_images
from scanner.moderation.seller_notices.tables import appeal_documents
from scanner.moderation.seller_notices.types import AppealDocument

STREAMED = 1_000  # rows in memory at a time


def file_faults(database: Database, store: Store) -> Iterator[str]:
    """Every kept file that is not the one that was recorded, or that is gone, in words."""
    with database.read() as connection:
        yield from faults_of(kept_files(connection, store))


def kept_files(connection: Connection, store: Store) -> Iterator[KeptFile]:
    """Every file that a row names."""
    yield from media_files(connection, store)
    table = scanned_images
    kept = select(table.c.scan_id, table.c.position, table.c.image_sha256).where(table.c.kept)
    with connection.execute(kept.execution_options(yield_per=STREAMED)) as rows:
        for scan_id, position, sha256 in rows:
            name = f"image {position + 1} of scan {scan_id}"
            yield KeptFile(name, store.upload_path(scan_id, position), sha256, store)
    for document in fetch(connection, AppealDocument, select(appeal_documents)):
        paths = store.appeal_paths(document.appeal_id, document.position)
        path = next((path for path in paths if store.has(path)), paths[0])
        yield KeptFile(f"document {document.position + 1} of appeal {document.appeal_id}", path, document.sha256, store)
