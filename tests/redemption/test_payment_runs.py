"""One act of two people orders a whole cycle's cash, in as many files as the bank takes."""

import asyncio
import csv
import io
import zipfile
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

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
    column,
    failed,
    finance,
    paid,
    payer_of,
    result,
    rows_of,
    sealer_of,
)
from tests.redemption.world import Card, World, left

from common.auth.principal import Principal
from common.database import in_transaction
from common.ids import new_id
from common.problems import Refused
from redemption.payments import continue_runs, decide, draw_up_cash, queries, run_queries
from redemption.payments.continue_runs import Stopped, continue_run
from redemption.payments.decide_run import approve_run, fetch_run, withdraw_run, zipped
from redemption.payments.draw_up import Payer, Wanted
from redemption.payments.rules import Batch
from redemption.payments.run_rules import Run
from redemption.payments.start_run import start_run
from redemption.payments.take_run_results import take_run_results
from redemption.settlement.check_ledger import check_ledger
from redemption.settlement.check_settlements import check_settlements

LINES = 3


@pytest.fixture(autouse=True)
async def everything_adds_up(world: World):
    yield
    async with world.engine.connect() as tx:
        assert (await check_ledger(tx))[1] == []
        assert (await check_settlements(tx)).problems == []


def small(world: World) -> Payer:
    """A payer whose bank takes few orders in a file."""
    return replace(payer_of(world), lines_max=LINES)


@dataclass
class Begun:
    """A run, who began it, and the families of its cycle."""

    world: World
    wanted: Wanted
    maker: Principal
    families: list[Card]

    async def run(self) -> Run:
        async with self.world.engine.connect() as tx:
            found = await run_queries.find(tx, self.wanted.id)
        assert found is not None
        return found

    async def drawn(self) -> "Begun":
        payer = small(self.world)
        while (await self.run()).state in ("drawing", "withdrawing"):
            await in_transaction(self.world.engine, lambda tx: continue_run(tx, payer, NOW))
        return self

    async def files(self) -> list[Batch]:
        async with self.world.engine.connect() as tx:
            ids = await run_queries.file_ids(tx, self.wanted.id)
            found = [await queries.find(tx, one) for one in ids]
        return [one for one in found if one is not None]

    async def approved(self, who: Principal | None = None) -> "Begun":
        caller, sealer = who or finance(), sealer_of(self.world)
        await in_transaction(
            self.world.engine, lambda tx: approve_run(tx, caller, sealer, self.wanted.id, NOW)
        )
        return self

    async def zip(self, form: Any = "csv") -> zipfile.ZipFile:
        _, batches = await in_transaction(
            self.world.engine,
            lambda tx: fetch_run(tx, self.maker, self.wanted.id, form=form, now=NOW),
        )
        pieces = zipped(self.world.engine, sealer_of(self.world), batches, form)
        return zipfile.ZipFile(io.BytesIO(b"".join([piece async for piece in pieces])))

    async def references(self) -> list[list[str]]:
        archive = await self.zip()
        names = [name for name in archive.namelist() if name != "daftar.csv"]
        return [[row["id_instruksi"] for row in rows_of(archive.read(name))] for name in names]

    async def answer(self, content: bytes, file_id: UUID | None = None) -> bool:
        return bool(
            await in_transaction(
                self.world.engine,
                lambda tx: take_run_results(
                    tx, self.maker, sealer_of(self.world), run_id=self.wanted.id,
                    file_id=file_id or new_id(), content=content, now=NOW,
                ),
            )
        )  # fmt: skip

    async def withdrawn(self) -> None:
        who = finance()
        await in_transaction(
            self.world.engine,
            lambda tx: withdraw_run(tx, who, self.wanted.id, "Salah tanggal", NOW),
        )

    async def states(self) -> list[str]:
        return await column(
            self.world,
            "SELECT i.state FROM payment_instructions i JOIN payment_batches b ON b.id = i.batch_id"
            " WHERE b.run_id = :id ORDER BY b.run_position, i.position",
            id=self.wanted.id,
        )


