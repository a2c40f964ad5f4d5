"""The SQL statements by which the demonstration's partners are made whole."""

from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert

from redemption.partners.tables import partner_changes, partner_hours, partners

# One that was seeded before there were contracts, and that nobody has changed since.
FILL_IN = (
    update(partners)
    .where(
        partners.c.id == bindparam("of_partner"),
        partners.c.version == 1,
        partners.c.proposed_by.is_(None),
        partners.c.contract_from.is_(None),
        partners.c.status == "active",
    )
    .values(
        contract_from=bindparam("from_day"),
        contract_until=bindparam("until_day"),
        proposed_by=bindparam("proposer"),
        proposed_by_name=bindparam("proposer_name"),
        activated_by=bindparam("decider"),
        activated_by_name=bindparam("decider_name"),
        activated_at=bindparam("now"),
    )
)
ADD_HOURS = insert(partner_hours).on_conflict_do_nothing()
ADD_CHANGE = insert(partner_changes).on_conflict_do_nothing()
ADD_ACCOUNT = (
    update(partners)
    .where(partners.c.id == bindparam("of_partner"), partners.c.account_sealed.is_(None))
    .values(account_sealed=bindparam("sealed"))
)
