"""A terminal's journal at the server: each line once, in its order, and nothing lost."""

import asyncio
import json
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.clients import bearer
from tests.redemption.a_journal import Phone, a_phone
from tests.redemption.a_terminal import P256, Key
from tests.redemption.world import Card, Issuer, World, a_benefit, an_operator, body_of, left

from common.ids import new_id
from redemption.settlement.check_ledger import check_ledger


async def rows(world: World, sql: str, **values: Any) -> list[Any]:
    async with world.engine.connect() as tx:
        return list((await tx.execute(text(sql), values)).mappings())


async def sums_hold(world: World) -> None:
    async with world.engine.connect() as tx:
        _, differences = await check_ledger(tx)
    assert differences == []


def words(outcomes: list[dict[str, Any]]) -> list[str]:
    return [one["code"] or one["outcome"] for one in outcomes]


@pytest.mark.parametrize("algorithm", [P256, "ed25519"])
async def test_a_leased_family_is_served_without_network_and_accepted(
    world: World, client: httpx.AsyncClient, algorithm: str
):
    village = "62.02.01.2003" if algorithm == P256 else "62.02.01.2004"
    family, approved = await world.a_family(region_code=village)
    phone = await a_phone(client, algorithm=algorithm)
    lease = await phone.take(village)
    said = phone.give(family, approved, lease_id=lease["id"])
    (outcome,) = await phone.sync()
    assert outcome["outcome"] == "accepted"
    assert outcome["title"] == "Diterima"
    assert len(outcome["receipt_number"]) == 11
    assert await left(world, family.household_id) == [(0, 0)]
    (line,) = await rows(world, "SELECT * FROM redemptions WHERE id = :i", i=said["id"])
    assert (line["mode"], str(line["lease_id"])) == ("offline", lease["id"])
    assert line["terminal_id"] == phone.terminal.id
    await sums_hold(world)


async def test_a_family_outside_of_the_lease_is_accepted_while_there_is_something_left(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    first, second = await a_phone(client), await a_phone(client)
    first.give(family, approved)
    second.give(family, approved)
    assert words(await second.sync()) == ["accepted"]
    (lost,) = await first.sync()
    assert (lost["outcome"], lost["code"]) == ("conflict", "already_redeemed")
    # Nothing was decreed for this benefit, so the phone ought not to have given it.
    assert lost["is_owed"] is False
    assert "Titik Pangan Bukit Tunggal" in lost["title"]
    (kept,) = await rows(
        world, "SELECT * FROM conflicts WHERE household_id = :h", h=family.household_id
    )
    assert (kept["amount_rupiah"], kept["code"]) == (150_000, "already_redeemed")
    (marked,) = await rows(
        world, "SELECT marks FROM line_marks WHERE household_id = :h", h=family.household_id
    )
    assert marked["marks"] == ["outside_policy"]
    await sums_hold(world)


async def test_what_is_sent_again_gets_its_first_answers(world: World, client: httpx.AsyncClient):
    family, approved = await world.a_family(a_benefit(quantity=2))
    phone = await a_phone(client)
    for _ in range(3):
        phone.give(family, approved)
    first = await phone.sync()
    assert words(first) == ["accepted", "accepted", "already_redeemed"]
    # Alone, as a part of a longer segment, and all at once.
    assert (await phone.send(phone.segment())).json()["outcomes"] == first
    phone.give(family, approved)
    answer = (await phone.send(phone.segment(2))).json()
    assert answer["outcomes"][:2] == first[1:]
    assert words(answer["outcomes"][2:]) == ["already_redeemed"]
    again = await asyncio.gather(*(phone.send(phone.segment()) for _ in range(8)))
    assert len({one.text for one in again}) == 1
    assert (
        len(
            await rows(
                world, "SELECT 1 FROM conflicts WHERE household_id = :h", h=family.household_id
            )
        )
        == 2
    )
    await sums_hold(world)


async def test_two_processes_that_get_the_same_segment_at_once_write_it_once(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=40))
    phone = await a_phone(client)
    await phone.begin()
    for _ in range(20):
        phone.give(family, approved)
    segments = [phone.segment(1, 20), phone.segment(1, 10), phone.segment(1, 20), phone.segment(1)]
    answers = await asyncio.gather(*(phone.send(one) for one in segments))
    assert {one.status_code for one in answers} == {200}
    assert {one.json()["state"] for one in answers} == {"open"}
    assert await left(world, family.household_id) == [(20, 20 * 150_000)]