async def begun(world: World, families: int = 8) -> Begun:
    cards, approved = await a_cash_cycle(world, families)
    maker = finance()
    wanted = Wanted(new_id(), "family_cash", TODAY, approved.cycle.cycle_id, BANK)
    await in_transaction(world.engine, lambda tx: start_run(tx, maker, small(world), wanted, NOW))
    return Begun(world, wanted, maker, cards)


async def sent(world: World, families: int = 8) -> tuple[Begun, list[list[str]]]:
    one = await (await (await begun(world, families)).drawn()).approved()
    return one, await one.references()


async def test_a_cycle_too_large_for_one_file_is_drawn_up_as_several_each_family_once(world: World):
    one = await (await begun(world)).drawn()
    run, files = await one.run(), await one.files()
    assert [file.lines for file in files] == [3, 3, 2]
    assert [file.run_position for file in files] == [1, 2, 3]
    assert (run.state, run.files, run.lines, run.total_rupiah) == ("drawn_up", 3, 8, 2_000_000)
    assert {file.drawn_up_by for file in files} == {one.maker.subject}
    households = await column(
        world,
        "SELECT household_id FROM payment_instructions WHERE cycle_id = :c",
        c=one.wanted.cycle_id,
    )
    assert sorted(households) == sorted(card.household_id for card in one.families)
    assert len({file.csv_sha256 for file in files}) == 3


async def test_what_one_file_holds_makes_no_run(world: World):
    _, approved = await a_cash_cycle(world, LINES)
    wanted = Wanted(new_id(), "family_cash", TODAY, approved.cycle.cycle_id, BANK)
    payer, maker = small(world), finance()
    made = await in_transaction(world.engine, lambda tx: start_run(tx, maker, payer, wanted, NOW))
    assert made is None


async def test_the_same_form_begins_one_run_and_another_form_under_its_id_is_refused(world: World):
    one = await begun(world)
    payer = small(world)
    again = await asyncio.gather(
        *(
            in_transaction(
                world.engine, lambda tx: start_run(tx, one.maker, payer, one.wanted, NOW)
            )
            for _ in range(3)
        )
    )
    assert {run.id for run in again} == {one.wanted.id}
    with pytest.raises(Refused, match="id_reused"):
        await in_transaction(
            world.engine, lambda tx: start_run(tx, finance(), payer, one.wanted, NOW)
        )


async def test_workers_at_once_draw_up_each_file_once_and_one_that_dies_is_gone_on_with(
    world: World,
):
    one = await begun(world)
    payer = small(world)
    async with world.engine.connect() as tx:
        assert await continue_run(tx, payer, NOW)
        await tx.rollback()  # The worker dies before it commits.
    assert await one.files() == []
    while (await one.run()).state == "drawing":
        await asyncio.gather(
            *(
                in_transaction(world.engine, lambda tx: continue_run(tx, payer, NOW))
                for _ in range(3)
            )
        )
    assert [file.lines for file in await one.files()] == [3, 3, 2]


async def test_families_without_a_card_are_counted_and_left_for_the_next_payment(world: World):
    one = await begun(world)
    for card in one.families[:5]:
        await world.status(card, "suspended", 2)
    run = await (await one.drawn()).run()
    assert (run.files, run.lines, run.without_card) == (1, 3, 5)
    none = await begun(world, 4)
    for card in none.families:
        await world.status(card, "suspended", 2)
    assert (await (await none.drawn()).run()).state == "empty"


