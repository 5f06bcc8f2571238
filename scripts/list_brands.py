"""Show what is registered; `markscan brands` is the same command."""

import typer

from brand_index.commands import brands

if __name__ == "__main__":
    typer.run(brands)
