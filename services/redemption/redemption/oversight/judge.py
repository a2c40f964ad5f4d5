"""A person judges a signal, with a reason; at grave ones another person looks a second time."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from redemption.oversight import queries
from redemption.oversight.rules import (
    LATITUDE,
    LONGITUDE,
    OUTCOMES,
    REASON_MAX,
    REASON_MIN,
    needs_second_look,
)
from redemption.partners import queries as partners


async def judge(
    tx: AsyncConnection, caller: Principal, signal_id: UUID, *, outcome: str, reason: str
) -> None:
    """Write down what a person makes of a signal; the same words again are one judgement.

    Raises Refused: not_found, outside_your_regions, invalid_input, signal_closed,
    signal_needs_another.
    """
    one = (await tx.execute(queries.LOCK, {"id": signal_id})).mappings().one_or_none()
    if one is None:
        raise Refused("not_found")
    caller.demand_region(one["region_code"])
    said = reason.strip()
    _demand_in_order(outcome, said)
    earlier = await judgements_of(tx, signal_id)
    if earlier and _is_repeat(earlier[-1], caller, outcome, said):
        return
    if one["state"] == "closed":
        raise Refused("signal_closed")
    if earlier and earlier[0]["judged_by"] == caller.subject:
        raise Refused("signal_needs_another")
    row = {
        "id": signal_id,
        "look": len(earlier) + 1,
        "outcome": outcome,
        "reason": said,
        "evidence_count": len(one["evidence"]),
        "by": caller.subject,
        "by_name": caller.name,
        "first_by": earlier[0]["judged_by"] if earlier else None,
    }
    await tx.execute(queries.JUDGE, row)
    is_over = bool(earlier) or not needs_second_look(one["is_grave"], outcome)
    state = {"state": "closed" if is_over else "second_look"}
    closing = state | {"id": signal_id, "outcome": outcome if is_over else None}
    await tx.execute(queries.SET_STATE, closing)
    details = {"kind": one["kind"], "outcome": outcome, "look": row["look"]}
    region = {"region_code": one["region_code"]}
    await audit.record(tx, caller, "signal.judged", "signal", signal_id, details=details, **region)


def _demand_in_order(outcome: str, said: str) -> None:
    if outcome not in OUTCOMES or not REASON_MIN <= len(said) <= REASON_MAX:
        wrong = "outcome" if outcome not in OUTCOMES else "reason"
        raise Refused("invalid_input", fields=[{"field": wrong, "problem": "?"}])


def _is_repeat(last: RowMapping, caller: Principal, outcome: str, reason: str) -> bool:
    given = (last["judged_by"], last["outcome"], last["reason"])
    return given == (caller.subject, outcome, reason)


async def judgements_of(tx: AsyncConnection, signal_id: UUID) -> list[RowMapping]:
    """Return how a signal was judged, the first look first."""
    return list((await tx.execute(queries.JUDGEMENTS, {"id": signal_id})).mappings())


async def set_place(
    tx: AsyncConnection, caller: Principal, partner_id: UUID, *, latitude: float, longitude: float
) -> None:
    """Note where a partner is. Raises Refused: not_found, invalid_input."""
    partner = await partners.find(tx, partner_id)
    if partner is None or not partner.is_seen_by(caller):
        raise Refused("not_found")
    if not LATITUDE[0] <= latitude <= LATITUDE[1]:
        raise Refused("invalid_input", fields=[{"field": "latitude", "problem": f"{LATITUDE}"}])
    if not LONGITUDE[0] <= longitude <= LONGITUDE[1]:
        raise Refused("invalid_input", fields=[{"field": "longitude", "problem": f"{LONGITUDE}"}])
    row = {"partner_id": partner_id, "latitude": latitude, "longitude": longitude}
    await tx.execute(queries.SET_PLACE, {**row, "by": caller.subject, "by_name": caller.name})
    await audit.record(tx, caller, "partner.place_noted", "partner", partner_id)
