"""Commands for the people who run the issuance service: `python -m issuance.cli --help`."""

import typer

from common import clock
from issuance.key_commands import keys
from issuance.signing.create_key import create_first_key
from issuance.terminal import master_of, run, settings

app = typer.Typer(no_args_is_help=True)
app.add_typer(keys, name="keys")


@app.command()
def prepare() -> None:
    """Make the first signing key, active at once, when there is none; safe to repeat."""
    given = settings()
    master = master_of(given)
    made = run(
        given,
        lambda tx: create_first_key(
            tx, master, now=clock.utc_now(), card_valid_years=given.card_valid_years
        ),
    )
    typer.echo(f"signing key {made} made and published" if made else "a signing key is there")


if __name__ == "__main__":
    app()
