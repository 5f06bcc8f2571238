"""The programs scan-images and markscan: every command is mounted here; each is defined in a module of its own."""

import typer

from brand_index.allocator import keep_freed_memory
from scanner.commands.audit import audit
from scanner.commands.brands.authorizations import authorizations
from scanner.commands.brands.authorize import authorize
from scanner.commands.brands.brand import brand
from scanner.commands.brands.brands import brands, index
from scanner.commands.brands.conflicts import conflicts
from scanner.commands.brands.marks import marks
from scanner.commands.brands.proposed_forms import marks_accept, marks_proposed, marks_refuse
from scanner.commands.brands.register import register
from scanner.commands.brands.withdraw import reinstate, withdraw
from scanner.commands.evidence import evidence
from scanner.commands.keys import keys
from scanner.commands.models.adapt import models
from scanner.commands.output import outlive_readers
from scanner.commands.scans.rejudge import rejudge
from scanner.commands.scans.scan_images import scan_images
from scanner.commands.search import search
from scanner.commands.serve import purge, serve
from scanner.commands.shell import VersionOption
from scanner.commands.statements import statements
from scanner.commands.stores import store
from scanner.commands.users import users
from scanner.commands.webhooks import webhooks

scan_images_app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
scan_images_app.command("scan-images")(scan_images)

markscan = typer.Typer(name="markscan", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
for command in (register, search, authorize, authorizations, withdraw, reinstate, brands, index, serve, purge, rejudge):
    markscan.command(command.__name__)(command)
for name, forms_command in (("proposed", marks_proposed), ("accept", marks_accept), ("refuse", marks_refuse)):
    marks.command(name)(forms_command)
for group in (brand, marks, conflicts, keys, users, audit, webhooks, evidence, statements, models, store):
    markscan.add_typer(group)


@markscan.callback()
def program(*, show_version: VersionOption = False) -> None:
    """Register brands, logos, words and photos, authorize sellers, run the service. To scan a folder: scan-images."""


def scan_images_main() -> None:
    """The console script scan-images."""
    keep_freed_memory()
    outlive_readers()
    scan_images_app()


def markscan_main() -> None:
    """The console script markscan."""
    keep_freed_memory()
    outlive_readers()
    markscan()
