"""Build the index that scans search; `markscan index` is the same command."""

import typer

from scanner.commands.brands.brands import index

if __name__ == "__main__":
    typer.run(index)
