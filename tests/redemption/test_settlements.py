"""What partners are owed: each line of the ledger once, agreed, approved by two, and paid."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.redemption.paying import (
    NOW,
    TODAY,
    a_shop,
    column,
    finance,
    later,
    paid,
    payer_of,
    result,
    rows_of,
    sealer_of,
    somebody,
)
from tests.redemption.world import World, a_benefit, an_operator, body_of

from common import clock
from common.auth.principal import Principal
from common.database import in_transaction
from common.ids import new_id
from common.problems import Refused
from redemption.payments import decide
from redemption.payments.draw_up import Wanted
from redemption.payments.take_results import take_results
from redemption.settlement.act import act
from redemption.settlement.act_rules import Settlement
from redemption.settlement.check_settlements import check_settlements
from redemption.settlement.draw import draw
from redemption.settlement.pay import pay
from redemption.settlement.settlement_queries import find

REDEEM = "/v1/redemptions"


async def gave(world: World, client: httpx.AsyncClient, shop: UUID, times: int = 1) -> list[str]:
    """Let families collect parcels of Rp150,000 at a shop; return the lines' ids."""
    ids = []
    for _ in range(times):
        family, approved = await world.a_family(a_benefit())
        body = body_of(family, approved)
        answer = await client.post(REDEEM, json=body, headers=an_operator(shop))
        assert answer.status_code == 201, answer.text
        ids.append(body["id"])
    return ids


async def undone(client: httpx.AsyncClient, line: str) -> None:
    answer = await client.post(
        f"{REDEEM}/{line}/reversals",
        json={"id": str(new_id()), "reason": "Salah keluarga"},
        headers=bearer("finance"),
    )
    assert answer.status_code == 201, answer.text


async def a_conflict(world: World, shop: UUID, *, is_owed: bool, rupiah: int = 150_000) -> UUID:
    """A line of a terminal's journal that was not accepted."""
    conflict_id = new_id()
    benefits = await column(world, "SELECT cycle_id || ' ' || id FROM benefits LIMIT 1")
    cycle_id, benefit_id = benefits[0].split()
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "INSERT INTO conflicts (id, act_id, kind, journal_id, sequence, terminal_id, "
                "partner_id, partner_name, region_code, cycle_id, benefit_id, card_reading, "
                "holder_check, quantity, amount_rupiah, operator, operator_name, said_at, "
                "received_at, code, facts, is_owed, evidence, rule_version) VALUES (:id, :act, "
                "'redemption', :act, 1, :act, :shop, 'Toko Uji', '62', :cycle, :benefit, 'scanned',"
                " 'name_compared', 1, :rupiah, 'operator', 'Petugas', now(), now(), "
                "'already_redeemed', '{}', :owed, '{}', 1)"
            ),
            {
                "id": conflict_id, "act": new_id(), "shop": shop, "cycle": UUID(cycle_id),
                "benefit": UUID(benefit_id), "rupiah": rupiah, "owed": is_owed,
            },
        )  # fmt: skip
    return conflict_id


async def judged(world: World, conflict_id: UUID, outcome: str) -> None:
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "INSERT INTO conflict_judgements (conflict_id, id, outcome, reason, operator, "
                "judged_by, judged_by_name, judged_at) VALUES (:c, :id, :outcome, 'Sudah dilihat', "
                "'operator', 'pengawas', 'Pengawas', now())"
            ),
            {"c": conflict_id, "id": new_id(), "outcome": outcome},
        )


async def drawn(
    world: World, shop: UUID, *, days: int = 0, maker: Principal | None = None, **given: Any
) -> Settlement:
    who, settlement_id = maker or finance(), given.get("settlement_id") or new_id()
    last_on = TODAY + timedelta(days=days)
    await in_transaction(
        world.engine,
        lambda tx: draw(
            tx,
            who,
            settlement_id=settlement_id,
            partner_id=shop,
            last_on=last_on,
            now=given.get("now") or later(days + 2),
        ),
    )
    return await seen(world, settlement_id)


async def seen(world: World, settlement_id: UUID) -> Settlement:
    async with world.engine.connect() as tx:
        found = await find(tx, settlement_id)
    assert found is not None
    return found[0]


async def did(
    world: World,
    one: Settlement,
    word: str,
    who: Principal,
    words: str = "",
    *,
    act_id: UUID | None = None,
    at: datetime = NOW,
) -> Settlement:
    this = act_id or new_id()
    done: Settlement = await in_transaction(
        world.engine,
        lambda tx: act(tx, who, one.id, act_id=this, word=word, words=words, now=at),
    )
    return done


