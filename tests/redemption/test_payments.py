"""Payment orders to a bank: drawn up by one, approved by another, answered line by line."""

import asyncio
import random
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.redemption.paying import (
    BANK,
    NOW,
    TODAY,
    a_cash_cycle,
    cash,
    column,
    drawn_again,
    drawn_up,
    failed,
    finance,
    paid,
    payer_of,
    result,
    rows_of,
    sealer_of,
    sent,
)
from tests.redemption.world import World, an_operator, body_of, left

from common.database import in_transaction
from common.ids import new_id
from common.problems import Refused
from redemption.payments import decide
from redemption.payments.draw_up import Wanted
from redemption.payments.draw_up_cash import draw_up_cash
from redemption.payments.explain import Said, explain
from redemption.settlement.check_ledger import check_ledger
from redemption.settlement.check_settlements import check_settlements


@pytest.fixture(autouse=True)
async def everything_adds_up(world: World):
    yield
    async with world.engine.connect() as tx:
        assert (await check_ledger(tx))[1] == []
        assert (await check_settlements(tx)).problems == []


async def explained(world: World, drawn: Any, decision: str, by: Any = None, nth: int = 0) -> Any:
    """Explain a batch's nth difference."""
    async with world.engine.connect() as tx:
        rows = await tx.execute(
            text(
                "SELECT l.file_id, l.position FROM payment_result_lines l JOIN "
                "payment_result_files f ON f.id = l.file_id WHERE f.batch_id = :id AND "
                "l.outcome NOT IN ('paid', 'failed', 'repeated') ORDER BY f.received_at, l.position"
            ),
            {"id": drawn.batch.id},
        )
        file_id, position = rows.all()[nth]
    return await in_transaction(
        world.engine,
        lambda tx: explain(
            tx,
            by or finance(),
            file_id,
            position,
            Said(new_id(), decision, "Sudah ditanyakan ke bank", NOW),
        ),
    )


async def test_what_is_drawn_up_is_set_aside_and_can_be_collected_nowhere_else(
    world: World, client: httpx.AsyncClient
):
    cards, approved = await a_cash_cycle(world, 1)
    drawn = await drawn_again(world, cards, approved.cycle.cycle_id)
    assert (drawn.batch.lines, drawn.batch.total_rupiah) == (1, 250_000)
    answer = await client.post(
        "/v1/redemptions", json=body_of(cards[0], approved), headers=an_operator(BANK)
    )
    assert answer.json()["code"] == "payment_on_its_way"
    with pytest.raises(Refused, match="nothing_to_pay"):
        await drawn_again(world, cards, approved.cycle.cycle_id)


async def test_the_same_form_draws_up_once_and_another_form_under_its_id_is_refused(world: World):
    cards, approved = await a_cash_cycle(world, 2)
    maker, cycle_id = finance(), approved.cycle.cycle_id
    wanted = Wanted(new_id(), "family_cash", TODAY, cycle_id, BANK)

    async def once(who: Any) -> Any:
        return await in_transaction(
            world.engine, lambda tx: draw_up_cash(tx, who, payer_of(world), wanted, NOW)
        )

    first, again = await once(maker), await once(maker)
    assert first == again
    with pytest.raises(Refused, match="id_reused"):
        await once(finance())
    assert await left(world, cards[0].household_id) == [(0, 0)]


async def test_two_who_draw_up_at_once_never_pay_a_family_twice(world: World):
    cards, approved = await a_cash_cycle(world, 30)
    await asyncio.gather(
        *(drawn_again(world, cards, approved.cycle.cycle_id) for _ in range(3)),
        return_exceptions=True,
    )
    households = await column(
        world,
        "SELECT household_id FROM payment_instructions WHERE cycle_id = :c AND state = 'waiting'",
        c=approved.cycle.cycle_id,
    )
    assert len(households) == len(set(households)) == 30


async def test_who_drew_it_up_never_approves_it_neither_by_the_code_nor_in_the_database(
    world: World,
):
    drawn = await drawn_up(world, 1)
    with pytest.raises(Refused, match="maker_decides"):
        await in_transaction(
            world.engine,
            lambda tx: decide.approve(tx, drawn.maker, sealer_of(world), drawn.batch.id, NOW),
        )
    with pytest.raises(DBAPIError, match="two_people"):
        async with world.engine.begin() as tx:
            await tx.execute(
                text(
                    "UPDATE payment_batches SET state = 'approved', approved_by = drawn_up_by, "
                    "approved_by_name = 'x', approved_at = now() WHERE id = :id"
                ),
                {"id": drawn.batch.id},
            )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payment_batches SET total_rupiah = total_rupiah + 1 WHERE id = :id",
        "UPDATE payment_batches SET csv_sha256 = repeat('0', 64) WHERE id = :id",
        "UPDATE payment_instructions SET amount_rupiah = 1 WHERE batch_id = :id",
        "UPDATE payment_instructions SET card_id = repeat('0', 16) WHERE batch_id = :id",
    ],
)
async def test_nothing_of_a_batch_is_altered_once_it_is_drawn_up(world: World, change: str):
    drawn = await drawn_up(world, 1)
    with pytest.raises(DBAPIError, match="stays as it was drawn up"):
        async with world.engine.begin() as tx:
            await tx.execute(text(change), {"id": drawn.batch.id})


