"""Every SQL statement about changes to partners and what they set."""

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from redemption.partners.tables import partner_changes, partner_hours, partners

HISTORY_MAX = 100
QUEUE_MAX = 200
_c, _p = partner_changes, partners
WHOLE = (
    _p.c.id,
    _p.c.name,
    _p.c.kind,
    _p.c.address,
    _p.c.village_code,
    _p.c.outside_code,
    _p.c.region_codes,
    _p.c.benefit_codes,
    _p.c.contract_from,
    _p.c.contract_until,
    _p.c.status,
    _p.c.version,
    _p.c.account_sealed,
    _p.c.proposed_by,
    _p.c.proposed_by_name,
    _p.c.activated_by_name,
    _p.c.activated_at,
)
ONE = select(*WHOLE).where(_p.c.id == bindparam("partner_id"))
# Changes of one partner wait for each other; its redemptions do not wait for them.
LOCK = ONE.with_for_update(key_share=True)
HOURS_OF = (
    select(partner_hours.c.weekday, partner_hours.c.opens_at, partner_hours.c.closes_at)
    .where(partner_hours.c.partner_id == bindparam("partner_id"))
    .order_by(partner_hours.c.weekday)
)
CLEAR_HOURS = delete(partner_hours).where(partner_hours.c.partner_id == bindparam("partner_id"))
ADD_HOURS = insert(partner_hours)
ADD_PARTNER = insert(partners).on_conflict_do_nothing(index_elements=["id"])
SET_TERMS = (
    update(partners)
    .where(_p.c.id == bindparam("of_partner"))
    .values(
        **{
            name: bindparam(f"new_{name}")
            for name in (
                "name",
                "address",
                "village_code",
                "outside_code",
                "region_codes",
                "benefit_codes",
                "contract_from",
                "contract_until",
            )
        },
        version=_p.c.version + 1,
    )
)
PROPOSE_AGAIN = (
    update(partners)
    .where(_p.c.id == bindparam("of_partner"))
    .values(proposed_by=bindparam("person"), proposed_by_name=bindparam("person_name"))
)
SET_STATUS = (
    update(partners)
    .where(_p.c.id == bindparam("of_partner"))
    .values(status=bindparam("new_status"), version=_p.c.version + 1)
)
ACTIVATE = (
    update(partners)
    .where(_p.c.id == bindparam("of_partner"))
    .values(
        status="active",
        activated_by=bindparam("person"),
        activated_by_name=bindparam("person_name"),
        activated_at=bindparam("now"),
        version=_p.c.version + 1,
    )
)
ADD_CHANGE = insert(partner_changes).on_conflict_do_nothing()
CHANGE = select(_c).where(_c.c.id == bindparam("change_id"))
LOCK_CHANGE = CHANGE.with_for_update()
WAITING_OF = (
    select(_c)
    .where(_c.c.partner_id == bindparam("partner_id"), _c.c.outcome.is_(None))
    .order_by(_c.c.proposed_at)
)
DECIDE = (
    update(partner_changes)
    .where(_c.c.id == bindparam("change_id"))
    .values(
        outcome=bindparam("new_outcome"),
        decided_by=bindparam("person"),
        decided_by_name=bindparam("person_name"),
        decided_at=bindparam("now"),
        decision_reason=bindparam("why"),
    )
)
HISTORY = (
    select(_c)
    .where(_c.c.partner_id == bindparam("partner_id"))
    .order_by(_c.c.proposed_at.desc(), _c.c.id.desc())
    .limit(HISTORY_MAX)
)
QUEUE = (
    select(_c, _p.c.name, _p.c.kind.label("partner_kind"), _p.c.region_codes, _p.c.status)
    .join_from(_c, _p, _p.c.id == _c.c.partner_id)
    .where(_c.c.outcome.is_(None))
    .order_by(_c.c.proposed_at, _c.c.id)
    .limit(QUEUE_MAX)
)
WAITING = select(func.count()).select_from(partner_changes).where(_c.c.outcome.is_(None))
