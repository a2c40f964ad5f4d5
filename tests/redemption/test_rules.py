"""The rules alone, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.ids import new_id
from common.problems import Refused
from redemption.app import ROOM_REFUSALS
from redemption.cards.rules import Card, why_not_usable
from redemption.entitlements.rules import Entitlement, granted, take, why_not_open
from redemption.partners.rules import Partner
from redemption.redeeming.lines import Redemption, bounds_of, receipt_number
from redemption.redeeming.rules import Attempt, Situation, Wanted, decide, why_not_reversible
from redemption.refusals import REFUSALS

NOW = datetime(2026, 11, 21, 7, 5, tzinfo=UTC)
CARD = Card("0" * 16, new_id(), "62.71.01.1001", NOW + timedelta(days=1), "valid", False)
PARTNER = Partner(new_id(), "Toko", "market", "-", "", ("62.71",), "active")
RIGHT = Entitlement(
    household_id=CARD.household_id,
    id=new_id(),
    cycle_id=new_id(),
    benefit_id=new_id(),
    remaining_quantity=3,
    remaining_rupiah=450_000,
    version=1,
    kind="parcel",
    name_id="Paket",
    name_en="Parcel",
    unit_rupiah=150_000,
    partner_kinds=("market",),
    opens_on=date(2026, 11, 1),
    closes_on=date(2026, 11, 30),
)
WANTED = Wanted(new_id(), "x" * 30, RIGHT.id, None, None, None, None, "name_compared")
ATTEMPT = Attempt(WANTED, CARD.card_id, "scanned", PARTNER.id, "op", "Operator", NOW)


def decided(**parts: Any) -> Redemption:
    return decide(ATTEMPT, replace(Situation(PARTNER, CARD, RIGHT), **parts))


def test_the_line_says_what_is_taken_and_what_is_left():
    line = decided()
    assert (line.quantity, line.amount_rupiah) == (1, 150_000)
    assert (line.remaining_quantity, line.remaining_rupiah) == (2, 300_000)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"partner": None}, "no_partner"),
        ({"partner": replace(PARTNER, status="suspended")}, "partner_suspended"),
        ({"partner": replace(PARTNER, region_codes=("62.01",))}, "outside_partner_regions"),
        ({"partner": replace(PARTNER, kind="clinic")}, "not_at_this_partner_kind"),
        ({"card": None}, "card_unknown"),
        ({"card": replace(CARD, status="revoked")}, "card_revoked"),
        ({"card": replace(CARD, status="suspended")}, "card_suspended"),
        ({"card": replace(CARD, is_key_compromised=True)}, "card_must_be_replaced"),
        ({"card": replace(CARD, expires_at=NOW)}, "card_expired"),
        ({"entitlement": None}, "not_entitled"),
        ({"entitlement": replace(RIGHT, opens_on=date(2026, 11, 22))}, "cycle_not_open"),
        ({"entitlement": replace(RIGHT, closes_on=date(2026, 11, 20))}, "cycle_closed"),
        ({"entitlement": replace(RIGHT, remaining_quantity=0)}, "already_redeemed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_rule_refuses_with_its_own_word(parts: dict[str, object], code: str):
    with pytest.raises(Refused) as refusal:
        decided(**parts)
    assert refusal.value.code == code
    assert code in {**REFUSALS, **ROOM_REFUSALS}


def test_the_days_of_a_cycle_are_those_of_kalimantan_tengah():
    # 17.30 UTC is half past midnight of the next day there.
    late = datetime(2026, 11, 30, 17, 30, tzinfo=UTC)
    attempt = replace(ATTEMPT, at=late)
    card = replace(CARD, expires_at=late + timedelta(days=1))
    with pytest.raises(Refused) as refusal:
        decide(attempt, Situation(PARTNER, card, RIGHT))
    assert refusal.value.code == "cycle_closed"
    assert bounds_of(date(2026, 11, 30), date(2026, 11, 30)) == (
        datetime(2026, 11, 29, 17, tzinfo=UTC),
        datetime(2026, 11, 30, 17, tzinfo=UTC),
    )


@given(
    st.sampled_from(["parcel", "balance", "service"]),
    st.integers(1, 20),
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(1, 25), st.integers(1, 2 * 10**6)), max_size=30),
)
def test_whatever_is_asked_nothing_goes_below_zero_and_all_adds_up(
    kind: str, quantity: int, amount: int, asked: list[tuple[int, int]]
):
    whole = granted(kind, quantity, amount)
    right = replace(
        RIGHT,
        kind=kind,
        unit_rupiah=amount,
        remaining_quantity=whole.quantity,
        remaining_rupiah=whole.amount_rupiah,
    )
    taken_quantity = taken_rupiah = 0
    for count, rupiah in asked:
        try:
            taken = take(right, *((None, rupiah) if kind == "balance" else (count, None)))
        except Refused:
            continue
        taken_quantity += taken.quantity
        taken_rupiah += taken.amount_rupiah
        right = replace(
            right,
            remaining_quantity=right.remaining_quantity - taken.quantity,
            remaining_rupiah=right.remaining_rupiah - taken.amount_rupiah,
        )
        assert right.remaining_quantity >= 0
        assert right.remaining_rupiah >= 0
    assert right.remaining_quantity + taken_quantity == whole.quantity
    assert right.remaining_rupiah + taken_rupiah == whole.amount_rupiah


def test_only_another_person_undoes_and_only_today():
    line = decided()
    assert why_not_reversible(line, "op", NOW) == "same_person"
    assert why_not_reversible(line, "other", NOW) is None
    assert why_not_reversible(line, "other", NOW + timedelta(hours=9)) is None
    assert why_not_reversible(line, "other", NOW + timedelta(hours=10)) == "reversal_too_late"


def test_a_card_nobody_knows_is_unknown_and_an_open_cycle_is_open():
    assert why_not_usable(None, NOW) == "card_unknown"
    assert why_not_usable(CARD, NOW) is None
    assert why_not_open(RIGHT, date(2026, 11, 30)) is None


def test_a_receipt_number_is_short_and_comes_from_the_end_of_the_id():
    assert receipt_number(UUID(int=31)) == "00000-0000Z"
    assert receipt_number(UUID(int=2**128 - 1)) == "ZZZZZ-ZZZZZ"