async def test_a_file_is_handed_out_only_after_the_approval_and_every_time_is_noted(world: World):
    drawn = await drawn_up(world, 2)
    with pytest.raises(Refused, match="payment_not_approved"):
        await drawn.file()
    await drawn.approved()
    first, again = await drawn.file(), await drawn.file()
    assert first == again
    names = {row["nama"] for row in rows_of(first)}
    assert names == {drawn.families[0].printed_name}
    noted = await column(
        world,
        "SELECT details->>'sha256' FROM audit_log WHERE action = 'payment.fetched' "
        "AND subject_id = :id",
        id=str(drawn.batch.id),
    )
    assert noted == [drawn.batch.csv_sha256] * 2
    stored = await column(
        world, "SELECT csv_sealed FROM payment_batches WHERE id = :id", id=drawn.batch.id
    )
    assert drawn.families[0].printed_name.encode() not in stored[0]


async def test_what_the_bank_paid_is_told_and_what_failed_is_open_again(world: World):
    drawn = await sent(world)
    one, two, three = await drawn.references()
    assert await drawn.answer(result(paid(one), failed(two), paid(three)))
    assert await drawn.states() == ["paid", "failed", "paid"]
    told = await column(
        world,
        "SELECT envelope FROM outbox WHERE event_type = 'payments.settled.v1' AND subject = :id",
        id=str(drawn.batch.id),
    )
    assert len(told) == 1
    assert told[0].count('"outcome":"paid"') == 2
    assert "AC04" in told[0]
    assert drawn.families[0].printed_name not in told[0]
    households = await column(
        world,
        "SELECT household_id FROM payment_instructions WHERE batch_id = :b ORDER BY position",
        b=drawn.batch.id,
    )
    assert [await left(world, one) for one in households] == [[(0, 0)], [(1, 250_000)], [(0, 0)]]
    again = await drawn_again(world, drawn.families, drawn.cycle_id)
    assert again.batch.lines == 1


async def test_a_failed_payment_can_be_collected_at_the_banks_counter(
    world: World, client: httpx.AsyncClient
):
    cards, approved = await a_cash_cycle(world, 1)
    drawn = await (await drawn_again(world, cards, approved.cycle.cycle_id)).approved()
    await drawn.answer(result(failed((await drawn.references())[0])))
    answer = await client.post(
        "/v1/redemptions", json=body_of(cards[0], approved), headers=an_operator(BANK)
    )
    assert answer.status_code == 201, answer.text


async def test_the_counter_of_a_bank_sees_what_is_on_its_way_and_what_was_paid(
    world: World, client: httpx.AsyncClient
):
    drawn = await sent(world, 1)
    card, operator = {"card": drawn.families[0].token}, an_operator(BANK)

    async def why() -> Any:
        answer = (await client.post("/v1/card-checks", json=card, headers=operator)).json()
        return answer["benefits"][0]["why_not"]

    assert (await why())["code"] == "payment_on_its_way"
    (reference,) = await drawn.references()
    await drawn.answer(result(paid(reference)))
    assert (await why())["code"] == "paid_by_bank"


async def test_the_same_file_twice_changes_nothing(world: World):
    drawn = await sent(world)
    references = await drawn.references()
    content = result(paid(references[0]), failed(references[1]))
    assert await drawn.answer(content)
    assert not await drawn.answer(content)
    assert await drawn.states() == ["paid", "failed", "waiting"]
    assert await drawn.outcomes() == ["paid", "failed"]
    # The same lines in another file and order are known already, and nobody has to explain them.
    await drawn.answer(result(failed(references[1]), paid(references[0]), paid(references[2])))
    assert await drawn.states() == ["paid", "failed", "paid"]
    assert await drawn.outcomes() == ["paid", "failed", "repeated", "repeated", "paid"]


