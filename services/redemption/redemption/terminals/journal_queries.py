"""What journals need to know of terminals: whoever was ever able to sign in on one."""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.terminals.tables import terminal_operators

EVER = select(
    terminal_operators.c.operator_id, terminal_operators.c.subject, terminal_operators.c.name
).where(terminal_operators.c.terminal_id == bindparam("terminal_id"))


async def operators_ever(tx: AsyncConnection, terminal_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Return subject and name of everybody who had a PIN on a terminal, also of those removed."""
    found = await tx.execute(EVER, {"terminal_id": terminal_id})
    return {row.operator_id: (row.subject, row.name) for row in found}
