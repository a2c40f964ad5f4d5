"""The second person's half: approve, refuse or take back; and what needs no second person."""

import hmac
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from redemption.partners import account_queries
from redemption.partners import change_queries as queries
from redemption.partners.accounts import open_account
from redemption.partners.changes import (
    Asked,
    Whole,
    Wish,
    is_repeat,
    lock_managed,
    set_terms,
    write,
)
from redemption.partners.term_rules import Terms, differences

NEEDED_STATUS = {"onboard": "proposed", "lift": "suspended"}


async def decide(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    *,
    change_id: UUID,
    is_approved: bool,
    reason: str = "",
    account_number: str = "",
    now: datetime,
) -> UUID:
    """Approve or refuse what somebody else asked for; return the partner's id.

    An account is approved by typing its number again from the paper that proves it. Raises
    Refused not_found, change_decided_already, approved_by_the_same_person, outside_your_regions,
    not_in_this_state, account_differs.
    """
    row = await _lock(tx, change_id)
    whole = await lock_managed(tx, caller, row["partner_id"])
    if row["outcome"] is not None:
        raise Refused("change_decided_already")
    if row["proposed_by"] == caller.subject:
        raise Refused("approved_by_the_same_person")
    if is_approved:
        if row["kind"] == "account":
            _demand_same_account(sealer, row, account_number)
        await _apply(tx, caller, whole, row, now)
    outcome = "approved" if is_approved else "refused"
    await _close(tx, caller, row, outcome=outcome, reason=reason, now=now)
    return whole.id


async def withdraw(tx: AsyncConnection, caller: Principal, change_id: UUID, now: datetime) -> UUID:
    """Take back what one has asked for oneself; return the partner's id."""
    row = await _lock(tx, change_id)
    if row["outcome"] is not None:
        raise Refused("change_decided_already")
    if row["proposed_by"] != caller.subject:
        raise Refused("permission_missing", permission="partners.manage")
    await _close(tx, caller, row, outcome="withdrawn", reason="", now=now)
    partner_id: UUID = row["partner_id"]
    return partner_id


async def suspend(tx: AsyncConnection, caller: Principal, asked: Asked, now: datetime) -> None:
    """Let a partner give nothing from this commit on; two people can undo it."""
    wish = asked.wish("suspend", before="active", after="suspended")
    await _at_once(tx, caller, wish, {"active"}, now)


async def end(tx: AsyncConnection, caller: Principal, asked: Asked, now: datetime) -> None:
    """End a partner for good."""
    wish = asked.wish("end", before="", after="ended")
    await _at_once(tx, caller, wish, {"proposed", "active", "suspended"}, now)


async def _at_once(
    tx: AsyncConnection, caller: Principal, wish: Wish, possible: set[str], now: datetime
) -> None:
    whole = await lock_managed(tx, caller, wish.partner_id)
    if await is_repeat(tx, wish):
        return
    if whole.status not in possible:
        raise Refused("not_in_this_state")
    await write(tx, caller, wish, now, at_once=True)
    status = {"of_partner": wish.partner_id, "new_status": wish.after["status"]}
    await tx.execute(queries.SET_STATUS, status)


async def _apply(
    tx: AsyncConnection, caller: Principal, whole: Whole, row: RowMapping, now: datetime
) -> None:
    kind, after = row["kind"], row["after"]
    needed = NEEDED_STATUS.get(kind)
    if whole.status == "ended" or (needed is not None and whole.status != needed):
        raise Refused("not_in_this_state")
    this: dict[str, Any] = {"of_partner": whole.id}
    if kind == "onboard":
        own = {"person": caller.subject, "person_name": caller.name, "now": now}
        await tx.execute(queries.ACTIVATE, {**this, **own})
    elif kind == "terms":
        before, wanted = Terms.read(row["before"]), Terms.read(after)
        changed = {name: getattr(wanted, name) for name in differences(before, wanted)}
        for region_code in wanted.region_codes:
            caller.demand_region(region_code)
        # Name, address or hours may have changed at once while this waited.
        await set_terms(tx, whole.id, replace(whole.terms, **changed))
    elif kind == "account":
        await tx.execute(account_queries.SET_ACCOUNT, {**this, "sealed": row["account_sealed"]})
    else:
        await tx.execute(queries.SET_STATUS, {**this, "new_status": "active"})


def _demand_same_account(sealer: Sealer, row: RowMapping, typed: str) -> None:
    number = open_account(sealer, row["partner_id"], row["account_sealed"]).number
    plain = "".join(letter for letter in typed if letter.isdecimal())
    if not hmac.compare_digest(number.encode(), plain.encode()):
        raise Refused("account_differs")


async def _lock(tx: AsyncConnection, change_id: UUID) -> RowMapping:
    row = (await tx.execute(queries.LOCK_CHANGE, {"change_id": change_id})).mappings().first()
    if row is None:
        raise Refused("not_found")
    return row


async def _close(
    tx: AsyncConnection,
    caller: Principal,
    row: RowMapping,
    *,
    outcome: str,
    reason: str,
    now: datetime,
) -> None:
    await tx.execute(
        queries.DECIDE,
        {
            "change_id": row["id"],
            "new_outcome": outcome,
            "person": caller.subject,
            "person_name": caller.name,
            "now": now,
            "why": reason,
        },
    )
    action = f"partner.{row['kind']}_{outcome}"
    details = {"change_id": str(row["id"]), "reason": reason}
    await audit.record(tx, caller, action, "partner", row["partner_id"], details=details)
