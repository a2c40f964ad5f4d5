"""Commands for the people who run the redemption service: `python -m redemption.cli --help`."""

import typer

app = typer.Typer(no_args_is_help=True)


@app.command()
def prepare() -> None:
    """Make what the service needs before its first start; safe to repeat."""


@app.command()
def seed_demo() -> None:
    """Fill the service with demonstration data; safe to repeat."""


if __name__ == "__main__":
    app()
