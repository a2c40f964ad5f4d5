"""Commands for the people who run the redemption service: `python -m redemption.cli --help`."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import typer
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.database import BULK_STATEMENT_TIMEOUT_S, in_transaction, new_engine
from common.sealed import Sealer
from redemption.entitlements.expire import expire_cycles as expire_what_is_left
from redemption.partners import seed
from redemption.policies import seed as policies
from redemption.redeeming import seed as acts
from redemption.settings import Settings
from redemption.settlement.check_ledger import check_ledger as find_differences
from redemption.settlement.check_settlements import check_settlements as find_unsettled

app = typer.Typer(no_args_is_help=True)
SHOWN_MAX = 20
SEEDING_WITHIN_S, SEEDING_EVERY_S = 60.0, 0.3


def run(act: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
    """Do something in one transaction, with time enough for a whole province."""

    return asyncio.run(_with_engine(lambda engine: in_transaction(engine, act)))


async def _with_engine(act: Callable[[AsyncEngine], Awaitable[Any]]) -> Any:
    engine = new_engine(
        Settings().database_url,
        application_name="redemption cli",
        pool_size=1,
        statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
    )
    try:
        return await act(engine)
    finally:
        await engine.dispose()


@app.command()
def prepare() -> None:
    """Make what the service needs before its first start. It needs nothing yet."""


@app.command()
def seed_demo() -> None:
    """Add the demonstration's partners and its rule for work without network; safe to repeat."""
    sealer = Sealer(Settings().sealing_key.get_secret_value())
    run(lambda tx: seed.seed_demo(tx, sealer))
    run(policies.seed_demo)


@app.command()
def seed_demo_acts() -> None:
    """Let the demonstration's partner have given something yesterday; safe to repeat.

    The rights for it come from the registry, by the worker: they are waited for.
    """
    deadline = time.monotonic() + SEEDING_WITHIN_S
    while not (done := run(lambda tx: acts.seed_acts(tx, clock.utc_now()))).is_done:
        if time.monotonic() > deadline:
            typer.echo("no rights have arrived: nothing was given")
            return
        time.sleep(SEEDING_EVERY_S)
    typer.echo(f"given to {done.given} families")


@app.command()
def demo_cards() -> None:
    """Say which cards of the demonstration can be tried at the counter, and by whose login."""
    found = run(lambda tx: acts.cards_to_try(tx, clock.utc_now())) if Settings().demo else {}
    for (user, benefit), numbers in found.items():
        typer.echo(f"{user:<8} {benefit:<36} {'  '.join(numbers)}")
    if not found:
        typer.echo("no demonstration, or nothing is left to give", err=True)
        raise typer.Exit(1)


@app.command()
def check_settlements() -> None:
    """Hold settlements and payments against the ledger; fail when anything does not add up."""
    found = run(find_unsettled)
    for problem in found.problems[:SHOWN_MAX]:
        typer.echo(problem, err=True)
    if found.problems:
        typer.echo(f"{len(found.problems)} things do not add up", err=True)
        raise typer.Exit(1)
    whole = found.whole
    typer.echo(
        f"{whole['settlements']} settlements hold Rp{whole['in_settlements_rupiah']}, "
        f"{whole['open_lines']} lines of Rp{whole['open_rupiah']} are open: together the ledger's "
        f"Rp{whole['ledger_rupiah']} in {whole['lines']} lines; Rp{whole['paid_rupiah']} is paid"
    )


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


@app.command()
def expire_cycles() -> None:
    """Let expire what is left of cycles that are over; safe to repeat, also after a stop."""
    expired = asyncio.run(_with_engine(expire_what_is_left))
    for cycle_id, rights in expired.items():
        typer.echo(f"cycle {cycle_id}: {rights} rights expired")
    typer.echo(f"{sum(expired.values())} rights expired in all")


if __name__ == "__main__":
    app()
