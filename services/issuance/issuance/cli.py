"""Commands for the people who run the issuance service: `python -m issuance.cli --help`."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.cose import Algorithm
from common.database import in_transaction, new_engine
from common.problems import Refused
from common.sealed import Sealer
from issuance.settings import Settings
from issuance.signing import queries as signing
from issuance.signing.change_key import change_key
from issuance.signing.create_key import create_first_key, create_key

app = typer.Typer(no_args_is_help=True)
keys = typer.Typer(no_args_is_help=True, help="The keys that sign cards and status lists.")
app.add_typer(keys, name="keys")

Reason = Annotated[str, typer.Option(help="Why; kept with the change.")]


def run(settings: Settings, act: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
    """Do one thing in one transaction; a refusal ends the command with its word."""

    async def once() -> Any:
        engine = new_engine(settings.database_url, application_name="issuance cli", pool_size=1)
        try:
            return await in_transaction(engine, act)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(once())
    except Refused as refusal:
        typer.echo(f"refused: {refusal.code} {refusal.facts}", err=True)
        raise typer.Exit(1) from None


def master_of(settings: Settings) -> Sealer:
    """Return what seals private keys; ends the command when the master key was not given."""
    if settings.signing_master_key is None:
        typer.echo("SIGNING_MASTER_KEY (or SIGNING_MASTER_KEY_FILE) is needed for this", err=True)
        raise typer.Exit(2)
    return Sealer(settings.signing_master_key.get_secret_value())


@app.command()
def prepare() -> None:
    """Make the first signing key, active at once, when there is none; safe to repeat."""
    settings = Settings()
    master = master_of(settings)
    made = run(
        settings,
        lambda tx: create_first_key(
            tx, master, now=clock.utc_now(), card_valid_years=settings.card_valid_years
        ),
    )
    typer.echo(f"signing key {made} made and published" if made else "a signing key is there")


@keys.command("list")
def list_keys() -> None:
    """Show every key with its state and dates."""
    for row in run(Settings(), signing.all_keys):
        dates = " ".join(
            f"{row[name]:%Y-%m-%d}" for name in ("not_before", "sign_until", "verify_until")
        )
        typer.echo(f"{row['kid']}  {row['algorithm']:8} {row['state']:12} {dates}")


@keys.command("create")
def create(
    starts: Annotated[
        datetime | None, typer.Option(help="When it may sign from; default now.")
    ] = None,
    algorithm: Annotated[Literal["Ed25519", "ES256"], typer.Option()] = "Ed25519",
) -> None:
    """Make and publish a planned key. Activate it when verifiers have had time to learn it."""
    settings = Settings()
    master, chosen = master_of(settings), _algorithm(algorithm)
    starts_at = starts.replace(tzinfo=UTC) if starts else clock.utc_now()
    kid = run(
        settings,
        lambda tx: create_key(
            tx,
            master,
            starts_at=starts_at,
            card_valid_years=settings.card_valid_years,
            actor="cli",
            algorithm=chosen,
        ),
    )
    typer.echo(f"{kid} planned, signs from {starts_at:%Y-%m-%d %H:%M} UTC once it is activated")


def _algorithm(word: str) -> Algorithm:
    return "ES256" if word == "ES256" else "Ed25519"


@keys.command("activate")
def activate(kid: str, reason: Reason = "") -> None:
    """Let a planned key sign from its first day on."""
    _change(kid, "active", reason)


@keys.command("retire")
def retire(kid: str, reason: Reason = "") -> None:
    """Stop signing with an active key (its cards stay valid), or end a key that only verifies."""
    state = next(
        (row["state"] for row in run(Settings(), signing.all_keys) if row["kid"] == kid), ""
    )
    _change(kid, "verify_only" if state == "active" else "retired", reason)


def _change(kid: str, state: str, reason: str) -> None:
    run(Settings(), lambda tx: change_key(tx, kid, state, actor="cli", reason=reason))
    typer.echo(f"{kid} is {state}")


if __name__ == "__main__":
    app()
