"""A signing key is stolen: what is shown first, and every card under it replaced, none lost."""

import asyncio
import json
from collections import Counter
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.issuance import key_scenes
from tests.issuance.builders import OTHER_VILLAGE, VILLAGE, Desk, a_desk
from tests.issuance.key_scenes import CHECKER

from common import clock
from common.auth.principal import Principal
from common.card_token import CardRefused, key_ring, verify
from common.cose import parse_sign1
from common.ids import new_id
from common.sealed import Sealer
from issuance.cards.acts import ACTS
from issuance.cards.change import Wish
from issuance.cards.read import open_token
from issuance.cards.replace_many import cards_of_key, living_cards, replace_batch
from issuance.signing.change_key import operator
from issuance.signing.compromise_key import compromise_key
from issuance.signing.open_signer import KeyRoom
from issuance.signing.queries import all_keys, verify_keys
from issuance.status.publish import publish

VALID = "state NOT IN ('replaced', 'revoked', 'expired')"
CLERK = Principal("clerk", "Clerk", frozenset(), frozenset(), ("62",))
OTHER = Principal("other", "Other", frozenset(), frozenset(), ("62",))


@pytest_asyncio.fixture
async def site(new_database):
    made = await a_desk(new_database("issuance"))
    yield made
    await made.engine.dispose()


async def first_key(desk: Desk) -> str:
    return str((await desk.do(all_keys))[-1]["kid"])


async def steal(desk: Desk, kid: str) -> None:
    who = operator(CHECKER)
    await desk.do(lambda tx: compromise_key(tx, kid, who, reason="laptop hilang"))


async def act(desk: Desk, who: Principal, card_id: str, word: str, reason: str):
    wish = Wish(new_id(), card_id, word, reason)
    return await desk.do(lambda tx: ACTS[word](tx, who, wish))


async def replace_all(desk: Desk, limit: int = 2) -> int:
    total = 0
    while done := await desk.do(lambda tx: replace_batch(tx, limit=limit)):
        total += done
    return total


async def text_of(desk: Desk, card) -> str:
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    return open_token(sealer, card._mapping)


async def valid_cards(desk: Desk) -> Counter[str]:
    rows = await desk.rows(f"SELECT household_id FROM cards WHERE {VALID}")  # noqa: S608
    return Counter(str(row.household_id) for row in rows)


async def test_every_card_under_a_stolen_key_is_replaced_by_one_that_counts_when_it_is_in_hand(
    site,
):
    stolen = await first_key(site)
    cards = [await site.a_card(state=state) for state in ("signed", "in_print", "at_desk")]
    cards += [await site.a_card(state="active") for _ in range(3)]
    healthy = await key_scenes.active(site)
    bystander = await site.a_card(state="active")
    old_texts = {card.card_id: await text_of(site, card) for card in cards}
    households = await valid_cards(site)

    await steal(site, stolen)
    keys = key_ring(await site.do(verify_keys))
    for token in old_texts.values():
        with pytest.raises(CardRefused, match="key_compromised"):
            verify(token, keys, clock.utc_now())
    assert await replace_all(site) == len(cards)
    assert await replace_all(site) == 0
    assert await valid_cards(site) == households
    await site.sign()

    for old in cards:
        (ended,) = await site.rows("SELECT * FROM cards WHERE card_id = :id", id=old.card_id)
        (new,) = await site.rows("SELECT * FROM cards WHERE replaces_card_id = :id", id=old.card_id)
        assert (ended.state, new.state, new.kid) == ("replaced", "signed", healthy)
        assert (new.household_id, new.region_code) == (old.household_id, old.region_code)
        assert verify(await text_of(site, new), keys, clock.utc_now()).card_id == new.card_id
        lines = await site.rows(
            "SELECT state, reason, actor FROM card_changes WHERE card_id IN (:a, :b) "
            "AND reason = 'key_compromised'",
            a=old.card_id,
            b=new.card_id,
        )
        assert {line.state for line in lines} == {"replaced", "ordered"}
        (status,) = await site.rows(
            "SELECT status FROM status_entries WHERE list_number = :n AND index = :i",
            n=old.list_number,
            i=old.status_index,
        )
        assert status.status == 1
    (row,) = await site.rows("SELECT state FROM cards WHERE card_id = :id", id=bystander.card_id)
    assert row.state == "active"
    told = await site.rows(
        "SELECT envelope FROM outbox WHERE event_type = 'card.status_changed.v1'"
    )
    revoked = [json.loads(one.envelope)["data"] for one in told]
    assert {one["card_id"] for one in revoked if one["status"] == "revoked"} == set(old_texts)