async def test_a_file_about_another_batch_is_refused_and_names_the_right_one(world: World):
    mine, other = await sent(world, 2), await sent(world, 2)
    references = await other.references()
    with pytest.raises(Refused, match="result_of_another_batch") as refused:
        await mine.answer(result(*map(paid, references)))
    assert refused.value.facts["number"] == other.batch.number
    # One line that strayed into the wrong file settles nothing there, and must be explained.
    own = await mine.references()
    await mine.answer(result(paid(own[0]), paid(references[0])))
    assert await mine.states() == ["paid", "waiting"]
    assert await other.states() == ["waiting", "waiting"]
    assert await mine.outcomes() == ["paid", "other_batch"]


async def test_an_order_that_nobody_gave_is_a_difference(world: World):
    drawn = await sent(world, 1)
    (reference,) = await drawn.references()
    stranger, formula = f"P{new_id().hex}", "=HYPERLINK(1)"
    await drawn.answer(result(paid(reference), paid(stranger), paid(formula)))
    assert await drawn.outcomes() == ["paid", "unknown_line", "unknown_line"]


@pytest.mark.parametrize("off_by", [-1, 1])
async def test_one_rupiah_more_or_less_settles_nothing_until_a_person_decides(
    world: World, off_by: int
):
    drawn = await sent(world, 1)
    (reference,) = await drawn.references()
    await drawn.answer(result(paid(reference, 250_000 + off_by)))
    assert (await drawn.states(), await drawn.outcomes()) == (["waiting"], ["amount_differs"])
    with pytest.raises(Refused, match="maker_decides"):
        await explained(world, drawn, "paid", by=drawn.maker)
    await explained(world, drawn, "paid")
    assert await drawn.states() == ["paid"]
    with pytest.raises(Refused, match="explained_already"):
        await explained(world, drawn, "failed")


async def test_money_that_came_back_opens_the_right_once_a_person_has_said_so(world: World):
    drawn = await sent(world, 1)
    (reference,) = await drawn.references()
    household = drawn.families[0].household_id
    await drawn.answer(result(paid(reference)))
    await drawn.answer(result(failed(reference, "AC04")))
    assert (await drawn.states(), await drawn.outcomes()) == (["paid"], ["paid", "contradicts"])
    assert await left(world, household) == [(0, 0)]
    await explained(world, drawn, "failed")
    assert await drawn.states() == ["failed"]
    assert await left(world, household) == [(1, 250_000)]


async def test_a_late_payment_is_believed_only_while_the_right_is_still_open(world: World):
    drawn = await sent(world, 1)
    (reference,) = await drawn.references()
    await drawn.answer(result(failed(reference)))
    await drawn.answer(result(paid(reference)))
    again = await drawn_again(world, drawn.families, drawn.cycle_id)
    with pytest.raises(Refused, match="right_used_meanwhile"):
        await explained(world, drawn, "paid")
    await in_transaction(
        world.engine,
        lambda tx: decide.withdraw(tx, again.maker, again.batch.id, "Bank sudah membayar", NOW),
    )
    await explained(world, drawn, "paid")
    assert await drawn.states() == ["paid"]
    assert await left(world, drawn.families[0].household_id) == [(0, 0)]


async def test_a_line_that_comes_twice_settles_once_and_asks_for_words(world: World):
    drawn = await sent(world, 1)
    (reference,) = await drawn.references()
    await drawn.answer(result(paid(reference), paid(reference)))
    assert (await drawn.states(), await drawn.outcomes()) == (["paid"], ["paid", "duplicate"])
    with pytest.raises(Refused, match="decision_not_here"):
        await explained(world, drawn, "failed")
    await explained(world, drawn, "noted")


async def test_shuffled_lines_settle_the_same_orders(world: World):
    for seed in range(4):
        drawn = await sent(world, 6)
        references = await drawn.references()
        lines = [
            paid(references[0]),
            paid(references[0], bank="TRX-A"),
            failed(references[1]),
            paid(references[2], 249_999),
            paid(references[3]),
            failed(references[3]),
            paid(references[4]),
        ]
        random.Random(seed).shuffle(lines)
        await drawn.answer(result(*lines))
        expected = ["paid", "failed", "waiting", "waiting", "paid", "waiting"]
        assert await drawn.states() == expected
        assert sorted(await drawn.outcomes()) == sorted(
            ["paid", "duplicate", "failed", "amount_differs", "contradicts", "contradicts", "paid"]
        )


async def test_rivals_that_bring_overlapping_files_settle_each_order_once(world: World):
    drawn = await sent(world, 8)
    references = await drawn.references()
    files = [result(*map(paid, references[start : start + 5])) for start in range(4)]
    await asyncio.gather(*(drawn.answer(content) for content in files))
    assert await drawn.states() == ["paid"] * 8
    outcomes = await drawn.outcomes()
    assert (outcomes.count("paid"), outcomes.count("repeated")) == (8, 12)


