"""The two statements by which any number of redemptions is judged and written at once.

They are kept as SQL text with `$n` for asyncpg: the counter sends them on a connection of its own,
others in the transaction they have.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    exists,
    func,
    insert,
    or_,
    select,
    table,
    true,
)

from redemption.cards import queries as cards
from redemption.cards.queries import CARD
from redemption.entitlements import queries as entitlements
from redemption.partners.queries import PARTNER
from redemption.redeeming.statement_queries import Statement, rows_of
from redemption.redeeming.tables import redemptions
from redemption.terminals import queries as terminals

# The columns of an event in the outbox, as common.outbox.row_of names them.
EVENT = {"event_id": Uuid, "event_type": Text, "subject": Text, "envelope": Text}
OUTBOX = table("outbox", *(column(name, kind) for name, kind in EVENT.items()))
STORED = tuple(one.name for one in redemptions.columns)
# What an attempt names; `nth` is its place among the others.
ASKED = {
    "id": Uuid,
    "card_id": Text,
    "partner_id": Uuid,
    "entitlement_id": Uuid,
    "cycle_id": Uuid,
    "benefit_id": Uuid,
    "subject_id": Uuid,
    # The terminal that sends it now, and who is signed in there; none for a journal's lines.
    "terminal_id": Uuid,
    "operator": Text,
}


def _is_written(act_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return whether a line has this id, by a look at the index for each.

    EXISTS would be the plain word for it. PostgreSQL may answer that by gathering the ids of all
    lines first, which takes longer with every line there is; a LIMIT keeps it from doing so.
    """
    found = select(redemptions.c.id).where(redemptions.c.id == act_id).limit(1)
    return found.correlate_except(redemptions).scalar_subquery().is_not(None)


def _situations() -> Select[Any]:
    """Return the statement that reads all that attempts are judged by, and holds their rights.

    The advisory locks come first, and make attempts with one id wait for each other even where
    they name other families: the tables' keys carry the family, so that no unique index could see
    it. Then the rights are locked in the order of their key. So no two batches wait in a circle.
    """
    asked: Any = rows_of("asked", ASKED)
    right: Any = entitlements.RIGHT_KEYS
    wanted = (
        select(
            asked.c.nth,
            PARTNER,
            CARD,
            *(right.c[name].label(f"right_{name}") for name in entitlements.KEY),
            _is_written(asked.c.id).label("has_line"),
            terminals.why_not_served(asked.c.terminal_id, asked.c.operator).label("why_not_served"),
        )
        .select_from(
            asked.outerjoin(PARTNER, PARTNER.c.partner_id == asked.c.partner_id)
            .outerjoin(CARD, CARD.c.card_id == asked.c.card_id)
            .outerjoin(right, _names(asked, right))
        )
        .where(*_locks())
        .order_by(*(right.c[name] for name in entitlements.KEY))
        .subquery("wanted")
    )
    state = {one.name: one for one in entitlements.STATE_COLUMNS}
    held = entitlements.locked_state(
        *(state[name] == wanted.c[f"right_{name}"] for name in entitlements.KEY)
    )
    return select(wanted, held).select_from(wanted.outerjoin(held, true()))


def _locks() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return conditions that are always true, once the locks of the ids are held."""
    locks = select(
        func.pg_advisory_xact_lock(
            func.unnest(bindparam("id_locks", type_=ARRAY(BigInteger)))
        ).label("is_held")
    ).cte("id_locks")
    # Of this transaction, from here on; as the connection has it where none is given.
    as_it_is = func.current_setting("lock_timeout")
    limit = func.coalesce(bindparam("lock_timeout", type_=Text), as_it_is)
    patience = select(func.set_config("lock_timeout", limit, true())).scalar_subquery()
    held = select(func.count()).select_from(locks).scalar_subquery() >= 0
    return patience.is_not(None), held


def _names(asked: Any, right: Any) -> Any:
    its_key = and_(
        asked.c.entitlement_id.is_(None),
        right.c.cycle_id == asked.c.cycle_id,
        right.c.benefit_id == asked.c.benefit_id,
        right.c.subject_id == func.coalesce(asked.c.subject_id, CARD.c.household_id),
    )
    return and_(
        right.c.household_id == CARD.c.household_id,
        or_(right.c.id == asked.c.entitlement_id, its_key),
    )


def _record(*, cards_must_count: bool) -> Select[Any]:
    """Return the statement that writes lines and takes from their rights.

    A right is left alone, with all its lines, when one of them has been written before or its card
    has ceased to count since it was judged: what the others were judged by is then wrong too. A
    journal's lines were given long ago, and some of them count although the card was blocked since.
    The events that tell of the lines are written with them, or not at all when one line is not.
    """
    fresh, spoilt = _fresh(cards_must_count=cards_must_count)
    written = (
        insert(redemptions)
        .from_select(STORED, select(*(fresh.c[name] for name in STORED)))
        .returning(redemptions.c.id)
        .cte("written")
    )
    own = [fresh.c[name] for name in entitlements.KEY]
    sums = [func.sum(fresh.c[name]).label(name) for name in ("quantity", "amount_rupiah")]
    used = select(*own, func.count().label("lines"), *sums).group_by(*own).subquery("used")
    taken = entitlements.take_all(used).cte("taken")
    return (
        select(fresh.c.nth, (taken.c.version - fresh.c.steps + fresh.c.step).label("version"))
        .select_from(
            fresh.join(taken, and_(*(taken.c[name] == fresh.c[name] for name in entitlements.KEY)))
        )
        .add_cte(written, _told(spoilt))
    )


def _fresh(*, cards_must_count: bool) -> tuple[CTE, CTE]:
    """Return the lines to be written, with their step on their right, and the rights left alone."""
    line: FromClause = (
        select(rows_of("line", {one.name: one.type for one in redemptions.columns}))
        .cte("line")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    key = [line.c[name] for name in entitlements.KEY]
    is_known = _is_written(line.c.id)
    spoils = is_known | ~cards.still_counts(line.c.card_id) if cards_must_count else is_known
    spoilt = select(*key).where(spoils).cte("spoilt")
    is_spoilt = exists().where(*(spoilt.c[name] == line.c[name] for name in entitlements.KEY))
    fresh = select(
        line,
        func.row_number().over(partition_by=key, order_by=line.c.nth).label("step"),
        func.count().over(partition_by=key).label("steps"),
    ).where(~is_spoilt)
    return fresh.cte("fresh"), spoilt


def _told(spoilt: CTE) -> CTE:
    event: Any = rows_of("event", EVENT)
    whole = (
        select(*(event.c[name] for name in EVENT))
        .where(~exists().select_from(spoilt))
        .order_by(event.c.nth)
    )
    return insert(OUTBOX).from_select(list(EVENT), whole).returning(OUTBOX.c.event_id).cte("told")


SITUATIONS = Statement(_situations())
RECORD = Statement(_record(cards_must_count=True))
RECORD_LATE = Statement(_record(cards_must_count=False))
_event: Any = rows_of("event", EVENT)
TELL = Statement(
    insert(OUTBOX).from_select(list(EVENT), select(*(_event.c[name] for name in EVENT)))
)
_terms = entitlements.TERMS_OF
FIND = Statement(
    select(
        *redemptions.columns,
        _terms.c.benefit_name_id,
        _terms.c.benefit_name_en,
        _terms.c.benefit_kind,
    )
    .select_from(
        redemptions.join(
            _terms,
            and_(
                _terms.c.terms_cycle_id == redemptions.c.cycle_id,
                _terms.c.terms_benefit_id == redemptions.c.benefit_id,
            ),
        )
    )
    .where(redemptions.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)
