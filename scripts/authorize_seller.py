"""Authorize a seller for a brand, or revoke an authorization; `markscan authorize` is the same command."""

import typer

from scanner.commands.brands.authorize import authorize

if __name__ == "__main__":
    typer.run(authorize)
