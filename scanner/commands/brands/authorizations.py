"""The command authorizations: lists them, or writes them as the CSV file that authorize reads."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from brand_index.errors import UsageError
from scanner.commands.shell import (
    RegistryOption,
    StoreOption,
    given_path,
    open_registry,
    plain_errors,
    say,
    text_option,
)


def authorizations(
    *,
    brand: Annotated[str, text_option(help="Only those of this brand. Default: of all.")] = "",
    seller_id: Annotated[str, text_option("--seller", help="Only those of this seller. Default: of all.")] = "",
    csv: Annotated[
        Path | None,
        typer.Option(
            parser=given_path,
            metavar="FILE",
            help="Write those in force, now or later, to a CSV file that `markscan authorize --csv` reads; documents "
            "are not in it.",
        ),
    ] = None,
    store: StoreOption = None,
    registry_url: RegistryOption = None,
) -> None:
    """List authorizations, revoked and expired ones too, or write those in force as a CSV file.

    Exit codes: 0 done, 1 internal error, 2 usage.
    """
    from rich.console import Console
    from rich.table import Table

    from brand_index.registration.authorization_table import export_rows
    from brand_index.registration.authorizing import in_words

    now = datetime.now(UTC)
    with plain_errors(), open_registry(store, registry_url) as registry:
        brands = None if not brand else [registry.brand(brand).brand_id]
        found = registry.authorizations(seller_id=seller_id or None, brands=brands)
        if csv is not None:
            text = export_rows(found, now)
            try:
                with csv.open("x", encoding="utf-8", newline="") as file:
                    file.write(text)
            except FileExistsError as error:
                raise UsageError(f"{csv} is there already: name another file, or remove it first") from error
            except OSError as error:
                raise UsageError(f"{csv}: {error.strerror}; name a file that can be written") from error
            say(f"{text.count(chr(10)) - 1} authorizations in force are in {csv}")
            return
        table = Table("authorization", "brand", "seller", "covers", "state")
        for each in found:
            state = "in force" if each.first_day <= now.date() else f"from {each.first_day}"
            if each.last_day is not None and each.last_day < now.date():
                state = "expired"
            if each.revoked_at is not None:
                state = f"revoked on {each.revoked_at:%Y-%m-%d}"
            table.add_row(str(each.authorization_id), each.brand_id, each.seller_id, in_words(each), state)
        if table.row_count:
            Console().print(table)
        else:
            say("no authorizations")
