"""One person's half: a partner is put forward, or a change of what is agreed with it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import Sealer
from redemption.partners import change_queries as queries
from redemption.partners.account_rules import Account
from redemption.partners.accounts import open_account, seal_account
from redemption.partners.changes import (
    Asked,
    Whole,
    Wish,
    find_whole,
    is_repeat,
    lock_managed,
    set_hours,
    set_terms,
    write,
)
from redemption.partners.term_rules import Terms, differences, holds_at_once

OWN_NAMES = ("name", "kind", "address", "village_code", "outside_code")


async def onboard(
    tx: AsyncConnection,
    caller: Principal,
    *,
    partner_id: UUID,
    change_id: UUID,
    terms: Terms,
    now: datetime,
) -> Whole:
    """Put a new partner forward; it serves nobody until somebody else activates it.

    Raises Refused: what is wrong with the terms, outside_your_regions, id_reused.
    """
    _demand_good(caller, terms)
    wish = Wish(change_id, partner_id, "onboard", {}, terms.told())
    if await is_repeat(tx, wish):
        return await _found(tx, partner_id)
    row = {
        "id": partner_id,
        **{name: getattr(terms, name) for name in OWN_NAMES},
        "region_codes": list(terms.region_codes),
        "benefit_codes": list(terms.benefit_codes),
        "contract_from": terms.contract_from,
        "contract_until": terms.contract_until,
        "status": "proposed",
        "proposed_by": caller.subject,
        "proposed_by_name": caller.name,
    }
    if (await tx.execute(queries.ADD_PARTNER, row)).rowcount == 0:
        raise Refused("id_reused")
    await set_hours(tx, partner_id, terms.hours)
    await write(tx, caller, wish, now)
    return await _found(tx, partner_id)


async def change_terms(
    tx: AsyncConnection,
    caller: Principal,
    *,
    partner_id: UUID,
    change_id: UUID,
    version: int,
    terms: Terms,
    reason: str,
    now: datetime,
) -> str:
    """Change what is agreed; return "at_once", "waits", or "same" when nothing differs.

    Of a partner that nobody has activated yet, whoever changes it is the one who puts it forward.
    Raises Refused changed_meanwhile when it is not as the form showed it any more.
    """
    whole = await lock_managed(tx, caller, partner_id)
    _demand_good(caller, terms)
    if terms.kind != whole.terms.kind:
        raise Refused("partner_kind_stays")
    changed = differences(whole.terms, terms)
    kind = "details" if holds_at_once(changed) else "terms"
    if whole.status == "proposed":
        kind = "onboard"
    wish = Wish(change_id, partner_id, kind, whole.terms.told(), terms.told(), reason=reason)
    if await is_repeat(tx, wish):
        return "same"
    _demand_changeable(whole, version)
    if not changed:
        return "same"
    if kind == "onboard":
        await _put_forward_again(tx, caller, whole, wish, now)
        return "waits"
    await write(tx, caller, wish, now, at_once=kind == "details")
    if kind == "details":
        await set_terms(tx, partner_id, terms)
    return "at_once" if kind == "details" else "waits"


async def change_account(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    *,
    partner_id: UUID,
    change_id: UUID,
    account: Account,
    reason: str,
    now: datetime,
) -> None:
    """Ask for another bank account; it counts when somebody else has approved it."""
    whole = await lock_managed(tx, caller, partner_id)
    kept = whole.account_sealed
    before = {"account": open_account(sealer, partner_id, kept).masked} if kept else {}
    sealed = seal_account(sealer, partner_id, account)
    after = {"bank": account.bank, "account": account.masked}
    wish = Wish(change_id, partner_id, "account", before, after, sealed, reason)
    if await is_repeat(tx, wish):
        return
    _demand_changeable(whole, whole.version)
    await write(tx, caller, wish, now)


async def ask_to_lift(tx: AsyncConnection, caller: Principal, asked: Asked, now: datetime) -> None:
    """Ask that a suspension ends; it does when somebody else has approved it."""
    whole = await lock_managed(tx, caller, asked.partner_id)
    wish = asked.wish("lift", before="suspended", after="active")
    if await is_repeat(tx, wish):
        return
    if whole.status != "suspended":
        raise Refused("not_in_this_state")
    await write(tx, caller, wish, now)


async def _put_forward_again(
    tx: AsyncConnection, caller: Principal, whole: Whole, wish: Wish, now: datetime
) -> None:
    """Correct a partner that waits; what waited before is withdrawn."""
    own = {"person": caller.subject, "person_name": caller.name}
    waiting = (await tx.execute(queries.WAITING_OF, {"partner_id": whole.id})).mappings()
    for row in waiting:
        if row["kind"] == "onboard":
            ended = {"change_id": row["id"], "new_outcome": "withdrawn", "why": "", "now": now}
            await tx.execute(queries.DECIDE, {**ended, **own})
    await set_terms(tx, whole.id, Terms.read(wish.after))
    await tx.execute(queries.PROPOSE_AGAIN, {"of_partner": whole.id, **own})
    await write(tx, caller, wish, now)


async def _found(tx: AsyncConnection, partner_id: UUID) -> Whole:
    whole = await find_whole(tx, partner_id)
    if whole is None:
        raise Refused("not_found")
    return whole


def _demand_good(caller: Principal, terms: Terms) -> None:
    for code in terms.faults().values():
        raise Refused(code)
    for region_code in terms.region_codes:
        caller.demand_region(region_code)


def _demand_changeable(whole: Whole, version: int) -> None:
    if whole.status == "ended":
        raise Refused("not_in_this_state")
    if whole.version != version:
        raise Refused("changed_meanwhile")
