"""Every SQL statement about terminals themselves; codes and operators have their own."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.terminals.rules import Terminal
from redemption.terminals.tables import terminal_operators, terminal_sessions, terminals

COLUMNS = (
    terminals.c.id,
    terminals.c.partner_id,
    terminals.c.label,
    terminals.c.algorithm,
    terminals.c.public_key,
    terminals.c.enrolled_at,
    terminals.c.last_seen_at,
    terminals.c.revoked_at,
)
# For statements of other capabilities that need the terminal beside their own rows.
TERMINAL = select(
    terminals.c.id.label("terminal_id"),
    terminals.c.partner_id.label("terminal_partner_id"),
    terminals.c.label.label("terminal_label"),
    terminals.c.revoked_at.label("terminal_revoked_at"),
).subquery("terminal")
ONE = select(*COLUMNS).where(terminals.c.id == bindparam("terminal_id"))
# A signed request: its terminal, and the session of the operator whose token it carries.
STANDING = (
    select(
        *COLUMNS,
        terminal_sessions.c.expires_at.label("session_expires_at"),
        terminal_operators.c.subject.label("operator_subject"),
        terminal_operators.c.name.label("operator_name"),
        terminal_operators.c.role.label("operator_role"),
    )
    .select_from(
        terminals.outerjoin(
            terminal_sessions,
            and_(
                terminal_sessions.c.token_hash == bindparam("token_hash"),
                terminal_sessions.c.terminal_id == terminals.c.id,
                terminal_sessions.c.ended_at.is_(None),
                terminal_sessions.c.expires_at > bindparam("now"),
            ),
        ).outerjoin(
            terminal_operators,
            and_(
                terminal_operators.c.terminal_id == terminal_sessions.c.terminal_id,
                terminal_operators.c.operator_id == terminal_sessions.c.operator_id,
            ),
        )
    )
    .where(terminals.c.id == bindparam("terminal_id"))
)
ADD = insert(terminals).on_conflict_do_nothing()
TOUCH = (
    update(terminals)
    .where(terminals.c.id == bindparam("seen_id"), terminals.c.last_seen_at < bindparam("now"))
    .values(last_seen_at=bindparam("now"))
)
TELL_UNSENT = (
    update(terminals)
    .where(terminals.c.id == bindparam("seen_id"))
    .values(unsent_lines=bindparam("lines"), unsent_at=bindparam("now"))
)
REVOKE = (
    update(terminals)
    .where(terminals.c.id == bindparam("revoked_id"), terminals.c.revoked_at.is_(None))
    .values(
        revoked_at=bindparam("at"),
        revoked_by=bindparam("person"),
        revoked_by_name=bindparam("person_name"),
        revoked_reason=bindparam("reason"),
    )
)


def why_not_served(
    terminal_id: ColumnElement[Any], operator: ColumnElement[Any]
) -> ColumnElement[str | None]:
    """Return, for a statement that judges an act, why a terminal's act does not count now.

    NULL when it counts or when no terminal made it (`terminal_id` is NULL), otherwise the word of
    the refusal: terminal_revoked or operator_session_over. `operator` is the person's subject.
    Two index look-ups; a revocation that was committed before is always seen.
    """
    t, s = terminals.alias("acting_terminal"), terminal_sessions.alias("acting_session")
    is_signed_in = exists().where(
        s.c.terminal_id == t.c.id,
        s.c.subject == operator,
        s.c.ended_at.is_(None),
        s.c.expires_at > func.now(),
    )
    word = case(
        (t.c.revoked_at.is_not(None), "terminal_revoked"), (~is_signed_in, "operator_session_over")
    )
    return select(word).where(t.c.id == terminal_id).scalar_subquery()


def terminal_of(row: RowMapping) -> Terminal:
    """Return the terminal in a row."""
    return Terminal(**{column.name: row[column.name] for column in COLUMNS})


async def find(tx: AsyncConnection, terminal_id: UUID) -> Terminal | None:
    """Return a terminal, revoked or not."""
    row = (await tx.execute(ONE, {"terminal_id": terminal_id})).mappings().one_or_none()
    return terminal_of(row) if row else None