async def test_a_phone_restored_from_a_backup_that_goes_on_otherwise_is_put_aside(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=9))
    phone = await a_phone(client)
    for _ in range(4):
        phone.give(family, approved)
    await phone.sync()
    old = phone.restored(2)
    old.give(family, approved)
    answer = (await old.send(old.segment(1))).json()
    assert [one["outcome"] for one in answer["outcomes"]] == ["accepted", "accepted", "quarantined"]
    assert answer["state"] == "quarantined"
    assert answer["quarantine_id"]
    (why,) = await rows(
        world, "SELECT * FROM quarantines WHERE terminal_id = :t", t=phone.terminal.id
    )
    assert why["reason"] == "sequence_reused"
    # What it still had is heard too, and kept; the head of the journal did not move back.
    phone.give(family, approved)
    after = (await phone.send(phone.segment(5))).json()
    assert (after["last_sequence"], after["outcomes"][0]["outcome"]) == (4, "quarantined")
    assert await left(world, family.household_id) == [(5, 5 * 150_000)]
    # Then it begins another journal, which is taken.
    new = Phone(phone.terminal, phone.operator)
    new.give(family, approved)
    assert words(await new.sync()) == ["accepted"]


async def test_a_server_restored_from_a_backup_gets_everything_again(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=9))
    phone = await a_phone(client)
    phone.give(family, approved)
    # It has never heard of the journal: nothing is acknowledged, the phone begins it again.
    refused = await phone.send(phone.segment())
    assert (refused.status_code, refused.json()["code"]) == (409, "journal_unknown")
    assert words(await phone.sync()) == ["accepted"]


def _swapped(phone: Phone) -> None:
    phone.lines[0], phone.lines[1] = phone.lines[1], phone.lines[0]


def _truncated(phone: Phone) -> None:
    del phone.lines[0]


def _changed(phone: Phone) -> None:
    """Somebody writes another amount into a line that was signed."""
    body = json.loads(phone.lines[1]["line"])
    phone.lines[1]["line"] = json.dumps({**body, "quantity": 2}, separators=(",", ":"))


def _changed_last(phone: Phone) -> None:
    body = json.loads(phone.lines[2]["line"])
    phone.lines[2]["line"] = json.dumps({**body, "quantity": 2}, separators=(",", ":"))


def _signed_by_another(phone: Phone) -> None:
    last = phone.lines[2]
    last["signature"] = Key("ed25519").sign(last["line"].encode())


def _not_a_signature(phone: Phone) -> None:
    phone.lines[2]["signature"] = "bukan tanda tangan"


def _unreadable(phone: Phone) -> None:
    phone.lines[1]["line"] = '{"v":1,"ini":"bukan baris"}'


def _of_another_version(phone: Phone) -> None:
    body = json.loads(phone.lines[1]["line"])
    phone.lines[1]["line"] = json.dumps({**body, "v": 2})


FORGED = [
    (_swapped, "gap"),
    (_truncated, "gap"),
    (_changed, "chain_broken"),
    (_changed_last, "bad_signature"),
    (_signed_by_another, "bad_signature"),
    (_not_a_signature, "bad_signature"),
    (_unreadable, "unreadable"),
    (_of_another_version, "unreadable"),
]


@pytest.mark.parametrize(("forge", "reason"), FORGED, ids=[one.__name__ for one, _ in FORGED])
async def test_a_journal_that_does_not_hold_is_put_aside_whole(
    world: World, client: httpx.AsyncClient, forge: Any, reason: str
):
    family, approved = await world.a_family(a_benefit(quantity=9))
    phone = await a_phone(client)
    await phone.begin()
    for _ in range(3):
        phone.give(family, approved)
    forge(phone)
    segment = phone.segment()
    answer = (await phone.send(segment)).json()
    assert {one["outcome"] for one in answer["outcomes"]} == {"quarantined"}
    assert (answer["state"], answer["last_sequence"]) == ("quarantined", 0)
    (why,) = await rows(
        world, "SELECT * FROM quarantines WHERE terminal_id = :t", t=phone.terminal.id
    )
    assert (why["reason"], why["outcome"]) == (reason, None)
    # Sent again, it is the same quarantine; nothing of it reached the ledger.
    assert (await phone.send(segment)).json()["quarantine_id"] == answer["quarantine_id"]
    kept = await rows(
        world,
        "SELECT lines FROM quarantined_segments WHERE quarantine_id = :q",
        q=answer["quarantine_id"],
    )
    assert [one["lines"] for one in kept] == [len(phone.lines)]
    assert await left(world, family.household_id) == [(9, 9 * 150_000)]


