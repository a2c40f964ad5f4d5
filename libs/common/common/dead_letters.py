"""Messages that could not be handled: parked in the database, listed, replayed, discarded.

`python -m common.dead_letters SERVICE list|show|replay|discard [ID …]`
"""

import asyncio
import json
from typing import Annotated, Any
from uuid import UUID

import structlog
import typer
from pydantic import ValidationError
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import ids, tables
from common.broker import Broker, replay_key_of
from common.broker_errors import BrokerUnavailable
from common.database import is_database_away, new_engine
from common.events import Envelope
from common.settings import ServerSettings

LIST_MAX = 500
AWAY_WAIT_S = 1.0

log = structlog.get_logger()

_t = tables.dead_letters
INSERT = insert(_t)
WAITING = _t.c.replayed_at.is_(None) & _t.c.discarded_at.is_(None)
SELECT_WAITING = (
    select(_t.c.id, _t.c.event_id, _t.c.event_type, _t.c.reason, _t.c.parked_at)
    .where(WAITING)
    .order_by(_t.c.parked_at)
    .limit(LIST_MAX)
)
SELECT_ONE = select(_t).where(_t.c.id == bindparam("letter_id"), WAITING).with_for_update()
COUNT_WAITING = select(func.count()).select_from(_t).where(WAITING)
MARK_REPLAYED = (
    update(_t).where(_t.c.id == bindparam("letter_id")).values(replayed_at=func.clock_timestamp())
)
MARK_DISCARDED = (
    update(_t)
    .where(_t.c.id == bindparam("letter_id"), WAITING)
    .values(discarded_at=func.clock_timestamp())
    .returning(_t.c.id)
)


def named(body: bytes) -> tuple[str, str]:
    """Return event id and type of any bytes whatever."""
    try:
        envelope = Envelope.model_validate_json(body)
    except ValidationError:
        return "?", "?"
    return envelope.id, envelope.type


async def park(engine: AsyncEngine, body: bytes, reason: str) -> bool:
    """Keep a message that was given up; waits for a database that is away. Always True."""
    event_id, event_type = named(body)
    row = {
        "id": ids.new_id(),
        "event_id": event_id,
        "event_type": event_type,
        "reason": reason,
        "body": body,
    }
    log.error("event parked", event_id=event_id, event_type=event_type, reason=reason)
    while True:
        try:
            async with engine.begin() as tx:
                await tx.execute(INSERT, row)
        except Exception as error:
            if not is_database_away(error):
                raise
            await asyncio.sleep(AWAY_WAIT_S)
        else:
            return True


async def waiting(tx: AsyncConnection) -> int:
    """Return how many letters nobody has decided about."""
    return int(await tx.scalar(COUNT_WAITING) or 0)


async def listed(tx: AsyncConnection) -> list[dict[str, Any]]:
    """Return the undecided letters, oldest first, without their contents."""
    rows = await tx.execute(SELECT_WAITING)
    return [{key: str(value) for key, value in row.items()} for row in rows.mappings()]


async def replay(tx: AsyncConnection, broker: Broker, letter_id: UUID) -> bool:
    """Send a letter to its service again; the inbox keeps a half-handled one harmless.

    Raises BrokerUnavailable; then the letter waits as before.
    """
    row = (await tx.execute(SELECT_ONE, {"letter_id": letter_id})).mappings().one_or_none()
    if row is None:
        return False
    # A broken letter's own id and type need not fit into AMQP's short texts.
    await broker.send(
        str(letter_id), "replay", row["body"], routing_key=replay_key_of(broker.service)
    )
    await tx.execute(MARK_REPLAYED, {"letter_id": letter_id})
    return True


async def shown(tx: AsyncConnection, letter_id: UUID) -> Any:
    """Return what a letter says, or None when nobody waits for a decision about it."""
    row = (await tx.execute(SELECT_ONE, {"letter_id": letter_id})).mappings().one_or_none()
    if row is None:
        return None
    try:
        return json.loads(row["body"])
    except ValueError:
        return row["body"].decode(errors="backslashreplace")


async def discard(tx: AsyncConnection, letter_id: UUID) -> bool:
    """Give a letter up; its contents stay in the table."""
    return (await tx.execute(MARK_DISCARDED, {"letter_id": letter_id})).first() is not None


async def _command(service: str, action: str, letter_ids: list[UUID], everything: bool) -> Any:
    servers = ServerSettings()
    engine = new_engine(servers.database_url, application_name=f"{service} dead letters")
    try:
        async with engine.begin() as tx:
            waiting_now = await listed(tx)
            if everything:
                letter_ids = [UUID(row["id"]) for row in waiting_now]
            if action == "list":
                return waiting_now
            if action == "show":
                return {str(one): await shown(tx, one) for one in letter_ids}
            if action == "discard":
                return {str(one): await discard(tx, one) for one in letter_ids}
        return await _replay_all(engine, servers.amqp_url, service, letter_ids)
    finally:
        await engine.dispose()


async def _replay_all(
    engine: AsyncEngine, amqp_url: str, service: str, letter_ids: list[UUID]
) -> dict[str, bool]:
    broker = await Broker.connect(amqp_url, service)
    try:
        outcome = {}
        for letter_id in letter_ids:
            async with engine.begin() as tx:
                outcome[str(letter_id)] = await replay(tx, broker, letter_id)
        return outcome
    finally:
        await broker.close()


def main(
    service: str,
    action: Annotated[str, typer.Argument(help="list, show, replay or discard")],
    letter_ids: Annotated[list[UUID] | None, typer.Argument(help="ids from the list")] = None,
    all_: Annotated[bool, typer.Option("--all", help="every letter of the list")] = False,
) -> None:
    """List, show, replay or discard the messages that SERVICE could not handle."""
    if action not in {"list", "show", "replay", "discard"}:
        raise typer.BadParameter("use list, show, replay or discard")
    if action != "list" and not letter_ids and not all_:
        raise typer.BadParameter("name the letters, or say --all")
    try:
        answer = asyncio.run(_command(service, action, letter_ids or [], all_))
    except BrokerUnavailable as error:
        typer.echo(f"RabbitMQ did not take it ({error}); the letters wait as before.", err=True)
        raise typer.Exit(1) from error
    typer.echo(json.dumps(answer, indent=2))
    if action in {"replay", "discard"} and not all(answer.values()):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
