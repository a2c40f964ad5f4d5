"""Notes in the audit log about people who are not signed in yet, and about commands."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.regions import PROVINCE


def nobody(request_id: str | None) -> Principal:
    """Return the actor of an act that nobody has signed in for."""
    return _actor("anonymous", request_id)


def command(name: str) -> Principal:
    """Return the actor of a command on the server, who has the whole province."""
    subject = f"command:{name}"
    return Principal(subject, subject, frozenset(), frozenset(), regions=(PROVINCE,))


def person(account_id: UUID, name: str, request_id: str | None) -> Principal:
    """Return the actor of a person's own act at the issuer."""
    return Principal(str(account_id), name, frozenset(), frozenset(), request_id=request_id)


def system(client_id: str, request_id: str | None) -> Principal:
    """Return the actor of a partner's system."""
    return _actor(client_id, request_id)


async def failed_sign_in(
    tx: AsyncConnection, account_id: UUID | None, reason: str, request_id: str | None
) -> None:
    """Note a sign-in that failed. Never what was typed: it may be a password or a NIK."""
    await audit.record(
        tx,
        nobody(request_id),
        "sign_in.failed",
        "account",
        account_id or "unknown",
        details={"reason": reason},
    )


def _actor(subject: str, request_id: str | None) -> Principal:
    return Principal(subject, subject, frozenset(), frozenset(), request_id=request_id)
