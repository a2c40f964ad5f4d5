"""A device shows the code that a partner's admin was given, and becomes that partner's terminal."""

import base64
import binascii
import hmac
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import audit, ids
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex
from redemption.partners import queries as partners
from redemption.partners.rules import Partner
from redemption.terminals import code_queries, queries
from redemption.terminals.device_keys import SIGNATURE_BYTES, verifier_of
from redemption.terminals.rules import (
    ADDRESS_ATTEMPTS_MAX,
    ALL_ATTEMPTS_MAX,
    ATTEMPTS_WINDOW,
    CODE_LIFE,
    enrolment_proof,
    new_code,
    read_code,
)
from redemption.terminals.wanted import NewTerminal

CODE_PURPOSE = "terminal enrolment code"
ATTEMPT_PURPOSE = "terminal enrolment attempts"
EVERYBODY = "everybody"
CLOSED = frozenset({"suspended", "ended"})


async def make_code(
    tx: AsyncConnection, caller: Principal, index: BlindIndex, partner: Partner, now: datetime
) -> str:
    """Return a code that enrols one device, once; the caller's unused earlier one ends.

    Raises Refused partner_takes_no_terminal.
    """
    if partner.status in CLOSED:
        raise Refused("partner_takes_no_terminal")
    mine = {"of_partner": partner.id, "person": caller.subject, "now": now}
    await tx.execute(code_queries.WITHDRAW_CODES, mine)
    code, code_id = new_code(), ids.new_id()
    await tx.execute(
        code_queries.ADD_CODE,
        {
            "id": code_id,
            "partner_id": partner.id,
            "code_index": index.of(CODE_PURPOSE, read_code(code)),
            "made_at": now,
            "made_by": caller.subject,
            "made_by_name": caller.name,
            "expires_at": now + CODE_LIFE,
        },
    )
    details = {"partner_id": str(partner.id)}
    await audit.record(tx, caller, "terminal.code_made", "terminal_code", code_id, details=details)
    return code


async def count_attempt(
    engine: AsyncEngine, index: BlindIndex, address: str, now: datetime
) -> None:
    """Count an attempt before it is judged; raises Refused too_many_requests.

    In a transaction of its own, so that it stays counted when the attempt is refused.
    """
    waits = []
    async with engine.begin() as tx:
        for key, most in _counters(index, address):
            row = {"key": key, "began_at": now, "attempts": 1}
            counted = (
                await tx.execute(
                    code_queries.COUNT_ATTEMPT, {**row, "window_start": now - ATTEMPTS_WINDOW}
                )
            ).one()
            if counted.attempts > most:
                waits.append(int((counted.began_at + ATTEMPTS_WINDOW - now).total_seconds()) + 1)
    if waits:
        raise Refused("too_many_requests", wait_s=max(waits))


async def enrol(
    tx: AsyncConnection, index: BlindIndex, new: NewTerminal, *, address: str, now: datetime
) -> Partner:
    """Make a device the terminal of the partner whose code it shows; the same one again is fine.

    Raises Refused enrolment_code_mistyped, enrolment_code_wrong, terminal_key_malformed,
    terminal_proof_wrong, id_reused, partner_takes_no_terminal.
    """
    code = read_code(new.code)
    signed = enrolment_proof(new.code, new.terminal_id)
    proof = _decoded(new.proof)
    if len(proof) != SIGNATURE_BYTES or not verifier_of(new.algorithm, new.key)(proof, signed):
        raise Refused("terminal_proof_wrong")
    wanted = {"code_index": index.of(CODE_PURPOSE, code)}
    row = (await tx.execute(code_queries.LOCK_CODE, wanted)).mappings().one_or_none()
    if row is None or row["withdrawn_at"] is not None:
        raise Refused("enrolment_code_wrong")
    partner = await partners.find(tx, row["partner_id"])
    if partner is None or partner.status in CLOSED:
        raise Refused("partner_takes_no_terminal")
    if row["used_at"] is not None:
        await _demand_same_device(tx, row["id"], new)
    elif row["expires_at"] <= now:
        raise Refused("enrolment_code_wrong")
    else:
        await _add(tx, new, row["id"], partner, now)
    for key, _ in _counters(index, address):
        await tx.execute(code_queries.FORGIVE_ATTEMPT, {"of_key": key})
    return partner


async def _add(
    tx: AsyncConnection, new: NewTerminal, code_id: UUID, partner: Partner, now: datetime
) -> None:
    added = await tx.execute(
        queries.ADD,
        {
            "id": new.terminal_id,
            "partner_id": partner.id,
            "code_id": code_id,
            "label": new.label,
            "algorithm": new.algorithm,
            "public_key": new.key,
            "enrolled_at": now,
            "last_seen_at": now,
        },
    )
    if added.rowcount == 0:
        raise Refused("id_reused")
    await tx.execute(code_queries.USE_CODE, {"code_id": code_id, "now": now})
    device = Principal(f"terminal:{new.terminal_id}", new.label, frozenset(), frozenset())
    details = {"partner_id": str(partner.id), "code_id": str(code_id)}
    await audit.record(
        tx, device, "terminal.enrolled", "terminal", new.terminal_id, details=details
    )


async def _demand_same_device(tx: AsyncConnection, code_id: UUID, new: NewTerminal) -> None:
    """Refuse a used code, but to the device that used it and did not hear the answer."""
    row = (await tx.execute(code_queries.OF_CODE, {"code_id": code_id})).one()
    if row.id != new.terminal_id or not hmac.compare_digest(row.public_key, new.key):
        raise Refused("enrolment_code_wrong")


def _counters(index: BlindIndex, address: str) -> list[tuple[bytes, int]]:
    """Return what counts attempts from an address and by everybody, always in one order."""
    return [
        (index.of(ATTEMPT_PURPOSE, EVERYBODY), ALL_ATTEMPTS_MAX),
        (index.of(ATTEMPT_PURPOSE, address), ADDRESS_ATTEMPTS_MAX),
    ]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