async def test_a_batch_is_withdrawn_only_before_the_bank_can_have_it(world: World):
    drawn = await drawn_up(world, 1)
    household = drawn.families[0].household_id
    who = finance()

    async def withdraw(batch: Any) -> None:
        await in_transaction(
            world.engine, lambda tx: decide.withdraw(tx, who, batch.id, "Salah tanggal", NOW)
        )

    await withdraw(drawn.batch)
    assert await left(world, household) == [(1, 250_000)]
    again = await (await drawn_again(world, drawn.families, drawn.cycle_id)).approved()
    await again.file()
    with pytest.raises(Refused, match="payment_sent"):
        await withdraw(again.batch)


async def test_a_family_without_a_card_that_counts_waits_for_the_next_batch(world: World):
    cards, approved = await a_cash_cycle(world, 2, cash())
    await world.status(cards[0], "suspended", 2)
    drawn = await drawn_again(world, cards, approved.cycle.cycle_id)
    assert drawn.batch.lines == 1
    assert await left(world, cards[0].household_id) == [(1, 250_000)]
    await world.status(cards[0], "valid", 3)
    assert (await drawn_again(world, cards, approved.cycle.cycle_id)).batch.lines == 1


async def test_nobody_but_finance_of_the_province_sees_payments(
    world: World, client: httpx.AsyncClient
):
    drawn = await drawn_up(world, 1)
    address = f"/payments/{drawn.batch.id}"
    assert (await client.get(address, headers=bearer("finance"))).status_code == 200
    limited = bearer("finance", regions=("62.71",))
    assert (await client.get(address, headers=limited)).status_code == 403
    for role in ("auditor", "supervisor", "administrator"):
        assert (await client.get(address, headers=bearer(role))).status_code == 403
    assert (
        await client.get(address, headers=an_operator(BANK, "partner_admin"))
    ).status_code == 403


async def test_the_pages_walk_a_batch_from_its_drawing_up_to_the_answer(
    world: World, client: httpx.AsyncClient
):
    _, approved = await a_cash_cycle(world, 2)
    maker, checker = (bearer("finance", subject=str(new_id())) for _ in range(2))
    batch_id = str(new_id())
    form = {
        "id": batch_id,
        "cycle_id": str(approved.cycle.cycle_id),
        "bank_id": str(BANK),
        "pay_on": str(TODAY),
    }
    address = f"/payments/{batch_id}"
    assert (await client.post("/payments", data=form, headers=maker)).status_code == 303
    assert (await client.post(f"{address}/approvals", headers=maker)).status_code == 409
    assert (await client.post(f"{address}/approvals", headers=checker)).status_code == 303
    file = await client.post(f"{address}/files", data={"form": "csv"}, headers=maker)
    rows = rows_of(file.content)
    assert len(rows) == 2
    bad = {"file": ("hasil.csv", result(paid(rows[0]["id_instruksi"], -5)), "text/csv")}
    wrong = await client.post(
        f"{address}/results", data={"id": str(new_id())}, files=bad, headers=maker
    )
    assert wrong.status_code == 422
    assert "rupiah harus angka bulat" in wrong.text
    lines = [paid(rows[0]["id_instruksi"]), failed(rows[1]["id_instruksi"])]
    good = {"file": ("hasil.csv", result(*lines), "text/csv")}
    taken = await client.post(
        f"{address}/results", data={"id": str(new_id())}, files=good, headers=maker
    )
    assert taken.status_code == 303
    page = await client.get(address, headers=checker)
    assert "Rekeningnya sudah ditutup." in page.text
    english = await client.get(f"{address}?lang=en", headers=checker)
    assert "The account is closed." in english.text
    assert approved.cycle.name in (await client.get("/payments", headers=maker)).text


@pytest.mark.parametrize("position", ["9" * 12, "9" * 400, "-1", "x"])
async def test_a_number_that_no_line_has_is_refused_in_words(
    client: httpx.AsyncClient, position: str
):
    headers = bearer("finance")
    page = await client.get(f"/payments/{new_id()}?after={position}", headers=headers)
    assert page.status_code in {404, 422}
    said = {"id": str(new_id()), "line": f"{new_id()}:{position}"[:50], "decision": "noted",
            "words": "kami bertanya kepada bank"}  # fmt: skip
    answer = await client.post(f"/payments/{new_id()}/explanations", data=said, headers=headers)
    assert answer.status_code in {404, 422}
