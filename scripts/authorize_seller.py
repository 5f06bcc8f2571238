"""Record a brand's leave for a seller, or end one; `markscan authorize` is the same command."""

import typer

from scanner.commands.brand_owner import authorize

if __name__ == "__main__":
    typer.run(authorize)
