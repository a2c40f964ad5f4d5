"""A server is restored from a backup: what it had answered since comes again in the journal."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests import servers
from tests.clients import bearer, serving
from tests.redemption.a_journal import Phone, a_phone
from tests.redemption.conftest import a_world
from tests.redemption.world import Card, World, an_operator, body_of, left, settings

from common.database import new_engine
from common.ids import new_id
from redemption.app import create_app
from redemption.journal.lines import read_line
from redemption.journal.missing_acts import ACTS_MAX
from redemption.redeeming.lines import receipt_number
from redemption.settlement.check_ledger import check_ledger

FAMILIES = 6
MISSING = "/v1/journal/missing-acts"
PAGE = {"accept": "text/html"}
MARKED = text("SELECT redemption_id FROM line_marks WHERE 'answered_before' = ANY(marks)")
TOLD = text(
    "SELECT id, act_id, evidence->>'answered' AS said FROM conflicts WHERE terminal_id = :t"
)


@dataclass
class Before:
    """A service as it was backed up, and what a terminal was answered after that."""

    families: list[tuple[Card, Any]]
    phone: Phone
    colleague: str
    colleagues_token: str
    backup_url: str
    acts: dict[str, dict[str, Any]] = field(default_factory=dict)


async def online(phone: Phone, family: tuple[Card, Any]) -> dict[str, Any]:
    """Redeem with network, and return what the phone keeps of it."""
    body = body_of(*family)
    answer = await phone.terminal.post("/v1/redemptions", body)
    assert answer.status_code == 201, answer.text
    return {**body, "receipt": answer.json()}


async def undone(before: Before, act: dict[str, Any]) -> dict[str, Any]:
    """Undo an act with network, by somebody else; return what the phone keeps of that."""
    own, before.phone.terminal.operator = before.phone.terminal.operator, before.colleagues_token
    body = {"id": str(new_id()), "reason": "salah keluarga"}
    answer = await before.phone.terminal.post(f"/v1/redemptions/{act['id']}/reversals", body)
    before.phone.terminal.operator = own
    assert answer.status_code == 201, answer.text
    return {**body, "undoes": act}


def again(before: Before, act: dict[str, Any]) -> dict[str, Any]:
    """Write an act that was answered into the journal, as the app does."""
    said = {"id": act["id"], "answered": receipt_number(UUID(act["id"]))}
    if "undoes" in act:
        line = before.phone.undo(act["undoes"], before.colleague, act["reason"])
        before.phone.lines.pop()
        return before.phone.add({**line, **said})
    family = next(one for one in before.families if one[0].token == act["card"])
    return before.phone.give(*family, **said, entitlement_id=act["receipt"]["entitlement_id"])


@pytest.fixture(scope="module")
async def before(new_database: Callable[[str], str], postgres_server: servers.Postgres) -> Before:
    """One act, a backup, and then acts and reversals that only the phone still knows."""
    url = new_database("redemption")
    async with a_world(url) as world, serving(create_app(settings(url))) as client:
        families = [await world.a_family() for _ in range(FAMILIES)]
        phone = await a_phone(client)
        own = phone.terminal.operator
        colleague = await phone.terminal.sign_in()
        theirs, phone.terminal.operator = phone.terminal.operator, own
        found = Before(families, phone, colleague, theirs, "")
        found.acts["kept"] = await online(phone, families[0])
        found.acts["kept and undone"] = await online(phone, families[5])
    found.backup_url = postgres_server.copy_of("redemption", url)
    async with serving(create_app(settings(url))) as client:
        phone.terminal.client = client
        for place, name in enumerate(("lost", "late before", "late after", "lost and undone"), 1):
            found.acts[name] = await online(phone, families[place])
        for name in ("lost and undone", "kept and undone"):
            found.acts[f"reversal of {name}"] = await undone(found, found.acts[name])
    return found


@asynccontextmanager
async def restored(before: Before) -> AsyncIterator[tuple[World, httpx.AsyncClient]]:
    """The service over its backup."""
    own = settings(before.backup_url)
    engine = new_engine(own.database_url, application_name="tests", pool_size=3)
    async with serving(create_app(own)) as client:
        before.phone.terminal.client = client
        yield World(engine, own, before.families[0][0].issuer), client
    await engine.dispose()


async def missing(phone: Phone, before: Before) -> list[str]:
    """Which acts the server does not know, by their names here."""
    names = {act["id"]: name for name, act in before.acts.items()}
    answer = await phone.terminal.post(MISSING, {"ids": list(names)}, operator="")
    assert answer.status_code == 200, answer.text
    return [names[one] for one in answer.json()["missing"]]


async def test_what_a_restored_server_has_forgotten_comes_again_and_counts_once(before: Before):
    phone, acts = before.phone, before.acts
    async with restored(before) as (world, client):
        lost = [name for name in acts if name not in {"kept", "kept and undone"}]
        assert await missing(phone, before) == lost
        other = await a_phone(client)
        assert await missing(other, before) == list(acts)
        # A request of before that was long on its way arrives before the line, another after it.
        early = await phone.terminal.post("/v1/redemptions", _sent(acts["late before"]))
        assert early.status_code == 201, early.text
        for name in lost:
            again(before, acts[name])
        outcomes = await phone.sync()
        assert [one["outcome"] for one in outcomes] == ["accepted"] * len(lost)
        assert outcomes[0]["receipt_number"] == acts["lost"]["receipt"]["receipt_number"]
        assert "server dipulihkan" in outcomes[0]["detail"]
        late = await phone.terminal.post("/v1/redemptions", _sent(acts["late after"]))
        assert late.status_code == 201, late.text
        assert late.json()["receipt_number"] == acts["late after"]["receipt"]["receipt_number"]
        assert await missing(phone, before) == []
        held = [await left(world, card.household_id) for card, _ in before.families]
        assert held == [[(0, 0)]] * 4 + [[(1, 150_000)]] * 2
        async with world.engine.connect() as tx:
            assert (await check_ledger(tx))[1] == []
            marked = {str(one) for one in (await tx.execute(MARKED)).scalars()}
        assert marked == {acts[name]["id"] for name in ("lost", "late after", "lost and undone")}


def _sent(act: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in act.items() if name != "receipt"}


async def test_whoever_says_that_a_line_was_answered_gains_nothing_by_it(
    world: World, client: httpx.AsyncClient
):
    phone = await a_phone(client)
    families = [await world.a_family() for _ in range(2)]
    for family in families:
        taken = await client.post("/v1/redemptions", json=body_of(*family), headers=an_operator())
        assert taken.status_code == 201
    phone.give(*families[0])
    act = new_id()
    said = {"id": str(act), "answered": receipt_number(act), "holder_check": "pin_right"}
    phone.give(*families[1], **said)
    plain, claimed = await phone.sync()
    same = ("outcome", "code", "is_owed")
    assert [plain[name] for name in same] == [claimed[name] for name in same]
    async with world.engine.connect() as tx:
        found = await tx.execute(TOLD, {"t": phone.terminal.id})
        rows = found.all()
    told = {}
    for row in rows:
        page = await client.get(f"/conflicts/{row.id}", headers=bearer("supervisor") | PAGE)
        told[row.act_id] = (row.said, "Menurut telepon, server sudah menjawabnya" in page.text)
    assert told == {UUID(plain["id"]): (None, False), act: (receipt_number(act), True)}


async def test_a_question_is_small_and_only_a_terminal_asks_it(client: httpx.AsyncClient):
    phone = await a_phone(client)
    many = {"ids": [str(new_id()) for _ in range(ACTS_MAX + 1)]}
    assert (await phone.terminal.post(MISSING, many, operator="")).status_code == 422
    asked = {"ids": many["ids"][:ACTS_MAX]}
    answer = await phone.terminal.post(MISSING, asked, operator="")
    assert answer.json() == {"missing": asked["ids"]}
    refused = await client.post(MISSING, json=asked, headers=an_operator())
    assert refused.json()["code"] == "terminal_needed"


def test_only_a_line_that_was_answered_says_that_a_pin_was_right():
    phone = Phone(None, str(new_id()))  # type: ignore[arg-type]
    plain = phone.body("x" * 20)
    told = {**plain, "answered": "ABCDE-12345"}

    def is_read(said: dict[str, Any]) -> bool:
        return read_line(json.dumps(said), phone.journal_id) is not None

    assert is_read(plain)
    assert is_read(told)
    assert is_read({**told, "holder_check": "pin_right"})
    assert not is_read({**plain, "holder_check": "pin_right"})
    wrong: tuple[Any, ...] = ("x", "", 5, [], True)
    assert not any(is_read({**plain, "answered": one}) for one in wrong)


@pytest.mark.parametrize("name", ["previous", "card", "goods_category", "verdict", "reason"])
def test_words_that_are_no_words_make_a_line_unreadable(name: str):
    phone = Phone(None, str(new_id()))  # type: ignore[arg-type]
    for wrong in (5, True, ["x"] * 10, {"a": 1}, "\ud800" * 10):
        said = {**phone.body("x" * 20), name: wrong}
        assert read_line(json.dumps(said), phone.journal_id) is None