async def test_another_terminals_journal_harms_that_terminal_in_nothing(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=9))
    owner, thief = await a_phone(client), await a_phone(client)
    owner.give(family, approved)
    await owner.sync()
    owner.give(family, approved)
    stolen = Phone(thief.terminal, thief.operator, owner.journal_id, list(owner.lines))
    answer = (await stolen.send(stolen.segment(2))).json()
    assert answer["outcomes"][0]["outcome"] == "quarantined"
    assert (answer["last_sequence"], answer["last_hash"]) == (0, "")
    assert words(await owner.sync()) == ["accepted"]
    assert (await stolen.terminal.get("/v1/journal", operator="")).json()["journal_id"] is None


async def test_the_journal_of_a_revoked_terminal_is_put_aside_and_its_lease_stands_until_its_hour(
    world: World, client: httpx.AsyncClient
):
    village = "62.02.01.2005"
    family, approved = await world.a_family(region_code=village)
    phone = await a_phone(client)
    await phone.begin()
    lease = await phone.take(village)
    phone.give(family, approved, lease_id=lease["id"])
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "UPDATE terminals SET revoked_at = now(), revoked_by = 'x', "
                "revoked_by_name = 'X', revoked_reason = 'hilang' WHERE id = :t"
            ),
            {"t": phone.terminal.id},
        )
    answer = (await phone.send(phone.segment())).json()
    assert [one["outcome"] for one in answer["outcomes"]] == ["quarantined"]
    assert (await phone.lease(village)).json()["code"] == "terminal_revoked"
    # Nobody else may give what is still set aside for it.
    refused = await client.post(
        "/v1/redemptions", json=body_of(family, approved), headers=an_operator()
    )
    assert refused.json()["code"] == "entitlement_leased"


async def test_an_act_whose_answer_was_lost_on_line_is_the_same_act_in_the_journal(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    phone = await a_phone(client)
    body = body_of(family, approved)
    made = await phone.terminal.post("/v1/redemptions", body)
    assert made.status_code == 201
    phone.give(family, approved, id=body["id"])
    (outcome,) = await phone.sync()
    assert outcome["outcome"] == "accepted"
    assert outcome["receipt_number"] == made.json()["receipt_number"]
    # The same id for something else is not.
    other, elsewhere = await world.a_family()
    phone.give(other, elsewhere, id=body["id"])
    assert words(await phone.sync()) == ["id_reused"]
    assert await left(world, other.household_id) == [(1, 150_000)]


async def test_lines_about_cards_that_are_none_end_as_conflicts_with_the_reason(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=9))
    forged = Card(Issuer(), household_id=family.household_id, card_id=family.card_id).token
    other, _ = await world.a_family()
    blocked, of_blocked = await world.a_family()
    await world.status(blocked, "revoked", 5)
    phone = await a_phone(client)
    phone.give(forged, approved)
    phone.give(other, approved)
    phone.give("0000000000000", approved)
    phone.give(blocked, of_blocked)
    phone.give(family, approved, operator=str(new_id()))
    phone.give(family, approved, amount_rupiah=5)
    phone.give(family.number, approved)
    outcomes = await phone.sync()
    assert words(outcomes) == [
        "card_key_unknown",
        "not_entitled",
        "card_number_malformed",
        "card_revoked",
        "operator_unknown",
        "amount_is_fixed",
        "accepted",
    ]
    assert not any(one["is_owed"] for one in outcomes)
    async with world.engine.connect() as tx:
        worth = await tx.execute(
            text("SELECT amount_rupiah FROM conflicts WHERE terminal_id = :t ORDER BY sequence"),
            {"t": phone.terminal.id},
        )
        assert list(worth.scalars()) == [150_000] * 6


async def test_a_card_that_was_blocked_after_the_lease_is_accepted_and_marked(
    world: World, client: httpx.AsyncClient
):
    village = "62.02.01.2006"
    family, approved = await world.a_family(region_code=village)
    phone = await a_phone(client)
    lease = await phone.take(village)
    phone.give(family, approved, lease_id=lease["id"])
    await world.status(family, "suspended", 5)
    assert words(await phone.sync()) == ["accepted"]
    (marked,) = await rows(
        world, "SELECT marks FROM line_marks WHERE household_id = :h", h=family.household_id
    )
    assert marked["marks"] == ["card_suspended"]


