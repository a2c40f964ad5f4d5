"""Commands for the people who run the issuance service: `python -m issuance.cli --help`."""

import asyncio
from typing import Annotated

import typer

from common import clock
from common.database import new_engine
from common.sealed import BlindIndex, Sealer
from common.sealed_to import SealedTo
from issuance.demonstration.province import demonstrate
from issuance.demonstration.work import AtWork
from issuance.key_commands import keys
from issuance.signing.create_key import create_first_key
from issuance.terminal import master_of, run, settings
from issuance.trust_commands import prepare_trust, trust

app = typer.Typer(no_args_is_help=True)
app.add_typer(keys, name="keys")
app.add_typer(trust, name="trust")


@app.command()
def prepare() -> None:
    """Make the first signing key when there is none, and see to the trust bundle; repeatable."""
    given = settings()
    master = master_of(given)
    made = run(
        given,
        lambda tx: create_first_key(
            tx, master, now=clock.utc_now(), card_valid_years=given.card_valid_years
        ),
    )
    typer.echo(f"signing key {made} made and published" if made else "a signing key is there")
    prepare_trust(given)


@app.command("seed-demo")
def seed_demo(
    announced: Annotated[
        int, typer.Option(help="How many announcements of approved families are to be waited for")
    ] = 0,
) -> None:
    """Bring a demonstration's cards on their way, some to each desk that has work with them."""
    given = settings()
    pin_key = given.pin_public_key

    async def played() -> None:
        engine = new_engine(given.database_url, application_name="issuance demo", pool_size=2)
        work = AtWork(
            engine,
            Sealer(given.sealing_key.get_secret_value()),
            BlindIndex(given.blind_index_key.get_secret_value()),
            SealedTo(pin_key.get_secret_value()) if pin_key else None,
        )
        try:
            await demonstrate(work, announced, typer.echo)
        finally:
            await engine.dispose()

    asyncio.run(played())


if __name__ == "__main__":
    app()
