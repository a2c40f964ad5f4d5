"""What a person who hands over cards says of himself: the own NIK and the own family's KK number.

Kept as blind indexes and nothing else, only to refuse the own family and the own hands.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex
from issuance.handing_over import queries
from issuance.handing_over.rules import NIK


async def demand_declaration(tx: AsyncConnection, caller: Principal) -> RowMapping:
    """Return what the caller declared; raises Refused declare_yourself_first."""
    known = await find_declaration(tx, caller)
    if known is None:
        raise Refused("declare_yourself_first")
    return known


async def find_declaration(tx: AsyncConnection, caller: Principal) -> RowMapping | None:
    """Return the caller's declaration that counts now, or None."""
    found = await tx.execute(queries.SELECT_DECLARATION, {"subject": caller.subject})
    return found.mappings().one_or_none()


async def waits_for_decision(tx: AsyncConnection, caller: Principal) -> bool:
    """Tell whether the caller has asked for a change that nobody has decided yet."""
    found = await tx.execute(queries.SELECT_DECLARATION_WAITING, {"subject": caller.subject})
    return found.mappings().one_or_none() is not None


async def waiting_declarations(tx: AsyncConnection) -> Sequence[RowMapping]:
    """Return the changes of own numbers that wait for another person."""
    return (await tx.execute(queries.SELECT_DECLARATIONS_WAITING)).mappings().all()


async def declare(
    tx: AsyncConnection,
    caller: Principal,
    index: BlindIndex,
    *,
    declaration_id: UUID,
    nik: str,
    kk: str,
) -> RowMapping:
    """Note the caller's own numbers; the first time at once, later when another person agrees.

    Raises Refused: own_numbers_wrong, id_reused, declaration_waits.
    """
    nik, kk = nik.replace(" ", ""), kk.replace(" ", "")
    if not NIK.fullmatch(nik) or not NIK.fullmatch(kk) or nik == kk:
        raise Refused("own_numbers_wrong")
    indexes = {"nik_index": index.of("nik", nik), "kk_index": index.of("kk", kk)}
    await tx.execute(queries.LOCK_SUBJECT, {"subject": caller.subject})
    found = await tx.execute(queries.SELECT_DECLARATION_BY_ID, {"id": declaration_id})
    known = found.mappings().one_or_none()
    if known is not None:
        same = all(known[name] == value for name, value in indexes.items())
        if not same or known["subject"] != caller.subject:
            raise Refused("id_reused")
        return known
    if await waits_for_decision(tx, caller):
        raise Refused("declaration_waits")
    values = {
        "declaration_id": declaration_id,
        "subject": caller.subject,
        "subject_name": caller.name,
        "is_first": await find_declaration(tx, caller) is None,
        "declared_at": clock.utc_now(),
        **indexes,
    }
    made = (await tx.execute(queries.INSERT_DECLARATION, values)).mappings().one()
    await audit.record(
        tx, caller, "giver.declared", "account", caller.subject, details={"first": made["is_first"]}
    )
    return made


async def decide_declaration(
    tx: AsyncConnection, caller: Principal, declaration_id: UUID, *, accept: bool
) -> RowMapping:
    """Let a changed declaration count, or not; raises Refused: not_found, needs_another_person,
    changed_meanwhile."""
    found = await tx.execute(queries.SELECT_DECLARATION_FOR_UPDATE, {"id": declaration_id})
    waiting = found.mappings().one_or_none()
    if waiting is None or waiting["is_first"]:
        raise Refused("not_found")
    word = "accepted" if accept else "refused"
    if waiting["subject"] == caller.subject:
        raise Refused("needs_another_person")
    if waiting["decision"] == word and waiting["decided_by"] == caller.subject:
        return waiting
    if waiting["decision"] is not None:
        raise Refused("changed_meanwhile")
    values = {
        "id": declaration_id,
        "word": word,
        "at": clock.utc_now(),
        "by": caller.subject,
        "by_name": caller.name,
    }
    decided = (await tx.execute(queries.DECIDE_DECLARATION, values)).mappings().one()
    await audit.record(tx, caller, f"giver.{word}", "account", waiting["subject"])
    return decided
