"""Commands for the people who run the registry service: `python -m registry.cli --help`."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from common.clock import utc_now
from registry import seed
from registry.privacy import commands as privacy
from registry.privacy.seen import Culprit
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
def match(
    region: Annotated[str, typer.Option(help="Code of the region; the province by default")] = "62",
) -> None:
    """Look for people who are recorded twice, now; the pairs then wait on the page /matches."""
    asyncio.run(seed.match(Settings(), region, typer.echo))


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


@app.command()
def retention(
    *,
    apply: Annotated[bool, typer.Option("--apply/--dry-run", help="Do it, or only say what")],
) -> None:
    """Do away with what is kept longer than its rule says, or show how much that is."""
    asyncio.run(privacy.apply_retention(Settings(), typer.echo, is_dry=not apply))


@app.command()
def seen(
    since: Annotated[str, typer.Option(help="From when, as 2026-07-29T08:00+07:00")],
    until: Annotated[str, typer.Option(help="Until when; now when left out")] = "",
    actor: Annotated[str, typer.Option(help="A login, or the actor's id in the audit log")] = "",
    request: Annotated[str, typer.Option(help="The id of one request, from the log")] = "",
    csv: Annotated[Path | None, typer.Option(help="Where to write the families")] = None,
) -> None:
    """Say whose data an account, or one request, has seen: for the notice of a breach."""
    if bool(actor) == bool(request):
        raise typer.BadParameter("name an actor or a request")
    last = privacy.moment(until) if until else utc_now()
    culprit = Culprit(privacy.moment(since), last, actor or None, request or None)
    asyncio.run(privacy.list_seen(Settings(), typer.echo, culprit, csv))


@app.command()
def rotate_message_key() -> None:
    """Sign messages to other agencies with a new key; the old one stays published for a week."""
    asyncio.run(seed.rotate_message_key(Settings(), typer.echo))


if __name__ == "__main__":
    app()
