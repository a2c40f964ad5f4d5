"""What every command of the issuance service shares: its settings, one transaction, plain words."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from common.database import in_transaction, new_engine
from common.problems import COMMON_REFUSALS, Refused
from common.sealed import Sealer
from issuance.refusals import REFUSALS
from issuance.settings import Settings
from issuance.signing.refusals import REFUSALS as KEY_REFUSALS

# A batch of cards that is being signed is waited for, and no command stands longer than that.
LOCK_TIMEOUT_S = 20
STATEMENT_TIMEOUT_S = 60
# A demonstration's root is opened in between: half a second, many on a machine that has no time.
IDLE_IN_TRANSACTION_TIMEOUT_S = 60


def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()


def run(given: Settings, act: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
    """Do one thing in one transaction; a refusal ends the command with its words."""

    async def once() -> Any:
        engine = new_engine(
            given.database_url,
            application_name="issuance cli",
            pool_size=1,
            statement_timeout_s=STATEMENT_TIMEOUT_S,
            lock_timeout_s=LOCK_TIMEOUT_S,
            idle_in_transaction_timeout_s=IDLE_IN_TRANSACTION_TIMEOUT_S,
        )
        try:
            return await in_transaction(engine, act)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(once())
    except Refused as refusal:
        raise refuse(refusal) from None


def refuse(refusal: Refused) -> typer.Exit:
    """Say why not and what to do, in both languages; return what ends the command."""
    said = {**COMMON_REFUSALS, **REFUSALS, **KEY_REFUSALS}.get(refusal.code)
    typer.echo(f"refused: {refusal.code} {refusal.facts or ''}".rstrip(), err=True)
    if said is not None:
        for title, action in ((said.title_id, said.action_id), (said.title_en, said.action_en)):
            typer.echo(f"  {title}. {action.format(**refusal.facts)}", err=True)
    return typer.Exit(1)


def stop(why: str) -> typer.Exit:
    """Say what this command lacks; return what ends it."""
    typer.echo(why, err=True)
    return typer.Exit(2)


def master_of(given: Settings) -> Sealer:
    """Return what seals private keys; ends the command when the master key was not given."""
    if given.signing_master_key is None:
        raise stop("SIGNING_MASTER_KEY (or SIGNING_MASTER_KEY_FILE) is needed for this")
    return Sealer(given.signing_master_key.get_secret_value())
