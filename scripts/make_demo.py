"""Draw the demo's brands and listing photos, register them, learn a form; `scan-images --demo` also scans them."""

from pathlib import Path
from typing import Annotated

import typer

from brand_index.store import Store
from scanner.demo import learn_form, make_demo, register_demo
from scanner.settings import read_settings


def main(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the demo is to lie; made if missing.")],
    draw_only: Annotated[bool, typer.Option("--draw-only", help="Register nothing.")] = False,
) -> None:
    """Make the demo in DIR: brands/, listing_photos/, listings.csv and the store."""
    plan = make_demo(folder)
    if not draw_only:
        register_demo(plan, Store(plan.store))
        learn_form(plan, Store(plan.store), read_settings().model_copy(update={"registry_url": None}))
    typer.echo(f"{len(plan.references)} images of brands and {len(plan.listings)} listing photos.")
    if not draw_only:
        typer.echo(
            f"Scan them: scan-images {plan.listing_photos} --store {plan.store} "
            f"--listings {plan.listings_csv} --out {plan.folder}"
        )


if __name__ == "__main__":
    typer.run(main)
