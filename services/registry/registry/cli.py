"""Commands for the people who run the registry service: `python -m registry.cli --help`."""

import asyncio
from pathlib import Path
from typing import Annotated

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


if __name__ == "__main__":
    app()
