"""A person changes their own password."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from registry.accounts import passwords, queries
from registry.accounts.end_sign_ins import end_sign_ins


async def change_password(
    tx: AsyncConnection,
    actor: Principal,
    account_id: UUID,
    kept_hash: str,
    *,
    spared_sign_in: UUID | None,
    now: datetime,
) -> None:
    """Keep the new password; every other sign-in of the person ends."""
    given = {"account_id": account_id, "hash": kept_hash, "must_change": False, "at": now}
    await tx.execute(queries.SET_PASSWORD, given)
    await end_sign_ins(tx, account_id, now, spared_sign_in=spared_sign_in)
    await audit.record(tx, actor, "account.password_changed", "account", account_id)


async def is_own_password(tx: AsyncConnection, account_id: UUID, password: str) -> bool:
    """Tell whether this is the password that the person has now."""
    found = await tx.execute(queries.SELECT_ACCOUNT, {"account_id": account_id})
    account = found.mappings().first()
    return await passwords.is_right(password, account["password_hash"] if account else None)
