"""Register the logos, product photos or words of a brand; `markscan register` is the same command."""

import typer

from scanner.commands.brands.register import register

if __name__ == "__main__":
    typer.run(register)