async def approved(world: World, shop: UUID, days: int = 0) -> Settlement:
    one = await drawn(world, shop, days=days)
    await did(world, one, "sent", finance())
    await did(world, one, "agreed", somebody("partner_admin", partner_id=shop))
    return await did(world, one, "approved", finance())


async def adds_up(world: World) -> None:
    async with world.engine.connect() as tx:
        assert (await check_settlements(tx)).problems == []


async def test_a_settlement_holds_every_line_once_and_says_what_is_owed(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    lines = await gave(world, client, shop, 3)
    await undone(client, lines[0])
    one = await drawn(world, shop)
    assert (one.lines, one.given_rupiah, one.deducted_rupiah, one.owed_rupiah) == (
        4,
        450_000,
        150_000,
        300_000,
    )
    with pytest.raises(Refused, match="period_settled"):
        await drawn(world, shop)
    with pytest.raises(Refused, match="nothing_to_settle"):
        await drawn(world, shop, days=1)
    await adds_up(world)


async def test_what_is_undone_or_judged_later_is_a_deduction_in_the_next_one(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    lines = await gave(world, client, shop, 2)
    owed = await a_conflict(world, shop, is_owed=True)
    doubtful = await a_conflict(world, shop, is_owed=False, rupiah=99_000)
    first = await drawn(world, shop)
    assert (first.lines, first.owed_rupiah) == (3, 450_000)
    await undone(client, lines[0])
    await judged(world, owed, "not_owed")
    await judged(world, doubtful, "written_off")
    await adds_up_but_for_late_lines(world, shop)
    second = await drawn(world, shop, days=1)
    assert (second.given_rupiah, second.deducted_rupiah) == (99_000, 300_000)
    assert second.owed_rupiah == -201_000
    assert second.first_on == first.last_on + timedelta(days=1)
    await adds_up(world)


async def adds_up_but_for_late_lines(world: World, shop: UUID) -> None:
    """The test's "next day" is today, so that what comes late lies in the first period."""
    async with world.engine.connect() as tx:
        problems = (await check_settlements(tx)).problems
    assert problems
    assert all(str(shop) in problem and "in no settlement" in problem for problem in problems)


async def test_a_debt_is_carried_into_the_next_settlement_and_paid_off_there(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    lines = await gave(world, client, shop)
    await approved(world, shop)
    await undone(client, lines[0])
    debt = await approved(world, shop, days=1)
    assert (debt.owed_rupiah, debt.shown_state, debt.can_be_paid) == (-150_000, "carried", False)
    await gave(world, client, shop, 2)
    third = await drawn(world, shop, days=2)
    assert (third.given_rupiah, third.carried_rupiah, third.owed_rupiah) == (
        300_000,
        -150_000,
        150_000,
    )
    await adds_up(world)


async def test_rivals_that_draw_up_at_once_never_take_a_line_twice(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    await gave(world, client, shop, 3)
    results = await asyncio.gather(
        *(drawn(world, shop, days=days) for days in (0, 0, 1, 1, 2)), return_exceptions=True
    )
    made = [one for one in results if isinstance(one, Settlement)]
    assert len(made) == 1
    assert made[0].lines == 3
    assert all(isinstance(one, (Settlement, Refused)) for one in results)
    await adds_up(world)


async def test_a_line_is_in_one_settlement_also_for_whoever_writes_past_the_code(
    world: World, client: httpx.AsyncClient
):
    shop, other = await a_shop(world), await a_shop(world)
    await gave(world, client, shop)
    await gave(world, client, other)
    one, two = await drawn(world, shop), await drawn(world, other)
    with pytest.raises(DBAPIError, match="uq_settlement_lines_line_id"):
        async with world.engine.begin() as tx:
            await tx.execute(
                text(
                    "INSERT INTO settlement_lines SELECT :two, kind, line_id, act_id, at, cycle_id,"
                    " benefit_id, quantity, amount_rupiah FROM settlement_lines "
                    "WHERE settlement_id = :one"
                ),
                {"one": one.id, "two": two.id},
            )


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("UPDATE settlements SET owed_rupiah = 1, given_rupiah = 1 WHERE id = :id", "stays"),
        ("UPDATE settlement_lines SET amount_rupiah = 1 WHERE settlement_id = :id", "stays"),
        ("DELETE FROM settlement_lines WHERE settlement_id = :id", "stays"),
        ("DELETE FROM settlement_acts WHERE settlement_id = :id", "append-only"),
        (
            "UPDATE settlements SET state = 'approved', approved_by = drawn_up_by, "
            "approved_at = now(), agreed_by = 'x', agreed_at = now(), agreed_for = partner_id "
            "WHERE id = :id",
            "two_people",
        ),
        (
            "UPDATE settlements SET state = 'approved', approved_by = 'x', approved_at = now() "
            "WHERE id = :id",
            "agreed_before_approved",
        ),
        (
            "UPDATE settlements SET state = 'agreed', agreed_by = 'x', agreed_at = now(), "
            "agreed_for = id WHERE id = :id",
            "own_people_agree",
        ),
    ],
)
async def test_the_database_keeps_a_settlement_as_it_was_and_its_people_apart(
    world: World, client: httpx.AsyncClient, change: str, rule: str
):
    shop = await a_shop(world)
    await gave(world, client, shop)
    one = await drawn(world, shop)
    with pytest.raises(DBAPIError, match=rule):
        async with world.engine.begin() as tx:
            await tx.execute(text(change), {"id": one.id})


async def test_each_step_is_for_its_own_people_and_in_its_order(
    world: World, client: httpx.AsyncClient
):
    shop, maker = await a_shop(world), finance()
    await gave(world, client, shop)
    one = await drawn(world, shop, maker=maker)
    own = somebody("partner_admin", partner_id=shop)
    with pytest.raises(Refused, match="not_found"):
        await did(world, one, "agreed", own)
    act_id = new_id()
    await did(world, one, "sent", maker, act_id=act_id)
    await did(world, one, "sent", maker, act_id=act_id)
    for who, word, refusal in (
        (somebody("partner_operator", partner_id=shop), "agreed", "permission_missing"),
        (somebody("partner_admin", partner_id=new_id()), "agreed", "not_found"),
        (finance(), "agreed", "another_partner"),
        (finance(), "approved", "settlement_elsewhere"),
        (own, "disputed", "words_needed"),
        (own, "withdrawn", "words_needed"),
        (somebody("auditor"), "sent", "permission_missing"),
    ):
        with pytest.raises(Refused, match=refusal):
            await did(world, one, word, who)
    await did(world, one, "disputed", own, "Satu bukti belum ada di sini")
    await did(world, one, "answered", finance(), "Bukti itu dibatalkan pada hari yang sama")
    await did(world, one, "agreed", own)
    with pytest.raises(Refused, match="maker_decides"):
        await did(world, one, "approved", maker)
    assert (await did(world, one, "approved", finance())).state == "approved"
    with pytest.raises(Refused, match="settlement_elsewhere"):
        await did(world, one, "withdrawn", finance(), "Terlambat menariknya")


async def test_a_withdrawn_settlement_frees_its_lines_and_only_the_last_one_can_be(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    await gave(world, client, shop)
    first = await drawn(world, shop)
    await gave(world, client, shop)
    second = await drawn(world, shop, days=1)
    with pytest.raises(Refused, match="later_settlement"):
        await did(world, first, "withdrawn", finance(), "Salah masa")
    await did(world, second, "withdrawn", finance(), "Salah masa")
    await did(world, first, "withdrawn", finance(), "Salah masa")
    again = await drawn(world, shop)
    assert again.lines == 2
    await adds_up(world)


async def test_a_day_that_is_not_over_is_not_settled_yet(world: World, client: httpx.AsyncClient):
    shop = await a_shop(world)
    await gave(world, client, shop)
    with pytest.raises(Refused, match="period_not_over"):
        await drawn(world, shop, now=datetime.now(UTC))


async def test_approved_settlements_are_paid_once_and_a_failure_can_be_paid_again(
    world: World, client: httpx.AsyncClient
):
    shop, without = await a_shop(world), await a_shop(world, account=False)
    for one in (shop, without):
        await gave(world, client, one)
    due, waits = await approved(world, shop), await approved(world, without)

    async def ordered() -> Any:
        wanted = Wanted(new_id(), "settlement", TODAY)
        maker, checker, sealer = finance(), finance(), sealer_of(world)
        batch = await in_transaction(
            world.engine, lambda tx: pay(tx, maker, payer_of(world), wanted, NOW)
        )
        await in_transaction(
            world.engine, lambda tx: decide.approve(tx, checker, sealer, batch.id, NOW)
        )
        _, content = await in_transaction(
            world.engine,
            lambda tx: decide.fetch_file(tx, maker, sealer, batch.id, form="csv", now=NOW),
        )
        return batch, [row for row in rows_of(content) if due.number in row["keterangan"]]

    async def answered(batch: Any, content: bytes) -> None:
        await in_transaction(
            world.engine,
            lambda tx: take_results(
                tx, finance(), sealer_of(world), batch_id=batch.id, file_id=new_id(),
                content=content, now=NOW,
            ),
        )  # fmt: skip

    batch, rows = await ordered()
    assert [(row["rujukan"], row["rupiah"], row["nama"]) for row in rows] == [
        ("1234567890", "150000", "TOKO UJI")
    ]
    assert (await seen(world, due.id)).shown_state == "paying"
    assert (await seen(world, waits.id)).shown_state == "approved"
    with pytest.raises(Refused, match="nothing_to_pay"):
        await ordered()
    reference = rows[0]["id_instruksi"]
    await answered(batch, result((reference, 150_000, "gagal", "AC04", "")))
    assert (await seen(world, due.id)).shown_state == "payment_failed"
    batch, rows = await ordered()
    await answered(batch, result(paid(rows[0]["id_instruksi"], 150_000)))
    assert (await seen(world, due.id)).shown_state == "settled"
    await adds_up(world)


async def test_the_command_sees_a_line_that_was_slipped_in_and_a_payment_that_is_too_much(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    await gave(world, client, shop)
    one = await approved(world, shop)
    async with world.engine.connect() as tx:
        await tx.execute(text("ALTER TABLE settlement_lines DISABLE TRIGGER USER"))
        await tx.execute(
            text(
                "UPDATE settlement_lines SET amount_rupiah = amount_rupiah + 1 "
                "WHERE settlement_id = :id"
            ),
            {"id": one.id},
        )
        found = (await check_settlements(tx)).problems
        assert len([line for line in found if str(one.id) in line]) == 2
        await tx.execute(
            text("DELETE FROM settlement_lines WHERE settlement_id = :id"), {"id": one.id}
        )
        found = (await check_settlements(tx)).problems
        assert any("in no settlement" in line and str(shop) in line for line in found)
        await tx.rollback()


async def test_a_partner_sees_its_own_settlement_once_it_was_sent_as_page_paper_and_file(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    shop = await a_shop(world)
    await gave(world, client, shop, 2)
    monkeypatch.setattr(clock, "utc_now", lambda: later())
    keeper = bearer("finance", exp=int(later(4).timestamp()))
    own = an_operator(shop, "partner_admin", exp=int(later(4).timestamp()))
    settlement_id = str(new_id())
    form = {"id": settlement_id, "partner_id": str(shop), "last_on": str(TODAY)}
    assert (await client.post("/settlements", data=form, headers=keeper)).status_code == 303
    address = f"/settlements/{settlement_id}"
    assert (await client.get(address, headers=own)).status_code == 404
    sent = {"id": str(new_id()), "word": "sent"}
    assert (await client.post(f"{address}/acts", data=sent, headers=keeper)).status_code == 303
    agree = {"id": str(new_id()), "word": "agreed"}
    assert (await client.post(f"{address}/answers", data=agree, headers=keeper)).status_code == 403
    page = await client.get(address, headers=own)
    assert "Rp300.000" in page.text.replace("\u00a0", "")
    assert "Sepakati jumlah ini" in page.text
    assert settlement_id in (await client.get("/settlements", headers=own)).text
    assert (await client.post(f"{address}/answers", data=agree, headers=own)).status_code == 303
    assert (await client.post(f"{address}/acts", data=agree, headers=own)).status_code == 403
    other = an_operator(await a_shop(world), "partner_admin", exp=int(later(4).timestamp()))
    assert (await client.get(address, headers=other)).status_code == 404
    assert settlement_id not in (await client.get("/settlements", headers=other)).text
    checker = bearer("finance", subject="finance-2", exp=int(later(4).timestamp()))
    approve = {"id": str(new_id()), "word": "approved"}
    assert (await client.post(f"{address}/acts", data=approve, headers=checker)).status_code == 303
    way_on = "Susun berkas pembayaran"
    assert way_on in (await client.get(address, headers=keeper)).text
    assert way_on not in (await client.get(address, headers=own)).text
    paper = await client.get(f"{address}/statement.pdf", headers=own)
    assert paper.content.startswith(b"%PDF-")
    file = await client.get(f"{address}/lines.csv", headers=own)
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
    assert [row["rupiah"] for row in rows] == ["150000", "150000"]
    limited = bearer("finance", regions=("62.71",), exp=int(later(4).timestamp()))
    assert (await client.get(address, headers=limited)).status_code == 403
