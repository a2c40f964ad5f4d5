"""The SQL statements about partners' bank accounts."""

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select, update

from redemption.partners.tables import partners

ACCOUNTS = select(partners.c.id, partners.c.account_sealed).where(
    partners.c.id == any_(bindparam("partner_ids", type_=ARRAY(Uuid))),
    partners.c.account_sealed.is_not(None),
)
SET_ACCOUNT = (
    update(partners)
    .where(partners.c.id == bindparam("of_partner"))
    .values(account_sealed=bindparam("sealed"), version=partners.c.version + 1)
)
