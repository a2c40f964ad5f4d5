"""What a family is told of its payments through the bank."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

from sqlalchemy import text
from tests.registry.conftest import Registry
from tests.registry.test_card_ways import a_family, hear, page_of

from common.events import PaymentsSettledV1, SettledPayment
from common.ids import new_id

ON_14_DECEMBER = datetime(2026, 12, 14, 3, tzinfo=UTC)
CYCLE, BENEFIT = new_id(), new_id()


def a_payment(household_id: UUID, outcome: str, **changes: object) -> SettledPayment:
    return SettledPayment.model_validate(
        {
            "payment_id": new_id(),
            "household_id": household_id,
            "cycle_id": CYCLE,
            "benefit_id": BENEFIT,
            "subject_id": household_id,
            "benefit_name_id": "Bantuan tunai",
            "benefit_name_en": "Cash aid",
            "amount_rupiah": 250_000,
            "outcome": outcome,
            "reason_code": "" if outcome == "paid" else "AC04",
            "settled_at": ON_14_DECEMBER,
            "version": 1,
            **changes,
        }
    )


def settled(*payments: SettledPayment) -> PaymentsSettledV1:
    return PaymentsSettledV1(batch_id=new_id(), payments=payments)


async def test_the_familys_page_says_when_it_was_paid_or_what_it_does_now(registry: Registry):
    village, household_id = await a_family(registry)
    page = await page_of(registry, village, household_id, "id")
    assert "Belum ada pembayaran lewat bank." in page
    await hear(registry, settled(a_payment(household_id, "failed")))
    page = await page_of(registry, village, household_id, "id")
    assert "Rekeningnya sudah ditutup." in page
    assert "Keluarga membawa kartu dan KTP ke bank" in page
    assert "Haknya tetap ada." in page
    later = ON_14_DECEMBER + timedelta(days=3)
    await hear(registry, settled(a_payment(household_id, "paid", settled_at=later)))
    page = await page_of(registry, village, household_id, "en")
    assert "Paid through the bank on" in page
    assert "takes its card and identity card to the bank" not in page
    assert "It was sent again after that" in page


async def test_a_code_that_nobody_knows_has_words_too(registry: Registry):
    village, household_id = await a_family(registry)
    await hear(registry, settled(a_payment(household_id, "failed", reason_code="ZZ99")))
    assert "alasan yang belum kami kenal" in await page_of(registry, village, household_id, "id")


async def test_in_any_order_and_twice_the_newest_word_about_a_payment_stays(registry: Registry):
    for order in permutations(range(3)):
        household_id, payment_id = new_id(), new_id()
        told = [
            settled(a_payment(household_id, "paid", payment_id=payment_id)),
            settled(a_payment(household_id, "failed", payment_id=payment_id, version=2)),
            settled(
                a_payment(household_id, "failed", payment_id=payment_id, version=3),
                a_payment(household_id, "paid", payment_id=payment_id, version=4),
            ),
        ]
        for nth in (*order, order[0]):
            await hear(registry, told[nth])
        async with registry.engine.connect() as tx:
            rows = await tx.execute(
                text("SELECT outcome, version FROM family_payments WHERE payment_id = :p"),
                {"p": payment_id},
            )
            assert [tuple(row) for row in rows] == [("paid", 4)]
