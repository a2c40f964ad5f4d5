"""What this service does when every sign-in of a person has ended."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common.events import AccountSignInsEndedV1, Envelope
from common.worker import Handlers
from redemption.terminals import operator_queries as queries


def handlers() -> Handlers:
    """Return the handlers of events about people's accounts."""
    return {AccountSignInsEndedV1: on_sign_ins_ended}


async def on_sign_ins_ended(
    tx: AsyncConnection, event: AccountSignInsEndedV1, _envelope: Envelope
) -> None:
    """End the PINs and sessions, on every phone, that rest on a sign-in of before."""
    subject, ended = str(event.account_id), event.ended_at
    await tx.execute(queries.LOCK_PERSON, {"subject": subject})
    noted = {"subject": subject, "ended_at": ended, "spared_at": event.spared_at}
    await tx.execute(queries.NOTE_ENDED, noted)
    ending = {"of_subject": subject, "ended": ended, "spared": event.spared_at}
    found = await tx.execute(queries.REMOVE_EVERYWHERE, ending)
    for terminal_id, operator_id in found.all():
        here = {"at_terminal": terminal_id, "of_operator": operator_id, "now": ended}
        await tx.execute(queries.END_SESSIONS, here)
