"""From an approval to signed cards: each household gets one, whatever comes twice."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from tests.issuance.builders import Desk, a_desk, a_list, an_approval, an_enrolment, settings_for

from common import clock
from common.card_token import key_ring, verify
from common.events import CardsIssuedV1, Envelope
from common.ids import new_id
from common.sealed import Sealer
from issuance.cards.jobs import card_signer
from issuance.cards.read import open_token
from issuance.cards.sign import sign_batch, token_context
from issuance.signing.open_signer import NoSigningKey
from issuance.signing.queries import verify_keys


async def test_an_approved_household_gets_a_card_that_verifies(desk):
    card = await desk.a_card("Siti Aminah binti Rahman")
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    text = open_token(sealer, card._mapping)
    token = verify(text, key_ring(await desk.do(verify_keys)), clock.utc_now())
    assert token.card_id == card.card_id
    assert token.printed_name == "SITI AMINAH BINTI RAHMAN"
    assert token.status.index == card.status_index
    assert token.status.uri == "http://testserver/s/0"
    assert token.expires_at == card.expires_at


async def test_the_event_tells_of_the_card_with_its_name_sealed(desk):
    card = await desk.a_card("PALA'I BIN UNDAN")
    found = await desk.rows(
        "SELECT envelope FROM outbox WHERE event_type = 'cards.issued.v1' ORDER BY position DESC"
    )
    envelope = Envelope.model_validate_json(found[0].envelope)
    event = envelope.event()
    assert isinstance(event, CardsIssuedV1)
    assert envelope.subject == f"cards:{event.batch_id}"
    (told,) = event.cards
    assert told.card_id == card.card_id
    sealer = Sealer(desk.settings.event_sealing_key.get_secret_value())
    assert sealer.open_json(told.sealed, f"card:{card.card_id}") == {
        "printed_name": "PALA'I BIN UNDAN"
    }
    assert "UNDAN" not in found[0].envelope


async def test_an_event_that_comes_twice_orders_one_card(desk):
    enrolment, event_id = an_enrolment(), new_id()
    approval = an_approval([enrolment])
    assert await desk.hear(approval, event_id)
    assert await desk.hear(approval, event_id)
    assert await desk.hear(approval)
    found = await desk.rows(
        "SELECT 1 FROM cards WHERE household_id = :id", id=enrolment.household_id
    )
    assert len(found) == 1


async def test_two_lists_for_one_household_lead_to_one_card_with_both_as_its_grounds(desk):
    household_id, food, cash = new_id(), new_id(), new_id()
    await desk.hear(a_list(food))
    await asyncio.gather(
        *(
            desk.hear(an_approval([an_enrolment(household_id=household_id)], list_id))
            for list_id in (food, cash)
        )
    )
    cards = await desk.rows("SELECT 1 FROM cards WHERE household_id = :id", id=household_id)
    grounds = await desk.rows(
        "SELECT list_id FROM card_grounds WHERE household_id = :id", id=household_id
    )
    assert len(cards) == 1
    assert {row.list_id for row in grounds} == {food, cash}


async def test_eight_signers_at_once_sign_every_card_once(new_database):
    desk = await a_desk(new_database("issuance"))
    enrolments = [an_enrolment(f"WARGA {number}") for number in range(240)]
    await desk.hear(an_approval(enrolments))

    async def signer() -> int:
        tools, total = card_signer(desk.settings), 0
        while signed := await desk.do(lambda tx: sign_batch(tx, tools, clock.utc_now(), limit=15)):
            total += signed
        return total

    assert sum(await asyncio.gather(*(signer() for _ in range(8)))) == 240
    cards = await desk.rows("SELECT list_number, status_index, state, version FROM cards")
    assert len({(card.list_number, card.status_index) for card in cards}) == 240
    assert {(card.state, card.version) for card in cards} == {("signed", 2)}
    told = [
        card.card_id
        for row in await desk.rows(
            "SELECT envelope FROM outbox WHERE event_type = 'cards.issued.v1'"
        )
        for card in CardsIssuedV1.model_validate(json.loads(row.envelope)["data"]).cards
    ]
    assert len(told) == len(set(told)) == 240
    await desk.engine.dispose()


DIES_BEFORE_COMMIT = """
    import asyncio, os, signal
    from sqlalchemy.ext.asyncio import create_async_engine
    from tests.issuance.builders import settings_for
    from issuance.cards.jobs import card_signer
    from issuance.cards.sign import sign_batch, token_context
    from common import clock

    async def main():
        url = os.environ["DATABASE"]
        async with create_async_engine(url).begin() as tx:
            signed = await sign_batch(tx, card_signer(settings_for(url)), clock.utc_now())
            assert signed == 3
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(main())
"""


async def test_a_signer_killed_before_its_commit_leaves_the_orders_to_the_next(new_database):
    url = new_database("issuance")
    desk = await a_desk(url)
    await desk.hear(an_approval([an_enrolment() for _ in range(3)]))
    died = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", textwrap.dedent(DIES_BEFORE_COMMIT)],
        env={**os.environ, "DATABASE": url, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert await desk.rows("SELECT 1 FROM cards WHERE state = 'signed'") == []
    assert await desk.rows("SELECT 1 FROM outbox WHERE event_type = 'cards.issued.v1'") == []
    assert await desk.sign() == 3
    told = await desk.rows("SELECT 1 FROM outbox WHERE event_type = 'cards.issued.v1'")
    assert len(told) == 1
    await desk.engine.dispose()


async def test_the_name_follows_the_registry_and_the_pseudonym_stays(desk):
    household_id = new_id()
    await desk.hear(an_approval([an_enrolment("AMIR", household_id=household_id)]))
    before = await desk.rows(
        "SELECT pseudonym, sealed_head_name FROM card_households WHERE household_id = :id",
        id=household_id,
    )
    await desk.hear(an_approval([an_enrolment("AMINAH", household_id=household_id)]))
    after = await desk.rows(
        "SELECT pseudonym, sealed_head_name FROM card_households WHERE household_id = :id",
        id=household_id,
    )
    assert before[0].pseudonym == after[0].pseudonym
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    context = f"card_households.head_name:{household_id}"
    assert sealer.open_text(after[0].sealed_head_name, context) == "AMINAH"


async def test_without_a_key_orders_wait(new_database):
    url = new_database("issuance")
    engine = create_async_engine(url)
    desk = Desk(settings_for(url), engine)
    await desk.hear(an_approval([an_enrolment()]))
    with pytest.raises(NoSigningKey):
        await desk.sign()
    await desk.make_key()
    assert await desk.sign() == 1
    await engine.dispose()


async def test_a_token_that_was_kept_as_text_is_read_as_before(desk):
    card = await desk.a_card("MARIA")
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    text = open_token(sealer, card._mapping)
    as_before = sealer.seal_text(text, token_context(card.card_id))
    kept = {**card._mapping, "sealed_token": as_before}
    assert open_token(sealer, kept) == text  # type: ignore[arg-type]
