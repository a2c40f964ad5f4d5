"""A terminal begins a journal: its first, or the next one after a quarantine."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.journal import queries
from redemption.journal.sender import Sender
from redemption.partners import queries as partners
from redemption.terminals import queries as terminals
from redemption.terminals.journal_queries import operators_ever
from redemption.terminals.rules import Terminal


async def start_journal(
    tx: AsyncConnection,
    caller: Principal,
    journal_id: UUID,
    at: datetime,
    *,
    replaces: UUID | None = None,
) -> RowMapping:
    """Begin a terminal's first journal, or the next one after a quarantine; a repeat is the same.

    `replaces` names the journal that is open here although this service, before it was restored
    from a backup, told the terminal that it is closed. It takes no more lines: whatever else comes
    of it is put aside for a person.

    Raises Refused: terminal_needed, id_reused, journal_open.
    """
    terminal, _ = await sender_of(tx, caller)
    await tx.execute(queries.LOCK_TERMINAL, {"terminal_id": str(terminal.id)})
    found = await queries.find(tx, journal_id)
    if found is None:
        latest = await queries.latest(tx, terminal.id)
        if latest is not None and latest["quarantined_at"] is None:
            if latest["id"] != replaces:
                raise Refused("journal_open", journal=str(latest["id"]))
            await _close(tx, caller, terminal, latest, at)
        await queries.start(
            tx,
            journal_id=journal_id,
            terminal_id=terminal.id,
            partner_id=terminal.partner_id,
            at=at,
        )
        found = await queries.find(tx, journal_id)
    if found is None or found["terminal_id"] != terminal.id:
        raise Refused("id_reused")
    return found


async def _close(
    tx: AsyncConnection, caller: Principal, terminal: Terminal, journal: RowMapping, at: datetime
) -> None:
    await tx.execute(queries.PUT_ASIDE, {"journal_id": journal["id"], "at": at})
    partner = await partners.find(tx, terminal.partner_id)
    await audit.record(
        tx,
        caller,
        "journal.replaced",
        "terminal",
        terminal.id,
        region_code=partner.region_codes[0] if partner else None,
        details={"journal_id": str(journal["id"]), "last": journal["last_sequence"]},
    )


async def sender_of(tx: AsyncConnection, caller: Principal) -> tuple[Terminal, Sender]:
    """Return the calling terminal and who it serves for; raises Refused terminal_needed."""
    terminal = await terminals.find(tx, caller.terminal_id) if caller.terminal_id else None
    if terminal is None:
        raise Refused("terminal_needed")
    partner = await partners.find(tx, terminal.partner_id)
    if partner is None:
        raise Refused("no_partner")
    operators = await operators_ever(tx, terminal.id)
    return terminal, Sender(terminal.id, partner, operators)
