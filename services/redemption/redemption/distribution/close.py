"""What was carried to and from the place, and the report that two people sign."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.distribution import queries
from redemption.distribution.follow import Day, follow
from redemption.distribution.plan import visible
from redemption.distribution.rules import QUANTITY_MAX, SIGNERS, STOCK_KINDS, demand_explained


@dataclass(frozen=True, slots=True)
class StockNote:
    """What somebody notes; a slip is put right by the opposite quantity with a reason."""

    id: UUID
    benefit_id: UUID
    kind: str
    quantity: int
    note: str = ""


async def note_stock(
    tx: AsyncConnection,
    caller: Principal,
    distribution_id: UUID,
    noted: StockNote,
    now: datetime,
) -> None:
    """Note what came, went back or was damaged; a repeat of the id changes nothing.

    Raises Refused: not_found, distribution_state, distribution_report_frozen, invalid_input.
    """
    found = await visible(tx, caller, distribution_id, lock=True)
    if found["state"] not in ("planned", "open"):
        raise Refused("distribution_state")
    if found["report"] is not None:
        raise Refused("distribution_report_frozen")
    is_sound = noted.kind in STOCK_KINDS and 0 < abs(noted.quantity) <= QUANTITY_MAX
    if not is_sound or (noted.quantity < 0 and not noted.note.strip()):
        raise Refused("invalid_input", fields=[{"field": "quantity", "problem": "stock"}])
    row = {
        **asdict(noted),
        "distribution_id": distribution_id,
        "noted_by": caller.subject,
        "noted_by_name": caller.name,
        "noted_at": now,
    }
    if (await tx.execute(queries.ADD_STOCK, row)).first() is None:
        known = await queries.rows(tx, queries.ONE_STOCK, id=noted.id)
        if any(known[0][name] != row[name] for name in row if name not in ("noted_at",)):
            raise Refused("id_reused")
        return
    await audit.record(
        tx,
        caller,
        "distribution.stock_noted",
        "distribution",
        distribution_id,
        details={"kind": noted.kind, "quantity": noted.quantity},
    )


def report_of(day: Day, explanation: str) -> dict[str, Any]:
    """Return what is signed: the counts of the day as they stand, and what explains them."""
    return {
        "distribution_id": str(day.found["id"]),
        "held_on": day.found["held_on"].isoformat(),
        "counts": [
            {
                **{key: str(value) if key == "benefit_id" else value
                   for key, value in asdict(one).items()},
                "missing": one.missing,
            }
            for one in day.counts
        ],
        "served": day.served,
        "left": day.left,
        "unsent": day.unsent,
        "explanation": explanation.strip(),
    }  # fmt: skip


def hash_of(report: dict[str, Any]) -> str:
    """Return the SHA-256, in hex, of a report in its one form."""
    text = json.dumps(report, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


async def sign(
    tx: AsyncConnection,
    caller: Principal,
    distribution_id: UUID,
    *,
    seen_hash: str,
    explanation: str,
    now: datetime,
) -> None:
    """Sign the report; the first signature freezes it, the second closes the day.

    `seen_hash` is that of the report which the person read (with its explanation empty for the
    first, who writes it). Raises Refused: not_found, distribution_state, distribution_unexplained,
    distribution_report_changed, distribution_signed_already.
    """
    found = await visible(tx, caller, distribution_id, lock=True)
    if found["state"] != "open":
        raise Refused("distribution_state")
    signer = "partner" if caller.partner_id is not None else "witness"
    before = await queries.rows(tx, queries.SIGNATURES, distribution_id=distribution_id)
    if any(one["signer"] == signer or one["signed_by"] == caller.subject for one in before):
        raise Refused("distribution_signed_already")
    report_hash = found["report_hash"] or await _freeze(tx, found, seen_hash, explanation)
    if found["report_hash"] is not None and seen_hash != report_hash:
        raise Refused("distribution_report_changed")
    row = {"distribution_id": distribution_id, "signer": signer, "report_hash": report_hash}
    by = {"signed_by": caller.subject, "signed_by_name": caller.name, "signed_at": now}
    await tx.execute(queries.SIGN, row | by)
    if len(before) + 1 == len(SIGNERS):
        closed = {"distribution_id": distribution_id, "new_state": "closed", "at": now}
        await tx.execute(queries.SET_STATE, {**closed, "reason": None})
    details = {"signer": signer, "report": report_hash}
    await audit.record(
        tx, caller, "distribution.signed", "distribution", distribution_id, details=details
    )


async def _freeze(
    tx: AsyncConnection, found: dict[str, Any], seen_hash: str, explanation: str
) -> str:
    day = await follow(tx, found)
    if hash_of(report_of(day, "")) != seen_hash:
        raise Refused("distribution_report_changed")
    demand_explained(day.counts, explanation)
    report = report_of(day, explanation)
    row = {"distribution_id": found["id"], "new_report": report, "new_hash": hash_of(report)}
    await tx.execute(queries.FREEZE, row)
    return str(row["new_hash"])