async def test_a_line_may_be_undone_by_another_person_and_given_again(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    phone = await a_phone(client)
    colleague = await phone.terminal.sign_in()
    wrong = phone.give(family, approved)
    phone.undo(wrong, phone.operator)
    phone.undo(wrong, colleague)
    phone.undo(wrong, colleague)
    phone.give(family, approved)
    outcomes = await phone.sync()
    assert words(outcomes) == [
        "accepted",
        "same_person",
        "accepted",
        "already_reversed",
        "accepted",
    ]
    assert await left(world, family.household_id) == [(0, 0)]
    await sums_hold(world)
    # By whom is what the phone says: the server notes that, and its page says so.
    assert "menurut telepon" in outcomes[2]["detail"]
    marks = await rows(
        world,
        "SELECT marks FROM line_marks m JOIN reversals v ON v.id = m.redemption_id "
        "WHERE v.household_id = :h",
        h=family.household_id,
    )
    assert [row["marks"] for row in marks] == [["undone_on_phone"]]
    finance = bearer("finance", regions=("62",))
    page = await client.get(f"/redemptions/{wrong['id']}", headers=finance)
    assert "PIN-nya diperiksa di telepon" in page.text


async def test_an_undoing_that_stands_in_a_journal_twice_gives_back_once(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    phone = await a_phone(client)
    colleague = await phone.terminal.sign_in()
    wrong = phone.give(family, approved)
    undone = phone.undo(wrong, colleague)
    again = phone.undo(wrong, colleague)
    phone.lines.pop()
    phone.add({**again, "id": undone["id"]})
    for _ in range(2):
        phone.give(family, approved)
    outcomes = words(await phone.sync())
    assert outcomes == [*["accepted"] * 4, "already_redeemed"]
    await sums_hold(world)


async def test_who_collected_for_a_family_is_kept_sealed_and_counted(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family(a_benefit(quantity=2))
    phone = await a_phone(client)
    who = {"name": "Rina binti Ahmad", "relation": "child", "reason": "ibu sakit"}
    phone.give(family, approved, companion=who)
    phone.give(family, approved, companion={**who, "name": "!"})
    assert words(await phone.sync()) == ["accepted", "accepted"]
    lines = await rows(
        world,
        "SELECT companion_id FROM redemptions WHERE household_id = :h ORDER BY companion_id",
        h=family.household_id,
    )
    assert lines[0]["companion_id"] is not None
    assert lines[1]["companion_id"] is None
    async with world.engine.connect() as tx:
        kept = await tx.execute(
            text("SELECT sealed_lines FROM journal_segments WHERE journal_id = :j"),
            {"j": phone.journal_id},
        )
        assert b"Rina" not in kept.scalar_one()


async def test_a_balance_is_spent_in_parts_without_network(world: World, client: httpx.AsyncClient):
    benefit = a_benefit(kind="balance", quantity=1, amount_rupiah=100_000)
    family, approved = await world.a_family(benefit)
    phone = await a_phone(client)
    for amount in (60_000, 50_000, 40_000):
        phone.give(family, approved, amount_rupiah=amount)
    assert words(await phone.sync()) == ["accepted", "insufficient_entitlement", "accepted"]
    assert await left(world, family.household_id) == [(0, 0)]
    await sums_hold(world)


async def test_a_journal_belongs_to_the_terminal_that_began_it(client: httpx.AsyncClient):
    phone, other = await a_phone(client), await a_phone(client)
    assert (await phone.begin()).status_code == 201
    assert (await phone.begin()).json()["journal_id"] == str(phone.journal_id)
    taken = Phone(other.terminal, other.operator, phone.journal_id)
    assert (await taken.begin()).json()["code"] == "id_reused"
    second = Phone(phone.terminal, phone.operator)
    assert (await second.begin()).json()["code"] == "journal_open"
    person = bearer("partner_operator", partner_id=phone.terminal.partner_id, regions=())
    refused = await client.post("/v1/journals", json={"id": str(new_id())}, headers=person)
    assert refused.json()["code"] == "terminal_needed"


@pytest.mark.parametrize(
    "table", ["journal_segments", "line_marks", "conflicts", "conflict_judgements"]
)
async def test_what_was_kept_of_a_journal_can_be_neither_changed_nor_deleted(
    world: World, table: str
):
    async with world.engine.connect() as connection:
        with pytest.raises(Exception, match="append-only"):
            await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