async def test_one_approval_by_another_person_is_of_all_files_and_only_when_all_are_there(
    world: World,
):
    one = await begun(world)
    with pytest.raises(Refused, match="run_not_ready"):
        await one.approved()
    await one.drawn()
    with pytest.raises(Refused, match="maker_decides"):
        await one.approved(one.maker)
    first = (await one.files())[0]
    for act in (
        lambda tx: decide.approve(tx, finance(), sealer_of(world), first.id, NOW),
        lambda tx: decide.withdraw(tx, finance(), first.id, "Salah tanggal", NOW),
    ):
        with pytest.raises(Refused, match="part_of_run"):
            await in_transaction(world.engine, act)
    answers = await asyncio.gather(*(one.approved() for _ in range(4)), return_exceptions=True)
    refused = [str(answer) for answer in answers if isinstance(answer, Exception)]
    assert refused == ["payment_decided"] * 3
    files = await one.files()
    assert {(file.state, file.approved_by) for file in files} == {
        ("approved", (await one.run()).approved_by)
    }


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("approved_by = drawn_up_by, approved_by_name = 'x', approved_at = now(), "
         "state = 'approved'", "two_people|add up"),
        ("approved_by = 'x', approved_by_name = 'x', approved_at = now(), state = 'approved'",
         "add up"),
        ("lines = lines + 1", "stays"),
        ("state = 'drawing'", "stays"),
    ],
)  # fmt: skip
async def test_the_database_keeps_a_run_as_it_was_and_its_people_apart(
    world: World, change: str, rule: str
):
    one = await (await begun(world, 4)).drawn()
    with pytest.raises(DBAPIError, match=rule):
        async with world.engine.begin() as tx:
            await tx.execute(
                text(f"UPDATE payment_runs SET {change} WHERE id = :id"),  # noqa: S608
                {"id": one.wanted.id},
            )


async def test_the_command_sees_a_run_that_is_not_its_files(world: World):
    one = await (await begun(world, 4)).drawn()
    async with world.engine.connect() as tx:
        await tx.execute(text("ALTER TABLE payment_runs DISABLE TRIGGER USER"))
        await tx.execute(
            text("UPDATE payment_runs SET total_rupiah = total_rupiah + 1 WHERE id = :id"),
            {"id": one.wanted.id},
        )
        found = (await check_settlements(tx)).problems
        await tx.rollback()
    assert [line for line in found if f"payment run {one.wanted.id}" in line] == found != []


async def test_all_files_are_fetched_at_once_with_a_list_of_their_digests(world: World):
    one = await (await begun(world)).drawn()
    with pytest.raises(Refused, match="payment_not_approved"):
        await one.zip()
    await one.approved()
    archive = await one.zip("xml")
    assert archive.testzip() is None
    listed = list(csv.DictReader(io.StringIO(archive.read("daftar.csv").decode()), delimiter=";"))
    assert [(row["perintah_bayar"], row["rupiah"]) for row in listed] == [
        ("3", "750000"), ("3", "750000"), ("2", "500000"),
    ]  # fmt: skip
    assert [row["sha256"] for row in listed] == [file.xml_sha256 for file in await one.files()]
    assert all(archive.read(row["berkas"]).startswith(b"<?xml") for row in listed)
    assert all(file.sent_at for file in await one.files())
    with pytest.raises(Refused, match="payment_sent"):
        await one.withdrawn()


async def test_an_answer_finds_the_file_of_each_line_also_shuffled_in_parts_and_twice(world: World):
    one, (first, second, third) = await sent(world)
    part = result(paid(third[0]), failed(first[1]), paid(second[2]), paid(first[0]))
    file_id = new_id()
    assert await one.answer(part, file_id)
    expected = ["paid", "failed", "waiting", "waiting", "waiting", "paid", "paid", "waiting"]
    assert await one.states() == expected
    assert not await one.answer(part, file_id)
    assert not await one.answer(part)
    assert await one.states() == expected
    rest = [*first[2:], *second[:2], third[1]]
    assert await one.answer(result(*map(paid, rest)))
    assert "waiting" not in await one.states()
    kept = await column(
        world,
        "SELECT f.content_sealed IS NULL FROM payment_result_files f JOIN payment_batches b "
        "ON b.id = f.batch_id WHERE b.run_id = :id",
        id=one.wanted.id,
    )
    assert (kept.count(False), kept.count(True)) == (2, 4), "the bytes are kept once"


async def test_strange_lines_are_differences_and_a_file_about_no_order_of_the_run_is_refused(
    world: World,
):
    one, (first, *_) = await sent(world, 4)
    other, (foreign, *_) = await sent(world, 4)
    with pytest.raises(Refused, match="result_of_another_run"):
        await one.answer(result(*map(paid, foreign)))
    with pytest.raises(Refused, match="result_of_another_run"):
        await one.answer(result(paid("P1")))
    assert set(await other.states()) == {"waiting"}
    lines = [paid(first[0]), paid(foreign[0]), paid(f"P{new_id().hex}"), paid(first[1], 1)]
    await one.answer(result(*lines))
    outcomes = await column(
        world,
        "SELECT l.outcome FROM payment_result_lines l JOIN payment_result_files f "
        "ON f.id = l.file_id JOIN payment_batches b ON b.id = f.batch_id WHERE b.run_id = :id "
        "ORDER BY l.position",
        id=one.wanted.id,
    )
    assert outcomes == ["paid", "other_batch", "unknown_line", "amount_differs"]
    assert set(await other.states()) == {"waiting"}