async def test_a_job_that_dies_in_the_middle_of_a_batch_loses_no_familys_card(site):
    for _ in range(4):
        await site.a_card(state="active")
    await steal(site, await first_key(site))
    async with site.engine.connect() as blocker:
        await blocker.execute(text("LOCK TABLE outbox IN EXCLUSIVE MODE"))
        job = asyncio.create_task(site.do(replace_batch))
        waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'outbox'::regclass"
        async with asyncio.timeout(10):
            while not await site.rows(waits):  # noqa: ASYNC110
                await asyncio.sleep(0)
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
    states = await site.rows("SELECT state, count(*) FROM cards GROUP BY state")
    assert states == [("active", 4)]
    assert sum(await asyncio.gather(*(replace_all(site, 1) for _ in range(2)))) == 4
    assert set((await valid_cards(site)).values()) == {1}
    assert len(await valid_cards(site)) == 4


async def test_the_desk_and_the_job_that_replace_one_card_at_once_make_one_new_card(site):
    card = await site.a_card(state="active")
    await steal(site, await first_key(site))
    await asyncio.gather(
        act(site, CLERK, card.card_id, "replace", "lost"),
        site.do(replace_batch),
        site.do(replace_batch),
        return_exceptions=True,
    )
    await replace_all(site)
    assert await valid_cards(site) == Counter({str(card.household_id): 1})
    again = """
        INSERT INTO cards (card_id, household_id, region_code, state, version, ordered_at)
        VALUES ('0123456789abcdef', :id, '62.01.01.2001', 'ordered', 1, now()) RETURNING 1
    """
    with pytest.raises(IntegrityError, match="one_valid_per_household"):
        await site.rows(again, id=card.household_id)


async def test_a_blocked_card_stays_blocked_and_is_replaced_once_it_is_unblocked(site):
    card = await site.a_card(state="active")
    await act(site, CLERK, card.card_id, "block", "suspected_misuse")
    await steal(site, await first_key(site))
    assert await replace_all(site) == 0
    await act(site, OTHER, card.card_id, "unblock", "cleared")
    assert await replace_all(site) == 1


async def test_what_a_theft_costs_is_told_by_state_and_regency(site):
    kid = await first_key(site)
    await site.a_card(state="active", region_code=VILLAGE)
    await site.a_card(state="printed", region_code=VILLAGE)
    other = await site.a_card(state="active", region_code=OTHER_VILLAGE)
    await act(site, CLERK, other.card_id, "block", "stolen")
    ended = await site.a_card(region_code=OTHER_VILLAGE)
    await act(site, CLERK, ended.card_id, "revoke", "issued_in_error")
    cost = await site.do(lambda tx: cards_of_key(tx, kid))
    assert (cost.signed, cost.living) == (4, 3)
    assert dict(cost.active) == {"62.01": 1}
    assert dict(cost.on_their_way) == {"62.01": 1}
    assert dict(cost.blocked) == {"62.02": 1}
    assert cost.regencies == ["62.01", "62.02"]
    assert await site.do(lambda tx: living_cards(tx, kid)) == 3


async def test_cards_that_wait_for_a_healthy_key_are_signed_when_one_comes(site):
    card = await site.a_card(state="active")
    await steal(site, await first_key(site))
    assert await replace_all(site) == 1
    waiting = await site.card_of(card.household_id)
    assert waiting.state == "ordered"
    healthy = await key_scenes.active(site, starts_at=clock.utc_now() - timedelta(minutes=1))
    await site.sign()
    assert (await site.card_of(card.household_id)).kid == healthy


async def test_lists_under_a_stolen_key_are_made_again_at_once(site):
    await site.a_card(state="active")
    room, address = KeyRoom(site.settings), site.settings.status_list_address

    async def publish_now():
        return await site.do(lambda tx: publish(tx, room, address, clock.utc_now()))

    assert (await publish_now()).lists == (0,)
    assert (await publish_now()).lists == ()
    healthy = await key_scenes.active(site)
    await steal(site, await first_key(site))
    assert (await publish_now()).lists == (0,)
    (file,) = await site.rows("SELECT body FROM publications WHERE path = '/s/0.cwt'")
    assert parse_sign1(file.body).header[4].hex() == healthy
