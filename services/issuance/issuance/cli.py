"""Commands for the people who run the issuance service: `python -m issuance.cli --help`."""

import asyncio

import typer

from common import clock
from common.database import new_engine
from issuance.cards.demonstration import hand_out
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
def seed_demo() -> None:
    """Give a demonstration's families their cards; some stay at desks and some to be printed."""

    async def handed_out() -> dict[str, int]:
        engine = new_engine(settings().database_url, application_name="issuance demo", pool_size=2)
        try:
            return await hand_out(engine)
        finally:
            await engine.dispose()

    made = asyncio.run(handed_out())
    typer.echo(f"{made['active']} cards with families, {made['at_desk']} at desks")


if __name__ == "__main__":
    app()