async def test_a_run_taken_back_opens_every_right_again_also_in_the_middle(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    one = await begun(world)
    payer = small(world)
    await in_transaction(world.engine, lambda tx: continue_run(tx, payer, NOW))
    gather = draw_up_cash.gather

    async def gather_while_it_is_taken_back(*given: Any, **named: Any) -> Any:
        found = await gather(*given, **named)
        await one.withdrawn()
        return found

    monkeypatch.setattr(continue_runs, "gather", gather_while_it_is_taken_back)
    with pytest.raises(Stopped):
        await in_transaction(world.engine, lambda tx: continue_run(tx, payer, NOW))
    await one.drawn()
    assert (await one.run()).state == "withdrawn"
    assert {file.state for file in await one.files()} == {"withdrawn"}
    assert len(await one.files()) == 1
    for card in one.families:
        assert await left(world, card.household_id) == [(1, 250_000)]


async def test_the_pages_walk_a_run_from_the_form_to_the_last_answer(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Payer, "of", lambda *_: small(world))
    _, approved = await a_cash_cycle(world, 7)
    maker, checker = (bearer("finance", subject=str(new_id())) for _ in range(2))
    run_id, address = new_id(), ""
    form = {"id": str(run_id), "cycle_id": str(approved.cycle.cycle_id), "bank_id": str(BANK),
            "pay_on": str(TODAY)}  # fmt: skip
    began = await client.post("/payments", data=form, headers=maker)
    address = began.headers["location"]
    assert address == f"/payments/runs/{run_id}"
    assert "Berkas sedang disusun" in (await client.get(address, headers=maker)).text
    one = Begun(world, Wanted(run_id, "family_cash", TODAY), finance(), [])
    await one.drawn()
    assert (await client.post(f"{address}/approvals", headers=maker)).status_code == 409
    assert (await client.post(f"{address}/approvals", headers=checker)).status_code == 303
    file = await client.post(f"{address}/files", data={"form": "csv"}, headers=maker)
    assert file.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(file.content))
    names = [name for name in archive.namelist() if name != "daftar.csv"]
    assert len(names) == 3
    orders = [row["id_instruksi"] for name in names for row in rows_of(archive.read(name))]
    content = result(*map(paid, orders[:5]), failed(orders[5]))

    async def upload(content: bytes, **headers: str) -> httpx.Response:
        return await client.post(
            f"{address}/results", data={"id": str(new_id())},
            files={"file": ("hasil.csv", content, "text/csv")}, headers={**maker, **headers},
        )  # fmt: skip

    bad = result(paid(orders[0], -5))
    assert "rupiah harus angka bulat" in (await upload(bad)).text
    said = await upload(bad, accept="application/json")
    assert (said.status_code, said.json()["title"][:3]) == (422, "1: ")
    assert (await upload(content, accept="application/json")).json() == {"is_new": True}
    assert (await upload(content, accept="application/json")).json() == {"is_new": False}
    assert (await upload(content)).status_code == 303
    page = (await client.get(f"{address}?lang=en", headers=checker)).text
    assert "The account is closed." in page
    for batch in await one.files():
        assert batch.csv_sha256 in page
        assert batch.number in page
        part = await client.get(f"/payments/{batch.id}", headers=checker)
        assert address in part.text
    assert f"R-{run_id.hex[-8:-4]}".upper() in (await client.get("/payments", headers=maker)).text
    for role in ("auditor", "administrator"):
        assert (await client.get(address, headers=bearer(role))).status_code == 403
    limited = bearer("finance", regions=("62.71",))
    assert (await client.get(address, headers=limited)).status_code == 403
    assert (await client.get(f"/payments/runs/{new_id()}", headers=maker)).status_code == 404
