"""Show what is registered; `markscan brands` is the same command."""

import typer

from scanner.commands.brands.brands import brands

if __name__ == "__main__":
    typer.run(brands)
