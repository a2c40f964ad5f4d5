"""Commands for the people who run the registry service: `python -m registry.cli --help`."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from registry import seed
from registry.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.command()
def prepare() -> None:
    """Make what the service needs before its first start; safe to repeat."""
    asyncio.run(seed.prepare(Settings()))


@app.command()
def seed_demo(
    population: Annotated[Path, typer.Option(help="The folder that `python -m population` wrote")],
) -> None:
    """Fill the service with a synthetic province up to an approved list; safe to repeat."""
    asyncio.run(seed.seed_demo(Settings(), population, typer.echo))


@app.command("import")
def import_file(
    file: Path,
    region: Annotated[str, typer.Option("--village", "--region", help="Code of the region")],
) -> None:
    """Import one file as the pages do: read it, write what is right, say what is wrong."""
    asyncio.run(seed.import_one(Settings(), file, region, typer.echo))


@app.command()
def create_administrator(
    username: str,
    name: Annotated[str, typer.Option(help="The person's name, as the audit log shows it")],
) -> None:
    """Make an administrator; prints a password that must be changed at the first sign-in."""
    asyncio.run(seed.create_administrator(Settings(), username, name, typer.echo))


@app.command()
def rotate_token_key() -> None:
    """Change the key that signs tokens; the old one is published until its tokens are over."""
    asyncio.run(seed.rotate_token_key(Settings(), typer.echo))


@app.command()
def check_list(list_id: UUID) -> None:
    """Recompute a list's hash, compare it with what was signed and done; 1 if anything differs."""
    asyncio.run(seed.check_one_list(Settings(), list_id, typer.echo))


if __name__ == "__main__":
    app()
