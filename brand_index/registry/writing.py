"""Writes to the registry, the one truth about what rights holders registered; it opens no image and checks no field."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Final, Self

from sqlalchemy import URL, make_url, select
from sqlalchemy.exc import ArgumentError

from brand_index.errors import RegistryError, RegistryMissing, UnknownRecord
from brand_index.registry import schema
from brand_index.registry.conflicts import withdraw_within
from brand_index.registry.database import Database
from brand_index.registry.reading import AUTHORIZATION_REVOKED, RegistryReader, one
from brand_index.registry.recording import (
    authorize_within,
    delete_descriptions,
    record_brand,
    record_mark,
    record_reference,
    save_descriptions,
)
from brand_index.registry.records import RegistrationOutcome
from brand_index.registry.schema.copying import filled_table
from brand_index.store import Store
from brand_index.types import (
    Authorization,
    Brand,
    Form,
    Mark,
    MarkFeature,
    ReferenceImage,
    ReferenceKind,
    SourceRegion,
    reference_id,
)

BACKENDS: Final = frozenset({"sqlite", "postgresql"})


class Registry(RegistryReader):
    """All records, by one implementation for SQLite and PostgreSQL.

    Every write is one transaction that bumps `revision` by one, unless it would change nothing. Nothing is deleted.
    """

    @classmethod
    def open(
        cls,
        store: Store,
        url: str | None = None,
        *,
        components: Iterable[schema.Component] = (),
        create: bool = True,
        filling: bool = False,
    ) -> Self:
        """The registry of `store`, or at `url` (SQLAlchemy's, such as postgresql+psycopg://…), brought up to date.

        `components`: the packages above that have tables in the same database; scanner/ opens it through
        `open_registry`, which names them. `create` False: RegistryMissing where there is no registry. Also raises
        RegistryError when it cannot be opened or is newer than this program, or when the store was filled half,
        unless the caller is `filling` it.
        """
        address = _address(store, url)
        if store.address is not None and address.get_backend_name() == "sqlite":
            raise RegistryError(
                f"the store {store.address} needs its registry in PostgreSQL, for several machines share it: name that "
                "with --registry-url postgresql+psycopg://… or SCANNER_REGISTRY_URL (`markscan store copy`: "
                "--from-registry, --to-registry)"
            )
        if not filling:
            store.refuse_unfinished()
        is_marked = store.is_marked()
        if not (is_marked or create):
            raise RegistryMissing(
                f"there is no store at {store.address}: check --store, or make one with `markscan register`"
            )
        database = Database.open(address, components, create=create)
        if database is None:
            place = address.render_as_string() if url else str(store.root)
            named = "the address" if url else "--store"
            raise RegistryMissing(
                f"there is no registry in {place}: check {named}, or make one with `markscan register`"
            )
        if not is_marked:
            _mark(store, database)
        store.make_cache()
        return cls(database)

    def acting(self, actor: str) -> Self:
        """The same registry for another actor's writes; closing one closes both."""
        return type(self)(self.database.acting(actor))

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def __enter__(self) -> Self:
        """The registry, which is open already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        self.close()

    def add_brand(self, brand: Brand, now: datetime) -> None:
        """Record a new brand; the same one again changes nothing. Contradictory: it is registered otherwise."""
        with self.database.write(now) as write:
            record_brand(write, brand)

    def save_brand(self, brand: Brand, now: datetime) -> None:
        """Record a new brand, or change the name, owner and contact of the one with this id."""
        table = schema.brands
        with self.database.write(now) as write:
            known = one(write.connection, Brand, select(table).where(table.c.brand_id == brand.brand_id))
            if known is None:
                write.insert(table, brand, "brand registered", brand.brand_id)
            else:
                write.change(table.c.brand_id, known, brand, "brand changed")

    def add_mark(
        self,
        *,
        brand: str,
        feature: MarkFeature | None = None,
        office: str | None = None,
        registration_number: str | None = None,
        nice: frozenset[int] = frozenset(),
        vienna: tuple[str, ...] = (),
        expires: date | None = None,
        name: str | None = None,
        now: datetime,
    ) -> Mark:
        """Record a mark, unless one of this name, or of this office and number, is there.

        Without a name and a number each call records another.

        Values that were unknown are added to a known mark. UnknownRecord: no such brand. Contradictory: a known value
        is another, or name and number are of two marks.
        """
        asked = Mark(0, brand, feature, office, registration_number, nice, vienna, expires, name)
        with self.database.write(now) as write:
            return record_mark(write, asked)

    def add_reference(
        self,
        *,
        brand: str,
        kind: ReferenceKind,
        sha256: str,
        suffix: str,
        mark_id: int | None,
        source_name: str,
        width: int,
        height: int,
        warnings: tuple[str, ...],
        form: Form | None = None,
        source_region: SourceRegion | None = None,
        now: datetime,
    ) -> tuple[ReferenceImage, RegistrationOutcome]:
        """Record an image whose file is in media/, and a conflict with each other brand that holds the same file.

        The same file of the same brand and kind changes nothing, except that a withdrawn reference is reinstated.
        UnknownRecord: no such brand.
        """
        asked = ReferenceImage(
            reference_id=reference_id(brand, kind, sha256),
            brand_id=brand,
            kind=kind,
            sha256=sha256,
            suffix=suffix,
            mark_id=mark_id,
            source_name=source_name,
            width=width,
            height=height,
            warnings=warnings,
            registered_at=now,
            withdrawn_at=None,
            form=form,
            source_region=source_region,
        )
        with self.database.write(now) as write:
            return record_reference(write, asked)

    def withdraw_reference(self, reference: str, now: datetime) -> ReferenceImage:
        """Take the reference with this id out of force; a withdrawn one stays as it is. UnknownRecord: no such id."""
        with self.database.write(now) as write:
            return withdraw_within(write, reference)

    def authorize(
        self,
        *,
        brand: str,
        seller_id: str,
        kinds: frozenset[ReferenceKind],
        markets: frozenset[str] | None,
        nice: frozenset[int] | None,
        first_day: date,
        last_day: date | None,
        grantors: tuple[str, ...],
        document_sha256: str | None,
        now: datetime,
    ) -> Authorization:
        """Record an authorization. The same one again while it is in force is not recorded a second time.

        Fields as in Authorization. UnknownRecord: no such brand.
        """
        asked = Authorization(
            authorization_id=0,
            brand_id=brand,
            seller_id=seller_id,
            kinds=kinds,
            markets=markets,
            nice=nice,
            first_day=first_day,
            last_day=last_day,
            grantors=grantors,
            document_sha256=document_sha256,
            granted_at=now,
            revoked_at=None,
        )
        with self.database.write(now) as write:
            return authorize_within(write, asked)

    def revoke_authorization(self, authorization_id: int, now: datetime) -> Authorization:
        """Revoke an authorization; a revoked one stays as it is. UnknownRecord: no such number."""
        table = schema.authorizations
        with self.database.write(now) as write:
            known = one(
                write.connection, Authorization, select(table).where(table.c.authorization_id == authorization_id)
            )
            if known is None:
                raise UnknownRecord(
                    f"no authorization {authorization_id}: `markscan authorizations` lists their numbers"
                )
            if known.revoked_at is not None:
                return known
            revoked = replace(known, revoked_at=now)
            write.change(table.c.authorization_id, known, revoked, AUTHORIZATION_REVOKED)
            return revoked

    def save_descriptors(self, rows: Iterable[tuple[str, str, bytes]]) -> None:
        """Save (description_key, fingerprint, payload) until published; derived data do not change the revision."""
        if given := tuple(rows):
            with self.database.write(datetime.now(UTC)) as write:
                save_descriptions(write, given)

    def delete_descriptors(self, fingerprint: str, keys: Sequence[str], *, others: bool = False) -> None:
        """Delete the descriptions saved under these keys, and give the space back where that is cheap.

        `fingerprint`: of the model and recipe that they are by; `others`: those by any other are deleted, too.
        """
        delete_descriptions(self.database, fingerprint, keys, others=others)


def _mark(store: Store, database: Database) -> None:
    """Make a new store of an address. Raises RegistryError where the registry belongs to another."""
    try:
        with database.read() as connection:
            name = filled_table(connection)
        if name is not None:
            raise RegistryError(
                f"there is no store at {store.address}, and the registry is that of another, for its table {name} has "
                "rows: check --store and --registry-url, or move the other store with `markscan store copy`"
            )
        store.mark()
    except BaseException:
        database.close()
        raise


def _address(store: Store, url: str | None) -> URL:
    if not url:
        return URL.create("sqlite", database=str((store.root / "registry.db").absolute()))
    try:
        address = make_url(url)
        dialect = address.get_dialect()
        if address.get_backend_name() not in BACKENDS:
            raise RegistryError(
                f"the registry's URL begins with {address.drivername}, and registries are in SQLite or PostgreSQL: "
                "write sqlite:///path or postgresql+psycopg://… and pip install 'markscan[postgresql]'"
            )
        dialect.import_dbapi()
    except ArgumentError as error:  # the message does not repeat the URL: it may hold a password
        raise RegistryError(
            "the registry's URL is none that SQLAlchemy knows: write one such as postgresql+psycopg://user@host/database"
        ) from error
    except ImportError as error:
        driver = address.drivername
        raise RegistryError(
            f"the registry's URL begins with {driver}, and its driver is not installed ({error}): "
            "write postgresql+psycopg://… and pip install 'markscan[postgresql]'"
        ) from error
    return address
