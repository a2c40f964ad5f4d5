"""Acts on accounts look at the actor's own account now, not at a token of minutes ago."""

from uuid import UUID

from fastapi import Request

from common.auth.principal import Principal
from common.problems import Refused
from registry.accounts import queries


async def active_administrator(request: Request) -> None:
    """Refuse who was disabled or moved to another role since the token was made.

    Everywhere else a token is good until it is over; here that would let someone who has just
    been disabled make themselves a new account.
    """
    caller: Principal = await request.app.state.identify(request)
    async with request.app.state.engine.connect() as tx:
        found = await tx.execute(queries.SELECT_ACCOUNT, {"account_id": _id_of(caller)})
        account = found.mappings().first()
    if account is None or account["disabled_at"] is not None:
        raise Refused("session_expired")
    if account["role"] != "administrator":
        raise Refused("permission_missing", permission="accounts.manage")


def _id_of(caller: Principal) -> UUID:
    try:
        return UUID(caller.subject)
    except ValueError as error:
        raise Refused("permission_missing", permission="accounts.manage") from error
