"""Every sign-in of a person ends, also what other services keep of one."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import outbox
from common.events import AccountSignInsEndedV1
from registry.accounts import queries

SOURCE = "registry"
# Tokens name the moment of a sign-in in whole seconds (OpenID Connect Core §2, auth_time).
WHOLE_SECOND = timedelta(seconds=1)


async def end_sign_ins(
    tx: AsyncConnection, account_id: UUID, now: datetime, *, spared_sign_in: UUID | None = None
) -> None:
    """End the sign-ins of an account, and tell the others so; one here may be spared.

    The others are told which one is spared, so that what it opened stays good, and only that. One
    that is not complete yet, because the new password was asked of it, comes after the end.
    """
    given = {"account_id_": account_id, "spared": spared_sign_in, "now": now}
    await tx.execute(queries.END_SIGN_INS_OF_ACCOUNT, given)
    ended_at, spared_at = now, None
    if spared_sign_in is not None:
        began_at = await tx.scalar(queries.COMPLETED_AT, {"sign_in_id": spared_sign_in})
        if began_at is None:
            ended_at = now.replace(microsecond=0) - WHOLE_SECOND
        else:
            spared_at = began_at.replace(microsecond=0)
    event = AccountSignInsEndedV1(account_id=account_id, ended_at=ended_at, spared_at=spared_at)
    await outbox.publish(tx, event, source=SOURCE, subject=f"account:{account_id}")
