"""Commands for the people who run the redemption service: `python -m redemption.cli --help`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import BULK_STATEMENT_TIMEOUT_S, in_transaction, new_engine
from redemption.partners import seed
from redemption.settings import Settings
from redemption.settlement.check_ledger import check_ledger as find_differences

app = typer.Typer(no_args_is_help=True)
SHOWN_MAX = 20


def run(act: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
    """Do something in one transaction, with time enough for a whole province."""

    async def in_own_engine() -> Any:
        engine = new_engine(
            Settings().database_url,
            application_name="redemption cli",
            pool_size=1,
            statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
        )
        try:
            return await in_transaction(engine, act)
        finally:
            await engine.dispose()

    return asyncio.run(in_own_engine())


@app.command()
def prepare() -> None:
    """Make what the service needs before its first start. It needs nothing yet."""


@app.command()
def seed_demo() -> None:
    """Add the demonstration's partners, one of each kind; safe to repeat."""
    run(seed.seed_demo)


@app.command()
def check_ledger() -> None:
    """Compare every balance with the lines of the ledger; fail when one differs."""
    checked, differences = run(find_differences)
    for difference in differences[:SHOWN_MAX]:
        typer.echo(difference, err=True)
    if differences:
        typer.echo(f"{len(differences)} of {checked} entitlements differ from the ledger", err=True)
        raise typer.Exit(1)
    typer.echo(f"{checked} entitlements equal the ledger")


if __name__ == "__main__":
    app()
